"""The facts behind the numbers as they are published: each with its ids, times and the rule."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.dora.attempts import Attempt
from app.core.dora.attribution import Blame, Reason
from app.core.dora.deliveries import Delivered, DeliveredPull
from app.core.dora.events import AuthorKind, text_of
from app.core.dora.facts import Facts
from app.core.dora.failures import Failure, Fault, Rework
from app.core.dora.members import Members, seconds
from app.core.dora.rollouts import Kind, Rollout


@dataclass(frozen=True, slots=True)
class RolloutEvidence:
    """A rollout; `changes` are those it delivered, a baseline delivered none."""

    id: str
    deployments: tuple[str, ...]
    environments: tuple[str, ...]
    kind: Kind
    sha: str
    is_known: bool
    started: str
    live: str
    planned: bool
    changes: tuple[str, ...]
    withdrew: tuple[str, ...]
    reverted: tuple[str, ...]
    rework: Rework | None


@dataclass(frozen=True, slots=True)
class AttemptEvidence:
    """An attempt that never succeeded."""

    id: str
    sha: str
    environment: str
    started: str
    ended: str | None


@dataclass(frozen=True, slots=True)
class ChangeEvidence:
    """A change and the deployment that delivered it."""

    change: str
    deployment: str
    start: str
    lead_s: int
    author_kind: AuthorKind
    approximate: bool
    skewed: bool


@dataclass(frozen=True, slots=True)
class PullEvidence:
    """A merged pull request and the deployment that delivered it."""

    number: int
    deployment: str
    lead_s: int
    coding_s: int
    review_s: int
    deploy_s: int
    policy: str | None


@dataclass(frozen=True, slots=True)
class FailureEvidence:
    """A failed deployment: what says so, and how long it lasted."""

    deployment: str
    fault: Fault
    by: str | None
    incidents: tuple[str, ...]
    started: str
    recovered: str | None
    seconds: int | None


@dataclass(frozen=True, slots=True)
class IncidentEvidence:
    """An incident, and what it is charged to."""

    id: str
    opened: str
    resolved: str | None
    deployment: str | None
    reason: Reason
    by: str | None


@dataclass(frozen=True, slots=True)
class WaitingEvidence:
    """A merged change that is not in production."""

    change: str
    start: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Every fact that a number of the window rests on."""

    rollouts: tuple[RolloutEvidence, ...]
    failed_attempts: tuple[AttemptEvidence, ...]
    changes: tuple[ChangeEvidence, ...]
    pull_requests: tuple[PullEvidence, ...]
    failures: tuple[FailureEvidence, ...]
    incidents: tuple[IncidentEvidence, ...]
    waiting: tuple[WaitingEvidence, ...]


def evidence(facts: Facts, members: Members) -> Evidence:
    """Return the facts of a window, and those from before it that something in it rests on."""
    reworked = facts.trial.rework()
    failures = _failures(members)
    blamed = {each.target.id for each in failures}
    restored = {each.id for each in members.restored}
    return Evidence(
        rollouts=tuple(
            _rollout(facts, each, reworked)
            for each in facts.rollouts
            if facts.question.has(each.live) or each.id in blamed
        ),
        failed_attempts=tuple(
            _attempt(each)
            for each in facts.attempts
            if each.ended is not None and (facts.question.has(each.ended) or each.id in blamed)
        ),
        changes=tuple(_change(each) for each in members.changes),
        pull_requests=tuple(_pull(each) for each in members.pulls),
        failures=tuple(_failure(each) for each in failures),
        incidents=tuple(
            _incident(each)
            for each in facts.blames
            if facts.question.has(each.incident.opened) or each.incident.id in restored
        ),
        waiting=tuple(
            WaitingEvidence(each.change, text_of(each.start)) for each in members.waiting or ()
        ),
    )


def _failures(members: Members) -> list[Failure]:
    meant = (*members.failures, *members.recovered, *members.still_open)
    ids = {each.target.id for each in meant}
    return [each for each in members.facts.failures if each.target.id in ids]


def _rollout(facts: Facts, rollout: Rollout, reworked: Mapping[int, Rework]) -> RolloutEvidence:
    is_change = rollout.kind is Kind.CHANGE
    deliveries = facts.deliveries
    return RolloutEvidence(
        id=rollout.id,
        deployments=tuple(each.id for each in rollout.attempts),
        environments=tuple(each.environment for each in rollout.attempts),
        kind=rollout.kind,
        sha=rollout.sha,
        is_known=rollout.is_known,
        started=text_of(rollout.started),
        live=text_of(rollout.live),
        planned=rollout.planned,
        changes=tuple(facts.history.change_ids(rollout.added)) if is_change else (),
        withdrew=tuple(each.id for each in deliveries.withdrawn_by(rollout)),
        reverted=tuple(each.id for each in deliveries.reverted_by(rollout)),
        rework=reworked.get(rollout.order),
    )


def _attempt(attempt: Attempt) -> AttemptEvidence:
    return AttemptEvidence(
        id=attempt.id,
        sha=attempt.sha,
        environment=attempt.environment,
        started=text_of(attempt.started),
        ended=_text(attempt.ended),
    )


def _change(change: Delivered) -> ChangeEvidence:
    return ChangeEvidence(
        change=change.change,
        deployment=change.rollout.id,
        start=text_of(change.start),
        lead_s=change.lead,
        author_kind=change.kind,
        approximate=change.is_approximate,
        skewed=change.is_skewed,
    )


def _pull(pull: DeliveredPull) -> PullEvidence:
    return PullEvidence(
        number=pull.pull.number,
        deployment=pull.rollout.id,
        lead_s=pull.lead,
        coding_s=pull.coding,
        review_s=pull.review,
        deploy_s=pull.deploy,
        policy=pull.policy,
    )


def _failure(failure: Failure) -> FailureEvidence:
    return FailureEvidence(
        deployment=failure.target.id,
        fault=failure.fault,
        by=failure.by,
        incidents=tuple(each.id for each in failure.incidents),
        started=text_of(failure.started),
        recovered=_text(failure.ended),
        seconds=seconds(failure),
    )


def _incident(blame: Blame) -> IncidentEvidence:
    return IncidentEvidence(
        id=blame.incident.id,
        opened=text_of(blame.incident.opened),
        resolved=_text(blame.incident.resolved),
        deployment=None if blame.target is None else blame.target.id,
        reason=blame.reason,
        by=blame.by,
    )


def _text(moment: int | None) -> str | None:
    return None if moment is None else text_of(moment)
