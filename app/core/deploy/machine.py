"""The next step of a deployment: a function of its row, of what is observed, and of the time.

Nothing here has an effect: whoever carries steps out makes the world fit the new state, and may do
so twice. A step is taken from fresh observations, so lost or repeated events change nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.commands.scales import Tier
from app.core.deploy.codes import Code
from app.core.deploy.observed import (
    Deployment,
    Kind,
    Observed,
    Result,
    Run,
    RunState,
)
from app.core.deploy.states import STATES, State


@dataclass(frozen=True, slots=True)
class Move:
    """A change of state, and why."""

    to: State
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """No change; `wake_at` is when time alone would make one, None where only events do."""

    wake_at: datetime | None = None


Step = Move | Stay
_Rule = Callable[[Deployment, Observed, timedelta], Move | None]


def step(deployment: Deployment, seen: Observed, now: datetime) -> Step:
    """Return the one next step; a caller repeats it until the deployment stays."""
    age = now - deployment.entered_at
    rule = _RULES.get(deployment.state)
    move = rule(deployment, seen, age) if rule is not None else None
    if move is not None:
        return move
    limit = time_limit(deployment)
    if limit is not None and age >= limit:
        return _overdue(deployment, seen)
    return Stay(_wake_at(deployment, limit, age))


def time_limit(deployment: Deployment) -> timedelta | None:
    """Return how long the deployment may stay in its state."""
    if deployment.state is State.WATCHING:
        return deployment.watch_for
    return dict(deployment.times).get(deployment.state, STATES[deployment.state].limit)


def _wake_at(deployment: Deployment, limit: timedelta | None, age: timedelta) -> datetime | None:
    """Return the next moment at which time changes something; never one that has passed."""
    if limit is None:
        return None
    is_young = deployment.state is State.CANARY and age < deployment.canary_for
    return deployment.entered_at + (min(limit, deployment.canary_for) if is_young else limit)


def _overdue(deployment: Deployment, seen: Observed) -> Move:
    """Return where the deployment goes when its time is up; nothing passes by waiting."""
    state = deployment.state
    if state is State.WATCHING:
        is_blind = seen.health is Result.INCONCLUSIVE
        return Move(State.SUCCEEDED, Code.WATCH_BLIND if is_blind else Code.WATCH_OVER)
    if state is State.ROLLING_BACK:
        return Move(State.ROLLBACK_FAILED, Code.ROLLBACK_OVERDUE)
    if state is State.GATING:
        return Move(State.BLOCKED, Code.GATE_INCONCLUSIVE)
    if state is State.CANARY:
        return Move(State.HELD_SHADOW, Code.CANARY_INCONCLUSIVE)
    if state in _CARRYING_OUT:
        return _never_done(deployment, seen)
    why = seen.obstacle if state is State.QUEUED else None
    detail = f"it waited for {why.code}: {why.detail}" if why else ""
    return Move(STATES[state].overdue or state, Code.TIME_IS_UP, detail)


def _never_done(deployment: Deployment, seen: Observed) -> Move:
    """Take back what does not end; health that was asked for and not told is no reason to."""
    if deployment.state is State.VERIFYING and seen.health is Result.INCONCLUSIVE:
        has_canary = deployment.has_canary and deployment.kind is Kind.DEPLOY
        return Move(State.CANARY if has_canary else State.WATCHING, Code.WATCH_BLIND)
    return _take_back(deployment, seen, Code.TIME_IS_UP)


def _requested(_: Deployment, seen: Observed, __: timedelta) -> Move | None:
    if seen.refusal is not None:
        return Move(State.REFUSED, seen.refusal.code, seen.refusal.detail)
    if seen.approvals.needed:
        return Move(State.AWAITING_APPROVAL, Code.APPROVAL_NEEDED)
    return Move(State.QUEUED, Code.APPROVED)


def _awaiting_approval(_: Deployment, seen: Observed, __: timedelta) -> Move | None:
    early = _ended_early(seen)
    if early is not None:
        return early
    if seen.approvals.suffice:
        return Move(State.QUEUED, Code.APPROVED)
    return None


def _queued(_: Deployment, seen: Observed, __: timedelta) -> Move | None:
    early = _ended_early(seen)
    if early is not None:
        return early
    if not seen.approvals.suffice:
        return Move(State.EXPIRED, Code.APPROVAL_STALE)
    if seen.obstacle is None and seen.has_lock:
        return Move(State.GATING, Code.SLOT_FREE)
    return None


def _ended_early(seen: Observed) -> Move | None:
    """Return how a deployment ends that has not begun; the requester's own wish comes first."""
    if seen.cancelled_by is not None:
        return Move(State.CANCELLED, Code.CANCELLED, seen.cancelled_by)
    if seen.approvals.rejected_by is not None:
        return Move(State.REJECTED, Code.REJECTED, seen.approvals.rejected_by)
    if seen.head_moved:
        return Move(State.SUPERSEDED, Code.REF_CHANGED)
    if seen.refusal is not None:
        return Move(State.REFUSED, seen.refusal.code, seen.refusal.detail)
    return None


def _held(seen: Observed) -> Move | None:
    """Return how a deployment ends that somebody holds before anything of it has begun."""
    return Move(State.BLOCKED, seen.held.code, seen.held.detail) if seen.held else None


def _gating(deployment: Deployment, seen: Observed, _: timedelta) -> Move | None:
    """Let nothing start before everything was looked at once more."""
    objection = _objection(deployment, seen)
    if objection is not None or _waits(deployment, seen):
        return objection
    if seen.recorded is None and seen.run.state is RunState.FAILED:
        return Move(State.FAILED, Code.RUN_FAILED, seen.run.detail)
    if seen.gates is Result.FAIL:
        return Move(State.BLOCKED, Code.GATE_FAILED)
    if seen.gates is Result.PASS and seen.recorded is not None:
        return Move(State.DEPLOYING, Code.GATES_PASSED)
    return None


def _objection(deployment: Deployment, seen: Observed) -> Move | None:
    if seen.recorded is not None and seen.recorded.sha != deployment.sha:
        return Move(State.FAILED, Code.SHA_MISMATCH, f"GitHub recorded {seen.recorded.sha}")
    if not seen.has_lock and not _waits(deployment, seen):
        return Move(State.FAILED, Code.LOCK_LOST)
    early = _ended_early(seen) or _held(seen)
    if early is not None and not (_waits(deployment, seen) and early.to is State.REFUSED):
        return Move(_WHILE_GATING.get(early.to, early.to), early.code, early.detail)
    if not seen.approvals.suffice:
        return Move(State.BLOCKED, Code.APPROVAL_STALE)
    return None


def _waits(deployment: Deployment, seen: Observed) -> bool:
    """Tell whether a rollback waits for its environment, or for a policy that can be read.

    Nothing of it has begun, and what it takes back has a time limit of its own.
    """
    is_hindered = seen.refusal is not None or not seen.has_lock
    return deployment.kind is Kind.ROLLBACK and is_hindered


def _deploying(deployment: Deployment, seen: Observed, _: timedelta) -> Move | None:
    wrong = _wrong(deployment, seen, seen.run) or _called_off(deployment, seen)
    if wrong is not None:
        return wrong
    if seen.run.state is RunState.SUCCEEDED:
        return Move(State.VERIFYING, Code.RUN_SUCCEEDED)
    return None


def _called_off(deployment: Deployment, seen: Observed) -> Move | None:
    """Return how a deployment ends that was let go and whose run has not begun (T31)."""
    if seen.run.state is not RunState.ABSENT:
        return None
    early = _ended_early(seen) or _held(seen)
    if early is None and not seen.approvals.suffice:
        early = Move(State.BLOCKED, Code.APPROVAL_STALE)
    return _take_back(deployment, seen, early.code, early.detail) if early else None


def _verifying(deployment: Deployment, seen: Observed, _: timedelta) -> Move | None:
    wrong = _disturbed(deployment, seen)
    if wrong is not None:
        return wrong
    if seen.health is Result.FAIL:
        return _take_back(deployment, seen, Code.UNHEALTHY)
    if seen.health is not Result.PASS:
        return None
    if deployment.has_canary and deployment.kind is Kind.DEPLOY:
        return Move(State.CANARY, Code.HEALTHY)
    if deployment.tier is Tier.DEVELOPMENT:
        return Move(State.SUCCEEDED, Code.HEALTHY)
    return Move(State.WATCHING, Code.HEALTHY)


def _canary(deployment: Deployment, seen: Observed, age: timedelta) -> Move | None:
    wrong = _disturbed(deployment, seen)
    if wrong is not None:
        return wrong
    if seen.canary is Result.FAIL:
        return _take_back(deployment, seen, Code.CANARY_FAILED)
    has_passed = seen.canary is Result.PASS
    if seen.promoted_by is not None and (has_passed or seen.promoted_anyway):
        return Move(State.PROMOTING, Code.PROMOTED_BY_HAND, seen.promoted_by)
    if not has_passed:
        return None
    if age >= deployment.canary_for and seen.paused_by is None:
        return Move(State.PROMOTING, Code.CANARY_PASSED)
    return None


def _held_shadow(deployment: Deployment, seen: Observed, _: timedelta) -> Move | None:
    return _canary(deployment, seen, deployment.canary_for)


def _promoting(deployment: Deployment, seen: Observed, _: timedelta) -> Move | None:
    wrong = _disturbed(deployment, seen) or _wrong(deployment, seen, seen.promotion)
    if wrong is not None:
        return wrong
    if seen.promotion.state is RunState.SUCCEEDED:
        return Move(State.WATCHING, Code.PROMOTED)
    return None


def _watching(deployment: Deployment, seen: Observed, _: timedelta) -> Move | None:
    wrong = _disturbed(deployment, seen)
    if wrong is not None:
        return wrong
    if seen.health is Result.FAIL:
        return _take_back(deployment, seen, Code.UNHEALTHY)
    return None


def _disturbed(deployment: Deployment, seen: Observed) -> Move | None:
    """Return how a deployment that takes traffic ends when somebody or something objects."""
    if seen.aborted_by is not None:
        return _take_back(deployment, seen, Code.ABORTED, seen.aborted_by)
    if seen.triggers:
        return _take_back(deployment, seen, Code.TRIGGERED, ", ".join(seen.triggers))
    if not seen.has_lock:
        return _take_back(deployment, seen, Code.LOCK_LOST)
    return None


def _wrong(deployment: Deployment, seen: Observed, run: Run) -> Move | None:
    """Return how a deployment ends whose run does not do what it was started for."""
    if seen.aborted_by is not None:
        return _take_back(deployment, seen, Code.ABORTED, seen.aborted_by)
    if not seen.has_lock:
        return _take_back(deployment, seen, Code.LOCK_LOST)
    if run.sha is not None and run.sha != deployment.sha:
        return _take_back(deployment, seen, Code.SHA_MISMATCH, f"the run deploys {run.sha}")
    if run.state is RunState.FAILED:
        return _take_back(deployment, seen, Code.RUN_FAILED, run.detail)
    if run.state is RunState.LOST:
        return _take_back(deployment, seen, Code.RUN_LOST)
    return None


def _take_back(deployment: Deployment, seen: Observed, code: str, detail: str = "") -> Move:
    """Undo what has traffic; what never had any has simply failed.

    A rollback is never rolled back by itself: the second failure calls people.
    """
    if deployment.kind is Kind.ROLLBACK:
        return Move(State.ROLLBACK_FAILED, code, detail)
    if deployment.state is State.DEPLOYING and not seen.run.has_moved_traffic:
        return Move(State.FAILED, code, detail)
    return _back(seen, code, detail)


def _back(seen: Observed, code: str, detail: str) -> Move:
    """Go back to the version before, unless its code cannot run on the schema any more (T91)."""
    if seen.fence is None:
        return Move(State.ROLLING_BACK, code, detail)
    why = f"{code} {detail}".strip()
    return Move(State.ROLLBACK_FAILED, Code.MIGRATION_FENCE, f"{why}; {seen.fence.detail}")


def _rolling_back(_: Deployment, seen: Observed, __: timedelta) -> Move | None:
    """Follow the deployment that brings the earlier version back."""
    if seen.rollback in _ARRIVED:
        return Move(State.REVIEW_REQUIRED, Code.ROLLED_BACK)
    if seen.rollback is not None and STATES[seen.rollback].is_final:
        return Move(State.ROLLBACK_FAILED, Code.ROLLBACK_FAILED, seen.rollback.value)
    if seen.rollback is State.ROLLBACK_FAILED:
        return Move(State.ROLLBACK_FAILED, Code.ROLLBACK_FAILED)
    return None


def _rollback_failed(_: Deployment, seen: Observed, __: timedelta) -> Move | None:
    """Leave it to people; a review says that they have mended what no machine could."""
    if seen.review_accepted:
        return Move(State.REVIEW_REQUIRED, Code.REVIEW_ACCEPTED)
    if seen.rollback in _ARRIVED:
        return Move(State.REVIEW_REQUIRED, Code.ROLLED_BACK)
    return None


def _review_required(_: Deployment, seen: Observed, __: timedelta) -> Move | None:
    return Move(State.CLEARED, Code.REVIEW_ACCEPTED) if seen.review_accepted else None


def _succeeded(_: Deployment, seen: Observed, __: timedelta) -> Move | None:
    """Take a success back when somebody asked for an earlier version."""
    if seen.aborted_by is not None:
        return _back(seen, Code.ABORTED, seen.aborted_by)
    return None


_ARRIVED = (State.WATCHING, State.SUCCEEDED)
_CARRYING_OUT = (State.DEPLOYING, State.VERIFYING, State.HELD_SHADOW, State.PROMOTING)
# Once GitHub knows of a deployment its end must be told there.
_WHILE_GATING = {State.REFUSED: State.BLOCKED, State.REJECTED: State.BLOCKED}

_RULES: Mapping[State, _Rule] = {
    State.REQUESTED: _requested,
    State.AWAITING_APPROVAL: _awaiting_approval,
    State.QUEUED: _queued,
    State.GATING: _gating,
    State.DEPLOYING: _deploying,
    State.VERIFYING: _verifying,
    State.CANARY: _canary,
    State.HELD_SHADOW: _held_shadow,
    State.PROMOTING: _promoting,
    State.WATCHING: _watching,
    State.ROLLING_BACK: _rolling_back,
    State.ROLLBACK_FAILED: _rollback_failed,
    State.REVIEW_REQUIRED: _review_required,
    State.SUCCEEDED: _succeeded,
}
