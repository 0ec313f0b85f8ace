"""Settings in, running parts out: the only builder of adapters."""

import hashlib
import hmac
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask

from app.audit.log import AuditLog
from app.changes.mirror import Mirror
from app.core.facts import Part
from app.engine.durable import DurableQueue, Engine, prepare
from app.engine.runner import Handler, Runner
from app.engine.scheduler import Scheduler
from app.engine.timers import Chore, Timers
from app.errors import SettingsError
from app.flags import FlagHooks, Hook
from app.github.app import GitHubApp
from app.github.client import Shared
from app.github.oidc import WorkflowTokens, issuer_keys
from app.github.tokens import AppKey, load_key
from app.inspection import Inspector
from app.monitoring.pagerduty import PagerDuty
from app.monitoring.prometheus import Prometheus
from app.ports import RepositoryRef
from app.scan.pool import ScannerPool
from app.service import keys
from app.service.chatops.alarms import Alarms
from app.service.chatops.commander import Commander
from app.service.chatops.deploying.deployer import Deployer
from app.service.chatops.deploying.protection import Guard
from app.service.chatops.ordering.waiting import Waiter
from app.service.chatops.petitions import Petitions
from app.service.chatops.proving.handing import Handing
from app.service.chatops.proving.watch import Watcher
from app.service.chatops.scene import Stage
from app.service.evaluate import Evaluator
from app.service.find import Finder
from app.service.gaps import grant_app
from app.service.gather import Gatherer
from app.service.groups import GroupEvaluator
from app.service.inbox import Inbox
from app.service.incidents.job import Incidents
from app.service.incidents.reports import Reports
from app.service.intake import Intake
from app.service.publish import Publisher
from app.service.reach import Reach
from app.service.record import Recorder
from app.service.redelivery import Redelivery
from app.service.sync import Synchroniser, standing_orders
from app.service.withdraw import Withdrawer
from app.settings import Settings
from app.store import deliveries
from app.store.database import Database
from app.store.enforcement import self_test
from app.store.locks import Locks
from app.store.migrate import migrate
from app.store.numbers import numbers
from app.store.subjects import Taken
from app.web.alerts import AlertDoor, alerts_blueprint
from app.web.api.commands import CommandDoor, commands_blueprint
from app.web.api.evidence import EvidenceDoor, evidence_blueprint
from app.web.api.runs import Callers
from app.web.application import create_app
from app.web.health import Readiness, health_blueprint
from app.web.hooks import ROUTER
from app.web.metrics import Metrics
from app.web.router import installed_routers
from app.web.webhook import Door, webhook_blueprint

_KEY_BYTES = 32
_SCANNERS = 2
_KEEP_JOBS = timedelta(days=1)
# GitHub gives a delivery up after ten seconds; the inbox waits three at most before its turn.
_PUBLIC_ISSUER = "https://token.actions.githubusercontent.com"
_DOOR_PATIENCE = timedelta(seconds=2)


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def instance_key(state_dir: Path) -> bytes:
    """Return this instance's own secret key, made on first use and readable by its owner only.

    It keys digests of e-mail addresses and fingerprints of secrets. Raises SettingsError for a
    file that holds no whole key.
    """
    file = state_dir / "instance.key"
    state_dir.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        _make_key(file)
    found = file.read_bytes()
    if len(found) != _KEY_BYTES:
        raise SettingsError(f"{file} holds {len(found)} bytes and not the {_KEY_BYTES} of a key")
    return found


def _make_key(file: Path) -> None:
    """Make the key under another name and link it: nobody ever sees a key that is half written."""
    handle, draft = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as output:
            output.write(os.urandom(_KEY_BYTES))
            output.flush()
            os.fsync(output.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()


@dataclass(slots=True)
class Parts:
    """Everything of one process, built once from its settings."""

    settings: Settings
    database: Database
    queue: DurableQueue
    scheduler: Scheduler
    log: AuditLog
    metrics: Metrics = field(default_factory=Metrics)
    _doors: list[Database] = field(default_factory=list)

    @classmethod
    def build(cls, settings: Settings) -> "Parts":
        """Open and migrate the database, prove that the record is append-only."""
        database = Database.open(settings.database)
        migrate(database)
        prepare(database)
        self_test(database.engine)
        queue = DurableQueue(database)
        scheduler = Scheduler(queue, utc_now, settings.share)
        return cls(settings, database, queue, scheduler, AuditLog(settings.origin))

    def github(self) -> GitHubApp:
        """Return GitHub as this App sees it."""
        return github_of(self.settings)

    def web(self, app_id: int) -> Flask:
        """Return the web application with the webhook, health and metrics."""
        settings = self.settings
        # Connections of its own: a webhook waits neither long nor for those that workers hold.
        database = Database.open(self.database.url, _DOOR_PATIENCE)
        self._doors.append(database)
        intake = Intake(database, self.log, self.scheduler, utc_now)
        door = Door(
            secrets=settings.webhook_secrets,
            router=sum(installed_routers(), ROUTER),
            inbox=Inbox(intake.accept, settings.max_waiting),
            metrics=self.metrics,
            app_id=app_id,
            max_body_bytes=settings.max_body_bytes,
        )
        alarms = Alarms(database, self.log, self.scheduler, utc_now)
        alert_door = AlertDoor(alarms, *settings.alert_secrets)
        handing = Handing(database, self.log, self.scheduler, utc_now)
        callers = Callers(_tokens(settings))
        petitions = Petitions(database, self.scheduler, utc_now)
        self.metrics.live(self._numbers)
        readiness = Readiness({"database": self._database_problem})
        blueprints = (
            webhook_blueprint(door),
            alerts_blueprint(alert_door),
            evidence_blueprint(EvidenceDoor(handing, callers)),
            commands_blueprint(CommandDoor(petitions, callers)),
            health_blueprint(readiness, self.metrics),
        )
        return create_app(blueprints, settings.max_body_bytes)

    def worker(self, github: GitHubApp) -> "Worker":
        """Return the part that works on what the webhook stored."""
        return Worker.build(self, github)

    def close(self) -> None:
        """Close the database."""
        self.queue.close()
        for each in (*self._doors, self.database):
            each.close()

    def _numbers(self) -> dict[str, float]:
        with self.database.read() as connection:
            return numbers(connection, utc_now())

    def _database_problem(self) -> str:
        try:
            with self.database.read() as connection:
                connection.execute(sa.text("SELECT 1"))
        except sa.exc.SQLAlchemyError as error:
            return f"the database cannot be read ({type(error).__name__})"
        return ""


@dataclass(slots=True)
class Worker:
    """Engine, timers, scanners and the handlers behind them."""

    parts: Parts
    runner: Runner
    engine: Engine
    timers: Timers
    scanners: ScannerPool

    @classmethod
    def build(cls, parts: Parts, github: GitHubApp) -> "Worker":
        """Connect the use cases to their adapters."""
        settings = parts.settings
        key = instance_key(settings.state_dir)
        scanners = ScannerPool(derived(key, "secrets"), _SCANNERS)
        recorder = Recorder(parts.log, utc_now)
        cases = use_cases(parts, github, _inspector(settings, scanners), recorder)
        runner = Runner(
            database=parts.database,
            scheduler=parts.scheduler,
            handlers=cases.handlers(),
            on_failure=recorder.failed,
            now=utc_now,
            show_failure=cases.show_failure,
        )
        engine = Engine(parts.database, runner.run, settings.worker_threads)
        return cls(parts, runner, engine, Timers(_chores(parts)), scanners)

    def start(self) -> None:
        """Claim jobs and keep the standing orders going; then prove that the scanner works.

        Every scan proves that for itself too, so nothing passes unscanned in between.
        """
        with self.parts.database.write() as connection:
            self.parts.scheduler.want(connection, standing_orders())
        self.engine.start()
        self.timers.start()
        self.scanners.self_test()

    def stop(self) -> None:
        """Let running jobs end, then stop."""
        self.timers.stop()
        self.engine.stop()
        self.scanners.close()


def github_of(settings: Settings) -> GitHubApp:
    """Return GitHub as the App of the settings sees it."""
    shared = Shared(settings.github_api_url, utc_now)
    key = AppKey(settings.app_id, (load_key(settings.private_key_pem),), utc_now)
    return GitHubApp(shared, key, settings.github_url)


def derived(key: bytes, purpose: str) -> bytes:
    """Return a key for one purpose, so that no two purposes share one."""
    return hmac.new(key, purpose.encode(), hashlib.sha256).digest()


def _inspector(settings: Settings, scanners: ScannerPool) -> Inspector:
    # A GitHub in a box on this machine speaks plain HTTP; everybody else speaks HTTPS.
    scheme = urlsplit(settings.github_url).scheme
    return Inspector(Mirror(settings.state_dir / "repositories"), scanners, (scheme,))


def _tokens(settings: Settings) -> WorkflowTokens:
    """Prove tokens of workflow runs: of GitHub's issuer, made for this very instance."""
    issuer = settings.actions_issuer
    if not issuer:
        is_public = settings.github_url == "https://github.com"
        issuer = _PUBLIC_ISSUER if is_public else f"{settings.github_url}/_services/token"
    return WorkflowTokens(issuer, settings.public_url or "gatewright", issuer_keys(issuer))


def _grant(github_url: str, repository: RepositoryRef, part: Part) -> str:
    return grant_app(f"{github_url}/settings/installations/{repository.installation_id}", part)


def _watcher(settings: Settings) -> Watcher:
    address = settings.prometheus_url.get_secret_value()
    return Watcher(Prometheus(address) if address else None)


def _pager(settings: Settings) -> PagerDuty | None:
    key = settings.pagerduty_routing_key.get_secret_value()
    return PagerDuty(key, settings.pagerduty_events_url) if key else None


def _flags(settings: Settings) -> FlagHooks:
    return FlagHooks(
        {
            name: Hook(
                each.url.get_secret_value(),
                each.secret.get_secret_value().encode(),
                frozenset(map(str.casefold, each.repositories)),
            )
            for name, each in settings.flag_hooks.items()
        }
    )


@dataclass(frozen=True, slots=True)
class UseCases:
    """Who works on which kind of subject, and who tells people when that failed."""

    evaluator: Evaluator
    groups: GroupEvaluator
    finder: Finder
    sync: Synchroniser
    redelivery: Redelivery
    withdrawer: Withdrawer
    reach: Reach
    commander: Commander
    deployer: Deployer
    guard: Guard
    incidents: Incidents
    reports: Reports
    waiter: Waiter

    def handlers(self) -> dict[str, Handler]:
        """Return the handler of each kind of subject."""
        resting = self.reach.resting
        return {
            keys.PULL_REQUEST: resting(self._pull_request()),
            keys.COMMENT: resting(self.commander.comment),
            keys.DEPLOYMENT: resting(self.deployer.deployment),
            keys.ORDER: resting(self.waiter.order),
            keys.RUN: resting(self.guard.run),
            keys.INCIDENT: resting(self.incidents.incident),
            keys.REPORT: resting(self.reports.report),
            keys.GROUP: resting(self.groups.group),
            keys.HEAD: resting(self.finder.head),
            keys.BASE: resting(self.finder.base),
            keys.REPOSITORY: resting(self.finder.repository),
            keys.INSTALLATION: resting(self.sync.installation),
            keys.APP: self.sync.installations,
            keys.DELIVERIES: self.redelivery.lost_deliveries,
        }

    def _pull_request(self) -> Handler:
        return self.waiter.after(self.deployer.after(self.evaluator.pull_request))

    def show_failure(self, job: Taken, reason: str, parked: bool) -> None:  # noqa: FBT001 - the runner's signature
        """Tell people about a failed attempt, where somebody waits for its outcome."""
        if job.kind in (keys.PULL_REQUEST, keys.GROUP):
            self.withdrawer.failure(job, reason, parked)


def use_cases(
    parts: Parts, github: GitHubApp, inspector: Inspector, recorder: Recorder
) -> UseCases:
    """Connect the use cases to their adapters."""
    settings = parts.settings
    gatherer = Gatherer(
        github=github,
        changes=inspector,
        database=parts.database,
        now=utc_now,
        email_key=derived(instance_key(settings.state_dir), "email"),
        remedy=partial(_grant, settings.github_url),
    )
    publisher = Publisher(
        github=github,
        database=parts.database,
        recorder=recorder,
        scheduler=parts.scheduler,
        locks=Locks(parts.database),
        public_url=settings.public_url,
    )
    withdrawer = Withdrawer(parts.database, publisher)
    reach = Reach(parts.database, github)
    sync = Synchroniser(
        parts.database,
        github,
        parts.scheduler,
        utc_now,
        reach,
        timedelta(minutes=settings.sweep_minutes),
    )
    every = timedelta(minutes=settings.redelivery_minutes)
    watcher = _watcher(settings)
    stage = Stage(github, inspector, parts.database, watcher.metrics)
    return UseCases(
        Evaluator(
            parts.database,
            gatherer,
            recorder,
            publisher,
            withdrawer,
            parts.scheduler,
            utc_now,
            reach,
        ),
        GroupEvaluator(parts.database, gatherer, recorder, publisher, withdrawer, utc_now),
        Finder(parts.database, github, parts.scheduler, utc_now, reach),
        sync,
        Redelivery(parts.database, github, utc_now, every),
        withdrawer,
        reach,
        Commander(parts.database, stage, parts.log, parts.scheduler, utc_now, watcher),
        Deployer(
            parts.database,
            stage,
            parts.log,
            parts.scheduler,
            utc_now,
            watcher,
            _flags(settings),
        ),
        Guard(parts.database, github, parts.log, utc_now),
        Incidents(parts.database, stage, parts.log, utc_now, _pager(settings), settings.github_url),
        Reports(parts.database, stage, parts.log, parts.scheduler, utc_now),
        Waiter(parts.database, stage, parts.log, parts.scheduler, utc_now),
    )


def _chores(parts: Parts) -> tuple[Chore, ...]:
    keep = timedelta(days=parts.settings.keep_bodies_days)

    def wake() -> None:
        with parts.database.write() as connection:
            parts.scheduler.wake(connection)

    def release() -> None:
        with parts.database.write() as connection:
            parts.scheduler.release_all(connection)

    def revive() -> None:
        # Asked before our own tables: a job that ends in between is then not missed but repeated.
        active = parts.queue.active_keys()
        with parts.database.write() as connection:
            parts.scheduler.revive(connection, active)

    def purge() -> None:
        parts.queue.purge(utc_now() - _KEEP_JOBS)

    def retire() -> None:
        with parts.database.write() as connection:
            deliveries.drop_bodies(connection, utc_now() - keep)

    def pack() -> None:
        with parts.database.write() as connection:
            deliveries.pack(connection)

    return (
        Chore(wake, 1),
        Chore(pack, 5),
        Chore(release, 30),
        Chore(revive, 300),
        Chore(purge, 600),
        Chore(retire, 3600),
    )
