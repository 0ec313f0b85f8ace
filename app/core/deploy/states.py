"""States of a deployment, as a table: what GitHub is told, what is held, how long it may last.

Source: the deployment state machine of the reference on ChatOps, section 4.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from app.core.policy.values import duration_text


class State(StrEnum):
    """Where a deployment stands; every change is a row of its own in the store."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    GATING = "gating"
    DEPLOYING = "deploying"
    VERIFYING = "verifying"
    CANARY = "canary"
    HELD_SHADOW = "held_shadow"
    PROMOTING = "promoting"
    WATCHING = "watching"
    ROLLING_BACK = "rolling_back"
    REVIEW_REQUIRED = "review_required"
    ROLLBACK_FAILED = "rollback_failed"
    SUCCEEDED = "succeeded"
    CLEARED = "cleared"
    REFUSED = "refused"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    FAILED = "failed"


class GitHubState(StrEnum):
    """States of a GitHub deployment status that we write (REST, "Create a deployment status")."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds in a state.

    `limit` is the default time limit, None where only an event ends the state; `overdue` is where
    the deployment goes then. `github` is None as long as GitHub knows of no deployment.
    """

    leads_to: frozenset[State] = frozenset()
    limit: timedelta | None = None
    overdue: State | None = None
    github: GitHubState | None = None
    holds_lock: bool = False
    moves_traffic: bool = False

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return not self.leads_to


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def _to(*states: State) -> frozenset[State]:
    return frozenset(states)


MEANING: Mapping[State, str] = MappingProxyType(
    {
        State.REQUESTED: "Somebody asked; whether it may be is looked at.",
        State.AWAITING_APPROVAL: "People have to agree.",
        State.QUEUED: "The environment is taken, locked or frozen.",
        State.GATING: "The environment is ours; gates are judged, GitHub has a record.",
        State.DEPLOYING: "The workflow runs.",
        State.VERIFYING: "The new version is there; is it well?",
        State.CANARY: "A part of the traffic is on the new version.",
        State.HELD_SHADOW: "The canary could not tell; it gets no more traffic.",
        State.PROMOTING: "Everybody gets the new version.",
        State.WATCHING: "Everybody has it, and it is watched.",
        State.ROLLING_BACK: "The earlier version comes back.",
        State.REVIEW_REQUIRED: "The earlier version is back; the incident waits for its review.",
        State.ROLLBACK_FAILED: "The earlier version is not back: people have to act.",
        State.SUCCEEDED: "It is live and was watched.",
        State.CLEARED: "It was taken back, and the incident was reviewed.",
        State.REFUSED: "It may not be; nothing was begun.",
        State.BLOCKED: "A gate did not pass; nothing was begun.",
        State.EXPIRED: "Nobody answered in time, or approvals became worthless.",
        State.REJECTED: "Somebody who may approve said no.",
        State.CANCELLED: "Whoever asked took it back before it began.",
        State.SUPERSEDED: "The head moved before it began.",
        State.FAILED: "It failed before anything had traffic.",
    }
)

S, _G = State, GitHubState
_TAKEN_BACK = _to(S.ROLLING_BACK, S.ROLLBACK_FAILED)
_ENDS_EARLY = _to(S.REFUSED, S.CANCELLED, S.SUPERSEDED, S.EXPIRED)

STATES: Mapping[State, Rule] = MappingProxyType(
    {
        S.REQUESTED: Rule(
            _ENDS_EARLY | {S.AWAITING_APPROVAL, S.QUEUED}, timedelta(seconds=60), S.REFUSED
        ),
        S.AWAITING_APPROVAL: Rule(
            _ENDS_EARLY | {S.QUEUED, S.REJECTED}, timedelta(hours=4), S.EXPIRED
        ),
        S.QUEUED: Rule(_ENDS_EARLY | {S.GATING, S.REJECTED}, timedelta(hours=2), S.EXPIRED),
        S.GATING: Rule(
            _to(S.DEPLOYING, S.BLOCKED, S.CANCELLED, S.SUPERSEDED, S.FAILED),
            _minutes(15),
            S.BLOCKED,
            _G.PENDING,
            holds_lock=True,
        ),
        S.DEPLOYING: Rule(
            _to(S.VERIFYING, S.FAILED) | _TAKEN_BACK,
            _minutes(60),
            S.ROLLING_BACK,
            _G.IN_PROGRESS,
            holds_lock=True,
        ),
        S.VERIFYING: Rule(
            _to(S.CANARY, S.WATCHING, S.SUCCEEDED) | _TAKEN_BACK,
            _minutes(10),
            S.ROLLING_BACK,
            _G.IN_PROGRESS,
            holds_lock=True,
            moves_traffic=True,
        ),
        S.CANARY: Rule(
            _to(S.PROMOTING, S.HELD_SHADOW) | _TAKEN_BACK,
            timedelta(hours=24),
            S.HELD_SHADOW,
            _G.IN_PROGRESS,
            holds_lock=True,
            moves_traffic=True,
        ),
        S.HELD_SHADOW: Rule(
            _to(S.PROMOTING) | _TAKEN_BACK,
            timedelta(hours=72),
            S.ROLLING_BACK,
            _G.IN_PROGRESS,
            holds_lock=True,
            moves_traffic=True,
        ),
        S.PROMOTING: Rule(
            _to(S.WATCHING) | _TAKEN_BACK,
            _minutes(30),
            S.ROLLING_BACK,
            _G.IN_PROGRESS,
            holds_lock=True,
            moves_traffic=True,
        ),
        S.WATCHING: Rule(
            _to(S.SUCCEEDED) | _TAKEN_BACK,
            _minutes(30),
            S.SUCCEEDED,
            _G.IN_PROGRESS,
            holds_lock=True,
            moves_traffic=True,
        ),
        S.ROLLING_BACK: Rule(
            _to(S.REVIEW_REQUIRED, S.ROLLBACK_FAILED),
            _minutes(10),
            S.ROLLBACK_FAILED,
            _G.FAILURE,
            holds_lock=True,
            moves_traffic=True,
        ),
        S.ROLLBACK_FAILED: Rule(
            _to(S.REVIEW_REQUIRED), github=_G.ERROR, holds_lock=True, moves_traffic=True
        ),
        S.REVIEW_REQUIRED: Rule(_to(S.CLEARED), github=_G.INACTIVE),
        S.CLEARED: Rule(github=_G.INACTIVE),
        S.SUCCEEDED: Rule(_TAKEN_BACK, github=_G.SUCCESS, moves_traffic=True),
        S.REFUSED: Rule(),
        S.BLOCKED: Rule(github=_G.FAILURE),
        S.EXPIRED: Rule(),
        S.REJECTED: Rule(),
        S.CANCELLED: Rule(github=_G.INACTIVE),
        S.SUPERSEDED: Rule(github=_G.INACTIVE),
        S.FAILED: Rule(github=_G.ERROR),
    }
)


def table() -> str:
    """Return a Markdown table of the states, for the page on deployments."""
    rows = [
        f"| {state.value.replace('_', ' ')} | {MEANING[state]} | {_limit(rule)} "
        f"| {rule.github.value if rule.github else ''} |"
        for state, rule in STATES.items()
    ]
    head = "| state | meaning | at most | on GitHub |\n| --- | --- | --- | --- |"
    return "\n".join((head, *rows))


def _limit(rule: Rule) -> str:
    if rule.limit is None or rule.overdue is None:
        return ""
    return f"{duration_text(rule.limit)}, then {rule.overdue.value.replace('_', ' ')}"
