"""A whole bot beside a sandbox, for tests: real HTTP, real git, real database; work done inline.

The durable queue is replaced by a list, so that a test decides when work is done; runs on the
real queue are in `tests/e2e`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.audit.log import AuditLog
from app.changes.mirror import Mirror
from app.engine.runner import Runner
from app.engine.scheduler import Scheduler
from app.github.app import GitHubApp
from app.inspection import Inspector
from app.sandbox.box import Sandbox
from app.scan.pool import ScannerPool
from app.service.record import Recorder
from app.settings import Settings, load_settings
from app.store import subjects
from app.store.database import Database
from app.store.subjects import Standing
from app.web.serving import serving
from app.wiring import Parts, use_cases, utc_now

ROUNDS = 50


@dataclass(slots=True)
class ListQueue:
    """Keeps what the durable queue would hold; a rolled-back transaction takes nothing back.

    A key that is worked on without need does no harm: evaluations are level-triggered.
    """

    tickets: list[tuple[str, str]] = field(default_factory=list)

    def enqueue(self, connection: sa.Connection, key: str, ticket: str, delay: float = 0) -> None:
        """Add a job."""
        self.tickets.append((ticket, key))

    def pop(self) -> str | None:
        """Take the oldest job."""
        if not self.tickets:
            return None
        self.tickets.sort()
        return self.tickets.pop(0)[1]


@dataclass(slots=True)
class Bot:
    """The bot's parts, with its webhook served on loopback."""

    box: Sandbox
    parts: Parts
    runner: Runner
    queue: ListQueue
    scanners: ScannerPool

    def settle(self) -> None:
        """Deliver every webhook and do all work until nothing is left to do."""
        for _ in range(ROUNDS):
            self.box.wait_idle()
            key = self.queue.pop()
            if key is None:
                return
            self.runner.run(key)
        raise AssertionError(f"work does not end: {self.queue.tickets[:5]}")

    def checks(self, repo: str, sha: str) -> dict[str, str]:
        """Return what a person sees on a commit: the newest state of each of our checks."""
        found: dict[str, tuple[int, str]] = {}
        for run in self.box.check_runs(repo, sha):
            state = run.conclusion or run.status
            found[run.name] = max(found.get(run.name, (0, "")), (run.id, state))
        return {name.removeprefix("gatewright/"): state for name, (_, state) in found.items()}

    def standings(self) -> tuple[Standing, ...]:
        """Return what the queue's own tables say is not finished."""
        with self.parts.database.read() as connection:
            return subjects.standings(connection)


def settings_for(box: Sandbox, database_url: str, folder: Path, **more: Any) -> Settings:
    """Return settings that connect a bot to a sandbox."""
    return load_settings(
        app_id=str(box.app_id),
        private_key=box.app_key,
        webhook_secret=box.webhook_secret,
        database=database_url,
        state_dir=folder / "state",
        github_api_url=box.url,
        github_url=box.url,
        port=0,
        **more,
    )


def hurried(github: GitHubApp) -> GitHubApp:
    """Let no pause between two tries be lived through."""
    github.shared = replace(github.shared, pause=lambda _seconds: None)
    return github


@contextmanager
def running_bot(
    box: Sandbox, database: Database, folder: Path, scanners: ScannerPool, **more: Any
) -> Iterator[Bot]:
    """Build a bot on a prepared database and point the sandbox's webhook at it."""
    settings = settings_for(box, database.url, folder, **more)
    queue = ListQueue()
    scheduler = Scheduler(queue, utc_now, settings.share)
    parts = Parts(settings, database, queue, scheduler, AuditLog(settings.origin))  # type: ignore[arg-type]
    github = hurried(parts.github())
    recorder = Recorder(parts.log, utc_now)
    inspector = Inspector(Mirror(folder / "repositories"), scanners, ("http",))
    cases = use_cases(parts, github, inspector, recorder)
    runner = Runner(
        database, scheduler, cases.handlers(), recorder.failed, utc_now, cases.show_failure
    )
    with serving(parts.web(box.app_id)) as url:
        box.webhook_url = f"{url}/webhook"
        yield Bot(box, parts, runner, queue, scanners)
