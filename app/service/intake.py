"""Carries out what deliveries ask for: ledger, memory, log and wake-ups in one transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import singledispatchmethod

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.audit.log import AuditLog
from app.core.facts import Account
from app.engine.scheduler import Scheduler
from app.ports import Clock
from app.service import keys
from app.service.incidents.book import wake
from app.service.intents import (
    AnswerProtection,
    EvaluateBase,
    EvaluateGroup,
    EvaluateHead,
    EvaluatePullRequest,
    ForgetGroup,
    GainRepository,
    Ignore,
    Intent,
    LoseRepository,
    ObserveMerge,
    ReadComment,
    ReadReport,
    RememberInstallation,
    RememberPullRequest,
    RememberPusher,
    RememberRepository,
    SweepInstallation,
    SweepRepository,
    SyncInstallation,
    WakeDeployment,
    WakeIncident,
)
from app.store import (
    commands,
    deliveries,
    deployments,
    incident_reports,
    incidents,
    protections,
    registry,
    subjects,
)
from app.store.commands import Commented
from app.store.database import Database
from app.store.deliveries import Received
from app.store.incident_reports import Told
from app.store.incidents import Incident
from app.store.protections import Asked
from app.store.registry import KnownPullRequest
from app.store.subjects import Want

_MEMORIES = (RememberInstallation, RememberPullRequest, RememberPusher, RememberRepository)
_RERUNS = ("check_run.rerequested", "check_suite.rerequested")
_DEADLOCK = "40P01"
_TRIES = 3
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery and what its handlers want done about it."""

    received: Received
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """Stores deliveries; when `accept` returns, nothing of them can be lost any more."""

    database: Database
    log: AuditLog
    scheduler: Scheduler
    now: Clock

    def accept(self, batch: Sequence[Accepted]) -> None:
        """Store a batch and queue its work; a repeated GUID does its work again, which is cheap.

        Workers lock the same rows in another order: whoever PostgreSQL sacrifices tries again.
        """
        for _ in range(_TRIES - 1):
            try:
                self._accept(batch)
            except sa.exc.OperationalError as error:
                if getattr(error.orig, "sqlstate", None) != _DEADLOCK:
                    raise
            else:
                return
        self._accept(batch)

    def _accept(self, batch: Sequence[Accepted]) -> None:
        with self.database.write() as connection:
            received = [accepted.received for accepted in batch]
            repeats = deliveries.keep(connection, received, self.now())
            asked = [
                (_Desk(connection, accepted.received, self.now), intent)
                for accepted in batch
                for intent in accepted.intents
            ]
            self._remember(asked)
            self.scheduler.want(connection, _wants(asked))
            for account_id, drafts in sorted(_drafts(batch, repeats).items()):
                self.log.append(connection, account_id, drafts, self.now())

    def _remember(self, asked: "Sequence[tuple[_Desk, Intent]]") -> None:
        """Write what is to be remembered, the newest sight of each thing only."""
        newest = {
            desk.about(intent): (desk, intent)
            for desk, intent in asked
            if isinstance(intent, _MEMORIES)
        }
        for desk, intent in newest.values():
            desk.carry_out(intent)


def _wants(asked: "Sequence[tuple[_Desk, Intent]]") -> Iterable[Want]:
    """Return one wish a subject, urgent if any was."""
    wants: dict[str, Want] = {}
    for desk, intent in asked:
        for want in () if isinstance(intent, _MEMORIES) else desk.carry_out(intent):
            wants[want.key] = _louder(wants.get(want.key), want)
    return wants.values()


def _louder(known: Want | None, want: Want) -> Want:
    """Return one wish for both, with whatever either of them asks for."""
    if known is None:
        return want
    louder = known if known.urgent else want
    return replace(louder, again=known.again or want.again)


def _drafts(batch: Sequence[Accepted], repeats: Sequence[int]) -> dict[int, list[Draft]]:
    """Return the entries for the log, by account."""
    drafts: dict[int, list[Draft]] = {}
    for accepted, count in zip(batch, repeats, strict=True):
        received = accepted.received
        entries = drafts.setdefault(received.account_id, [])
        entries.append(_arrival(received, count))
        entries += (
            _merge(received, intent)
            for intent in accepted.intents
            if isinstance(intent, ObserveMerge)
        )
    return drafts


def _arrival(received: Received, repeats: int) -> Draft:
    kind = EntryType.DELIVERY_DUPLICATE if repeats else EntryType.DELIVERY_ACCEPTED
    fields = {
        "event": f"{received.event}.{received.action or ''}".rstrip("."),
        "guid": received.guid,
        "ref": hashlib.sha256(received.body).hexdigest(),
        "repo": str(received.repository_id or ""),
    }
    return Draft(kind, f"delivery:{received.guid}:{repeats}", fields)


def _merge(received: Received, intent: ObserveMerge) -> Draft:
    fields = {
        "pr": str(intent.number),
        "repo": str(received.repository_id),
        "rev": f"gitCommit:{intent.head_sha}",
        "landed": f"gitCommit:{intent.merge_sha}",
    }
    key = f"merge:{received.repository_id}:{intent.number}:{intent.head_sha}"
    return Draft(EntryType.MERGE_OBSERVED, key, fields)


def _visible_head(known: KnownPullRequest | None, written_at: datetime) -> str | None:
    """Return the head that a comment's author could see; empty if it came after the comment.

    GitHub tells whole seconds. What a commit says of its own time counts for nothing (T29).
    """
    if known is None:
        return None
    came_later = known.head_seen_at >= written_at + _SECOND
    return "" if came_later else known.head_sha


@dataclass(frozen=True, slots=True)
class _Desk:
    """One delivery's view of the open transaction."""

    connection: sa.Connection
    received: Received
    now: Clock

    def about(self, intent: Intent) -> tuple[object, ...]:
        """Name the thing that is remembered, so that only its newest sight is written."""
        place = (type(intent), self.received.repository_id, self.received.installation_id)
        match intent:
            case RememberPullRequest():
                return (*place, intent.number)
            case RememberPusher():
                return (*place, intent.head_sha, intent.account_id)
            case _:
                return place

    @property
    def _repository_id(self) -> int:
        if self.received.repository_id is None:
            raise ValueError(f"{self.received.event} needs a repository")
        return self.received.repository_id

    def _want(self, key: str, cause: str, *, urgent: bool = False) -> Want:
        return Want(
            key=key,
            kind=key.partition(":")[0],
            account_id=self.received.account_id,
            installation_id=self.received.installation_id or 0,
            cause=cause,
            urgent=urgent,
            again=cause in _RERUNS,
        )

    @singledispatchmethod
    def carry_out(self, intent: Intent) -> tuple[Want, ...]:
        """Write what is to be remembered and return what is to be done."""
        raise NotImplementedError(type(intent).__name__)

    @carry_out.register
    def _(self, intent: EvaluatePullRequest) -> tuple[Want, ...]:
        key = keys.pull_request(self._repository_id, intent.number)
        return (self._want(key, intent.cause, urgent=intent.bad_news),)

    @carry_out.register
    def _(self, intent: EvaluateHead) -> tuple[Want, ...]:
        """Use our own index; a commit that it does not know is looked up by a job.

        A check is no bad news for a pull request whose policy asks for none.
        """
        repository_id, bad = self._repository_id, intent.bad_news
        known = registry.open_with_head(self.connection, repository_id, intent.sha)
        found = {
            keys.pull_request(repository_id, pull.number): bad and pull.watches_checks
            for pull in known
        }
        start = keys.group_start(repository_id, intent.sha)
        found |= dict.fromkeys(subjects.keys_starting(self.connection, start), bad)
        found = found or {keys.head(repository_id, intent.sha): bad}
        return tuple(self._want(key, intent.cause, urgent=urgent) for key, urgent in found.items())

    @carry_out.register
    def _(self, intent: EvaluateBase) -> tuple[Want, ...]:
        """Look only where our index knows a pull request: most pushes go to other branches."""
        if not registry.open_into_base(self.connection, self._repository_id, intent.ref):
            return ()
        return (self._want(keys.base(self._repository_id, intent.ref), intent.cause),)

    @carry_out.register
    def _(self, intent: EvaluateGroup) -> tuple[Want, ...]:
        key = keys.group(self._repository_id, intent.head_sha, intent.head_ref, intent.base_ref)
        return (self._want(key, intent.cause, urgent=True),)

    @carry_out.register
    def _(self, intent: ForgetGroup) -> tuple[Want, ...]:
        subjects.forget(self.connection, keys.group_start(self._repository_id, intent.head_sha))
        return ()

    @carry_out.register
    def _(self, intent: SweepRepository) -> tuple[Want, ...]:
        return (self._want(keys.repository(self._repository_id), intent.cause),)

    @carry_out.register
    def _(self, intent: SweepInstallation) -> tuple[Want, ...]:
        """Name the event as the cause: a plain sweep leaves out what looks unchanged."""
        return tuple(
            self._want(keys.repository(each.id), intent.cause)
            for each in registry.repositories(self.connection)
            if each.installation_id == self.received.installation_id
        )

    @carry_out.register
    def _(self, intent: SyncInstallation) -> tuple[Want, ...]:
        if self.received.installation_id is None:
            return ()
        key = keys.installation(self.received.installation_id)
        return (self._want(key, intent.cause, urgent=intent.judges_all),)

    @carry_out.register
    def _(self, intent: ReadComment) -> tuple[Want, ...]:
        """Keep the comment with the head that its author could see; once, whatever is sent."""
        if intent.on_issue and self._incident_in(intent.number) is None:
            return ()
        known = registry.known_pull_request(self.connection, self._repository_id, intent.number)
        seen = Commented(
            repository_id=self._repository_id,
            comment_id=intent.comment_id,
            number=intent.number,
            author_id=intent.author_id,
            author_login=intent.author_login,
            body=intent.body,
            created_at=intent.created_at,
            received_at=self.now(),
            head_sha=_visible_head(known, intent.created_at),
            app_id=intent.app_id,
            is_edit=intent.is_edit,
        )
        commands.keep(self.connection, seen)
        key = keys.comment(self._repository_id, intent.comment_id, is_edit=intent.is_edit)
        return (self._want(key, "issue_comment"),)

    def _incident_in(self, number: int) -> Incident | None:
        return incidents.of_issue(self.connection, self._repository_id, number)

    @carry_out.register
    def _(self, intent: WakeIncident) -> tuple[Want, ...]:
        found = self._incident_in(intent.number)
        return () if found is None else (wake(found, "its issue"),)

    @carry_out.register
    def _(self, intent: ReadReport) -> tuple[Want, ...]:
        """Keep who gave an issue a label; what that means is read under the policy."""
        told = Told(
            repository_id=self._repository_id,
            number=intent.number,
            label=intent.label,
            sender_id=intent.sender_id,
            sender_login=intent.sender_login,
            app_id=intent.app_id,
            reported_at=intent.reported_at,
        )
        incident_reports.keep(self.connection, told)
        key = keys.report(self._repository_id, intent.number)
        return (self._want(key, "a label of an issue"),)

    @carry_out.register
    def _(self, intent: AnswerProtection) -> tuple[Want, ...]:
        asked = Asked(
            repository_id=self._repository_id,
            run_id=intent.run_id,
            environment=intent.environment,
            guid=self.received.guid,
            asked_at=self.now(),
        )
        protections.keep(self.connection, asked)
        key = keys.run(self._repository_id, intent.run_id)
        return (self._want(key, "deployment_protection_rule.requested"),)

    @carry_out.register
    def _(self, intent: WakeDeployment) -> tuple[Want, ...]:
        found = deployments.behind(
            self.connection, self._repository_id, intent.github_id, intent.run_id
        )
        if found is None:
            return ()
        key = keys.deployment(self._repository_id, found.id)
        return (self._want(key, "what carries it out"),)

    @carry_out.register
    def _(self, intent: RememberPullRequest) -> tuple[Want, ...]:
        seen = KnownPullRequest(
            number=intent.number,
            head_sha=intent.head_sha,
            base_ref=intent.base_ref,
            is_open=intent.is_open,
            head_seen_at=self.now(),
            verdict_id=None,
        )
        registry.remember_pull_request(self.connection, self._repository_id, seen)
        return ()

    @carry_out.register
    def _(self, intent: RememberPusher) -> tuple[Want, ...]:
        person = Account(intent.account_id, intent.login, intent.kind)
        registry.remember_pusher(self.connection, self._repository_id, intent.head_sha, person)
        return ()

    @carry_out.register
    def _(self, intent: RememberRepository) -> tuple[Want, ...]:
        known_by = self.received.installation_id
        through = {"installation_id": known_by} if known_by is not None else {}
        registry.remember_repository(
            self.connection,
            self.now(),
            **through,
            id=self._repository_id,
            account_id=self.received.account_id,
            full_name=intent.full_name,
            default_branch=intent.default_branch,
            archived=intent.archived,
            removed=intent.removed,
        )
        return ()

    @carry_out.register
    def _(self, intent: LoseRepository) -> tuple[Want, ...]:
        registry.remember_repository(
            self.connection,
            self.now(),
            id=intent.repository_id,
            account_id=self.received.account_id,
            full_name=intent.full_name,
            removed=True,
        )
        return ()

    @carry_out.register
    def _(self, intent: GainRepository) -> tuple[Want, ...]:
        if self.received.installation_id is None:
            return ()
        registry.remember_repository(
            self.connection,
            self.now(),
            id=intent.repository_id,
            installation_id=self.received.installation_id,
            account_id=self.received.account_id,
            full_name=intent.full_name,
            removed=False,
        )
        return (self._want(keys.repository(intent.repository_id), intent.cause),)

    @carry_out.register
    def _(self, intent: RememberInstallation) -> tuple[Want, ...]:
        if self.received.installation_id is None:
            return ()
        registry.remember_installation(
            self.connection,
            self.now(),
            id=self.received.installation_id,
            account_id=intent.account_id or self.received.account_id,
            account_login=intent.account_login,
            suspended=intent.suspended,
            removed=intent.removed,
        )
        return ()

    @carry_out.register
    def _(self, _intent: ObserveMerge | Ignore) -> tuple[Want, ...]:
        return ()
