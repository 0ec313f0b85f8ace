"""States of a deployment, as a table: what GitHub is told, what is held, how long it may last.

Source: the deployment state machine of the reference on ChatOps, section 4.5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


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
        S.SUCCEEDED: Rule(_to(S.ROLLING_BACK), github=_G.SUCCESS, moves_traffic=True),
        S.REFUSED: Rule(),
        S.BLOCKED: Rule(github=_G.FAILURE),
        S.EXPIRED: Rule(),
        S.REJECTED: Rule(),
        S.CANCELLED: Rule(github=_G.INACTIVE),
        S.SUPERSEDED: Rule(github=_G.INACTIVE),
        S.FAILED: Rule(github=_G.ERROR),
    }
)
