"""Steps of deployments: from what is seen to where it leads."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands.scales import Tier
from app.core.deploy.codes import Code
from app.core.deploy.machine import Move, Stay, step
from app.core.deploy.observed import (
    Approvals,
    Deployment,
    Kind,
    Observed,
    Recorded,
    Refusal,
    Result,
    Run,
    RunState,
)
from app.core.deploy.states import STATES, State
from app.core.facts import Sha

THEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHA, OTHER = Sha("a1" * 20), Sha("b2" * 20)
LOCKED = Refusal("locked", "production is held by d0")
FENCE = Refusal("migration_fence", "the schema is newer")
FINE = Observed(
    refusal=None,
    approvals=Approvals(2, 2),
    has_lock=True,
    recorded=Recorded(SHA),
    run=Run(RunState.RUNNING, SHA),
    promotion=Run(RunState.RUNNING, SHA),
)


def at(state: State, **changes) -> Deployment:
    made = Deployment("d1", Kind.DEPLOY, Tier.PRODUCTION, SHA, state, THEN, has_canary=True)
    return replace(made, **changes)


def seen(**changes) -> Observed:
    return replace(FINE, **changes)


def after(deployment: Deployment, observed: Observed, **age: int):
    return step(deployment, observed, THEN + timedelta(**age))


S, C = State, Code


@pytest.mark.parametrize(
    ("state", "observed", "move"),
    [
        pytest.param(
            S.REQUESTED,
            seen(refusal=Refusal("frozen", "until Monday")),
            Move(S.REFUSED, "frozen", "until Monday"),
            id="a request that the door refuses",
        ),
        pytest.param(
            S.REQUESTED,
            seen(approvals=Approvals(2, 0)),
            Move(S.AWAITING_APPROVAL, C.APPROVAL_NEEDED),
            id="a dangerous request waits for people",
        ),
        pytest.param(
            S.REQUESTED,
            seen(approvals=Approvals()),
            Move(S.QUEUED, C.APPROVED),
            id="a harmless request needs nobody",
        ),
        pytest.param(
            S.AWAITING_APPROVAL,
            seen(),
            Move(S.QUEUED, C.APPROVED),
            id="enough people have approved",
        ),
        pytest.param(
            S.AWAITING_APPROVAL,
            seen(approvals=Approvals(2, 2, rejected_by="cid")),
            Move(S.REJECTED, C.REJECTED, "cid"),
            id="one rejection outweighs all approvals",
        ),
        pytest.param(
            S.AWAITING_APPROVAL,
            seen(head_moved=True),
            Move(S.SUPERSEDED, C.REF_CHANGED),
            id="T31 a push makes approvals worthless",
        ),
        pytest.param(
            S.QUEUED,
            seen(cancelled_by="ann", head_moved=True),
            Move(S.CANCELLED, C.CANCELLED, "ann"),
            id="whoever asked can cancel",
        ),
        pytest.param(
            S.QUEUED,
            seen(approvals=Approvals(2, 1)),
            Move(S.EXPIRED, C.APPROVAL_STALE),
            id="T21 an approver who lost the right no longer counts",
        ),
        pytest.param(
            S.QUEUED,
            seen(refusal=Refusal("permission_unknown")),
            Move(S.REFUSED, "permission_unknown"),
            id="T20 a right that cannot be read is no right",
        ),
        pytest.param(
            S.QUEUED, seen(), Move(S.GATING, C.SLOT_FREE), id="the environment is free and ours"
        ),
        pytest.param(
            S.GATING,
            seen(held=Refusal("held", "held by ann"), gates=Result.PASS),
            Move(S.BLOCKED, "held", "held by ann"),
            id="a hold ends what has the environment and has not begun",
        ),
        pytest.param(
            S.DEPLOYING,
            seen(held=Refusal("held", "held by ann"), run=Run()),
            Move(S.FAILED, "held", "held by ann"),
            id="a hold just before the start",
        ),
        pytest.param(
            S.GATING,
            seen(recorded=Recorded(OTHER), gates=Result.PASS),
            Move(S.FAILED, C.SHA_MISMATCH, f"GitHub recorded {OTHER}"),
            id="T39 GitHub recorded another commit",
        ),
        pytest.param(
            S.GATING,
            seen(head_moved=True, gates=Result.PASS),
            Move(S.SUPERSEDED, C.REF_CHANGED),
            id="T31 the ref moves after the checks",
        ),
        pytest.param(
            S.GATING,
            seen(refusal=Refusal("frozen", "x"), gates=Result.PASS),
            Move(S.BLOCKED, "frozen", "x"),
            id="a freeze that came in between",
        ),
        pytest.param(
            S.GATING,
            seen(has_lock=False, gates=Result.PASS),
            Move(S.FAILED, C.LOCK_LOST),
            id="T81 the lease ran out",
        ),
        pytest.param(
            S.GATING,
            seen(gates=Result.FAIL),
            Move(S.BLOCKED, C.GATE_FAILED),
            id="a gate fails",
        ),
        pytest.param(
            S.GATING,
            seen(recorded=None, run=Run(RunState.FAILED, detail="409")),
            Move(S.FAILED, C.RUN_FAILED, "409"),
            id="T41 GitHub refuses to record it",
        ),
        pytest.param(
            S.GATING,
            seen(gates=Result.PASS),
            Move(S.DEPLOYING, C.GATES_PASSED),
            id="every gate passes",
        ),
        pytest.param(
            S.DEPLOYING,
            seen(run=Run(RunState.RUNNING, OTHER)),
            Move(S.FAILED, C.SHA_MISMATCH, f"the run deploys {OTHER}"),
            id="T30 the run deploys another commit",
        ),
        pytest.param(
            S.DEPLOYING,
            seen(run=Run(RunState.FAILED, SHA)),
            Move(S.FAILED, C.RUN_FAILED),
            id="T92 what never had traffic is not rolled back",
        ),
        pytest.param(
            S.DEPLOYING,
            seen(run=Run(RunState.LOST, SHA, has_moved_traffic=True)),
            Move(S.ROLLING_BACK, C.RUN_LOST),
            id="a run that was lost after it moved traffic",
        ),
        pytest.param(
            S.DEPLOYING,
            seen(run=Run(RunState.SUCCEEDED, SHA, has_moved_traffic=True)),
            Move(S.VERIFYING, C.RUN_SUCCEEDED),
            id="the run has done its work",
        ),
        pytest.param(
            S.VERIFYING,
            seen(health=Result.FAIL),
            Move(S.ROLLING_BACK, C.UNHEALTHY),
            id="the smoke test fails",
        ),
        pytest.param(
            S.VERIFYING,
            seen(health=Result.PASS),
            Move(S.CANARY, C.HEALTHY),
            id="a healthy canary takes traffic",
        ),
        pytest.param(
            S.CANARY,
            seen(canary=Result.FAIL),
            Move(S.ROLLING_BACK, C.CANARY_FAILED),
            id="the canary fails",
        ),
        pytest.param(
            S.CANARY,
            seen(canary=Result.PASS, triggers=("errors",)),
            Move(S.ROLLING_BACK, C.TRIGGERED, "errors"),
            id="a trigger outweighs a good canary",
        ),
        pytest.param(
            S.HELD_SHADOW,
            seen(canary=Result.PASS),
            Move(S.PROMOTING, C.CANARY_PASSED),
            id="new evidence frees what was held",
        ),
        pytest.param(
            S.CANARY,
            seen(canary=Result.PASS, paused_by="ann", promoted_by="bob"),
            Move(S.PROMOTING, C.PROMOTED_BY_HAND, "bob"),
            id="somebody gives a canary that passed to everybody",
        ),
        pytest.param(
            S.CANARY,
            seen(canary=Result.PASS, paused_by="ann", triggers=("errors",)),
            Move(S.ROLLING_BACK, C.TRIGGERED, "errors"),
            id="a trigger takes a paused canary back",
        ),
        pytest.param(
            S.HELD_SHADOW,
            seen(canary=Result.INCONCLUSIVE, promoted_by="bob", promoted_anyway=True),
            Move(S.PROMOTING, C.PROMOTED_BY_HAND, "bob"),
            id="somebody more agreed to promote what could not tell",
        ),
        pytest.param(
            S.HELD_SHADOW,
            seen(canary=Result.FAIL, promoted_by="bob", promoted_anyway=True),
            Move(S.ROLLING_BACK, C.CANARY_FAILED),
            id="nobody promotes a canary that failed",
        ),
        pytest.param(
            S.HELD_SHADOW,
            seen(aborted_by="bob"),
            Move(S.ROLLING_BACK, C.ABORTED, "bob"),
            id="somebody aborts what was held",
        ),
        pytest.param(
            S.PROMOTING,
            seen(promotion=Run(RunState.SUCCEEDED, SHA)),
            Move(S.WATCHING, C.PROMOTED),
            id="everybody has the new version",
        ),
        pytest.param(
            S.PROMOTING,
            seen(promotion=Run(RunState.FAILED, SHA)),
            Move(S.ROLLING_BACK, C.RUN_FAILED),
            id="a promotion that fails has moved traffic",
        ),
        pytest.param(
            S.WATCHING,
            seen(triggers=("errors", "sev1")),
            Move(S.ROLLING_BACK, C.TRIGGERED, "errors, sev1"),
            id="the watch sees something",
        ),
        pytest.param(
            S.WATCHING,
            seen(triggers=("errors",), fence=FENCE),
            Move(S.ROLLBACK_FAILED, C.MIGRATION_FENCE, "triggered errors; the schema is newer"),
            id="T91 a trigger beyond the migration fence calls people",
        ),
        pytest.param(
            S.SUCCEEDED,
            seen(aborted_by="bob", fence=FENCE),
            Move(S.ROLLBACK_FAILED, C.MIGRATION_FENCE, "aborted bob; the schema is newer"),
            id="T91 nobody takes a success back beyond the migration fence",
        ),
        pytest.param(
            S.DEPLOYING,
            seen(aborted_by="bob", fence=FENCE),
            Move(S.FAILED, C.ABORTED, "bob"),
            id="T91 what had no traffic simply fails, whatever the schema",
        ),
        pytest.param(
            S.ROLLING_BACK,
            seen(rollback=S.WATCHING),
            Move(S.REVIEW_REQUIRED, C.ROLLED_BACK),
            id="the earlier version is back and healthy",
        ),
        pytest.param(
            S.ROLLING_BACK,
            seen(rollback=S.FAILED),
            Move(S.ROLLBACK_FAILED, C.ROLLBACK_FAILED, "failed"),
            id="the earlier version does not come back",
        ),
        pytest.param(
            S.ROLLBACK_FAILED,
            seen(rollback=S.SUCCEEDED),
            Move(S.REVIEW_REQUIRED, C.ROLLED_BACK),
            id="it came back later after all",
        ),
        pytest.param(
            S.ROLLBACK_FAILED,
            seen(rollback=S.FAILED, review_accepted=True),
            Move(S.REVIEW_REQUIRED, C.REVIEW_ACCEPTED),
            id="people mended what no machine could",
        ),
        pytest.param(
            S.REVIEW_REQUIRED,
            seen(review_accepted=True),
            Move(S.CLEARED, C.REVIEW_ACCEPTED),
            id="the review was accepted",
        ),
        pytest.param(
            S.SUCCEEDED,
            seen(rollback=S.GATING, aborted_by="ann"),
            Move(S.ROLLING_BACK, C.ABORTED, "ann"),
            id="somebody takes a success back",
        ),
    ],
)
def test_what_is_seen_leads_on(state, observed, move):
    assert after(at(state), observed, seconds=1) == move


@pytest.mark.parametrize(
    ("state", "observed"),
    [
        pytest.param(S.AWAITING_APPROVAL, seen(approvals=Approvals(2, 1)), id="one of two"),
        pytest.param(S.QUEUED, seen(obstacle=LOCKED), id="the environment is taken"),
        pytest.param(S.QUEUED, seen(has_lock=False), id="the lock is not ours yet"),
        pytest.param(S.GATING, seen(), id="gates that nobody judged"),
        pytest.param(S.GATING, seen(gates=Result.INCONCLUSIVE), id="gates that cannot tell"),
        pytest.param(
            S.GATING, seen(gates=Result.PASS, recorded=None), id="GitHub has no record yet"
        ),
        pytest.param(S.DEPLOYING, seen(), id="the run still runs"),
        pytest.param(S.VERIFYING, seen(health=Result.INCONCLUSIVE), id="health not known"),
        pytest.param(S.VERIFYING, seen(), id="health not asked yet"),
        pytest.param(S.CANARY, seen(canary=Result.PASS), id="a canary that is too young"),
        pytest.param(S.HELD_SHADOW, seen(canary=Result.INCONCLUSIVE), id="nothing new"),
        pytest.param(S.ROLLING_BACK, seen(rollback=S.VERIFYING), id="on its way back"),
        pytest.param(
            S.CANARY,
            seen(canary=Result.INCONCLUSIVE, promoted_by="bob"),
            id="a person promotes alone only what has passed",
        ),
        pytest.param(S.SUCCEEDED, seen(triggers=("errors",)), id="T95 an alert after the watch"),
    ],
)
def test_what_is_seen_changes_nothing(state, observed):
    assert isinstance(after(at(state), observed, seconds=1), Stay)


@pytest.mark.parametrize(
    ("state", "observed", "age", "move"),
    [
        pytest.param(
            S.AWAITING_APPROVAL,
            seen(approvals=Approvals(2, 1)),
            timedelta(hours=4),
            Move(S.EXPIRED, C.TIME_IS_UP),
            id="T58 nobody answers for four hours",
        ),
        pytest.param(
            S.GATING,
            seen(gates=Result.INCONCLUSIVE),
            timedelta(minutes=15),
            Move(S.BLOCKED, C.GATE_INCONCLUSIVE),
            id="gates that never could tell",
        ),
        pytest.param(
            S.DEPLOYING,
            seen(),
            timedelta(minutes=60),
            Move(S.FAILED, C.TIME_IS_UP),
            id="a run without end that moved nothing",
        ),
        pytest.param(
            S.VERIFYING,
            seen(),
            timedelta(minutes=10),
            Move(S.ROLLING_BACK, C.TIME_IS_UP),
            id="health that nobody asked for in time",
        ),
        pytest.param(
            S.VERIFYING,
            seen(health=Result.INCONCLUSIVE),
            timedelta(minutes=10),
            Move(S.CANARY, C.WATCH_BLIND),
            id="health that was asked for and never told",
        ),
        pytest.param(
            S.CANARY,
            seen(canary=Result.PASS),
            timedelta(minutes=30),
            Move(S.PROMOTING, C.CANARY_PASSED),
            id="a good canary of thirty minutes",
        ),
        pytest.param(
            S.CANARY,
            seen(canary=Result.PASS, paused_by="ann"),
            timedelta(hours=24),
            Move(S.HELD_SHADOW, C.CANARY_INCONCLUSIVE),
            id="a good canary that somebody paused for a day",
        ),
        pytest.param(
            S.HELD_SHADOW,
            seen(canary=Result.PASS, paused_by="ann"),
            timedelta(hours=72),
            Move(S.ROLLING_BACK, C.TIME_IS_UP),
            id="a good canary that somebody paused for three days more",
        ),
        pytest.param(
            S.QUEUED,
            seen(obstacle=LOCKED),
            timedelta(hours=2),
            Move(S.EXPIRED, C.TIME_IS_UP, "it waited for locked: production is held by d0"),
            id="a queue that never moves says what for",
        ),
        pytest.param(
            S.CANARY,
            seen(canary=Result.INCONCLUSIVE),
            timedelta(hours=24),
            Move(S.HELD_SHADOW, C.CANARY_INCONCLUSIVE),
            id="a canary that could not tell for a day",
        ),
        pytest.param(
            S.HELD_SHADOW,
            seen(canary=Result.INCONCLUSIVE),
            timedelta(hours=72),
            Move(S.ROLLING_BACK, C.TIME_IS_UP),
            id="held for three days",
        ),
        pytest.param(
            S.WATCHING,
            seen(health=Result.PASS),
            timedelta(minutes=30),
            Move(S.SUCCEEDED, C.WATCH_OVER),
            id="a quiet watch",
        ),
        pytest.param(
            S.WATCHING,
            seen(health=Result.INCONCLUSIVE),
            timedelta(minutes=30),
            Move(S.SUCCEEDED, C.WATCH_BLIND),
            id="a watch that saw nothing",
        ),
        pytest.param(
            S.ROLLING_BACK,
            seen(rollback=S.VERIFYING),
            timedelta(minutes=10),
            Move(S.ROLLBACK_FAILED, C.ROLLBACK_OVERDUE),
            id="a rollback that takes ten minutes",
        ),
    ],
)
def test_time_leads_on_at_its_limit_and_not_before(state, observed, age, move):
    assert isinstance(step(at(state), observed, THEN + age - timedelta(seconds=1)), Stay)
    assert step(at(state), observed, THEN + age) == move


def test_a_limit_of_the_policy_counts_instead_of_the_table():
    hurried = at(S.AWAITING_APPROVAL, times=((S.AWAITING_APPROVAL, timedelta(hours=1)),))
    observed = seen(approvals=Approvals(2, 1))
    assert step(hurried, observed, THEN) == Stay(THEN + timedelta(hours=1))
    assert after(hurried, observed, hours=1) == Move(S.EXPIRED, C.TIME_IS_UP)


def test_a_canary_wakes_when_it_is_old_enough():
    assert step(at(S.CANARY), seen(), THEN) == Stay(THEN + timedelta(minutes=30))
    assert after(at(S.CANARY), seen(), minutes=31) == Stay(THEN + timedelta(hours=24))


def test_health_that_was_never_told_takes_nothing_back_and_lets_nothing_succeed():
    """Development would succeed at once if it were well; a rollback has no canary."""
    blind = seen(health=Result.INCONCLUSIVE)
    rolling = replace(at(S.VERIFYING), has_canary=False, tier=Tier.DEVELOPMENT)
    back = at(S.VERIFYING, kind=Kind.ROLLBACK)
    for each in (rolling, back):
        assert after(each, blind, minutes=10) == Move(S.WATCHING, C.WATCH_BLIND)


@pytest.mark.parametrize("state", [S.DEPLOYING, S.VERIFYING, S.WATCHING, S.PROMOTING])
def test_T94_a_rollback_is_never_rolled_back_by_itself(state):
    back = at(state, kind=Kind.ROLLBACK)
    assert after(back, seen(aborted_by="ann"), seconds=1) == Move(
        S.ROLLBACK_FAILED, C.ABORTED, "ann"
    )


def test_a_rollback_has_no_canary():
    back = at(S.VERIFYING, kind=Kind.ROLLBACK)
    assert after(back, seen(health=Result.PASS), seconds=1) == Move(S.WATCHING, C.HEALTHY)


# Whatever is seen

RUNS = st.builds(Run, st.sampled_from(RunState), st.sampled_from([None, SHA, OTHER]), st.booleans())
RESULTS = st.sampled_from([None, *Result])
OBSERVED = st.builds(
    Observed,
    refusal=st.sampled_from([None, LOCKED]),
    obstacle=st.sampled_from([None, LOCKED]),
    held=st.sampled_from([None, Refusal("held", "held by ann")]),
    approvals=st.builds(
        Approvals, st.integers(0, 2), st.integers(0, 2), st.sampled_from([None, "bob"])
    ),
    head_moved=st.booleans(),
    has_lock=st.booleans(),
    cancelled_by=st.sampled_from([None, "ann"]),
    aborted_by=st.sampled_from([None, "ann"]),
    paused_by=st.sampled_from([None, "ann"]),
    promoted_by=st.sampled_from([None, "ann"]),
    promoted_anyway=st.booleans(),
    recorded=st.sampled_from([None, Recorded(SHA), Recorded(OTHER)]),
    gates=RESULTS,
    run=RUNS,
    promotion=RUNS,
    health=RESULTS,
    canary=RESULTS,
    triggers=st.sampled_from([(), ("errors",)]),
    rollback=st.sampled_from([None, *State]),
    fence=st.sampled_from([None, FENCE]),
    review_accepted=st.booleans(),
)
DEPLOYMENTS = st.builds(
    at,
    st.sampled_from(State),
    kind=st.sampled_from(Kind),
    tier=st.sampled_from(Tier),
    has_canary=st.booleans(),
)
AGES = st.timedeltas(timedelta(0), timedelta(days=9))


@given(DEPLOYMENTS, OBSERVED, AGES)
def test_every_step_goes_where_the_table_says(deployment, observed, age):
    taken = step(deployment, observed, THEN + age)
    assert isinstance(taken, Stay) or taken.to in STATES[deployment.state].leads_to


@given(DEPLOYMENTS, OBSERVED, AGES)
def test_nothing_starts_without_lock_approval_record_and_gates(deployment, observed, age):
    taken = step(deployment, observed, THEN + age)
    if isinstance(taken, Move) and taken.to is State.DEPLOYING:
        assert observed.has_lock
        assert observed.approvals.suffice
        assert observed.gates is Result.PASS
        assert observed.recorded == Recorded(SHA)
        assert observed.refusal is None
        assert not observed.head_moved


@given(DEPLOYMENTS, OBSERVED, AGES)
def test_a_state_with_a_limit_is_left_when_it_is_reached(deployment, observed, age):
    taken = step(deployment, observed, THEN + age)
    if isinstance(taken, Stay) and STATES[deployment.state].limit is not None:
        assert taken.wake_at > THEN + age


NOT_STARTED = seen(run=Run())


@pytest.mark.parametrize(
    ("observed", "code"),
    [
        pytest.param(replace(NOT_STARTED, head_moved=True), C.REF_CHANGED, id="the head moved"),
        pytest.param(replace(NOT_STARTED, refusal=LOCKED), "locked", id="it is forbidden now"),
        pytest.param(replace(NOT_STARTED, cancelled_by="ann"), C.CANCELLED, id="taken back"),
        pytest.param(
            replace(NOT_STARTED, approvals=Approvals(2, 1)), C.APPROVAL_STALE, id="a right is gone"
        ),
    ],
)
def test_T31_what_was_let_go_but_not_started_is_called_off(observed, code):
    found = after(at(S.DEPLOYING), observed)
    assert (found.to, found.code) == (S.FAILED, code)
    running = replace(observed, run=Run(RunState.RUNNING, SHA))
    assert isinstance(after(at(S.DEPLOYING), running), Stay)


def test_what_nothing_speaks_against_waits_for_its_start():
    assert isinstance(after(at(S.DEPLOYING), NOT_STARTED), Stay)


def test_a_rollback_that_is_called_off_calls_people():
    found = after(at(S.DEPLOYING, kind=Kind.ROLLBACK), replace(NOT_STARTED, cancelled_by="ann"))
    assert found == Move(S.ROLLBACK_FAILED, C.CANCELLED, "ann")


def test_why_a_run_could_not_be_started_is_kept():
    observed = seen(run=Run(RunState.FAILED, SHA, detail="no such workflow"))
    assert after(at(S.DEPLOYING), observed) == Move(S.FAILED, C.RUN_FAILED, "no such workflow")


BACK = at(S.GATING, kind=Kind.ROLLBACK)
INVALID = Refusal("policy_invalid", "the policy of the default branch cannot be used")


@pytest.mark.parametrize(
    "observed",
    [
        pytest.param(seen(has_lock=False, gates=Result.PASS), id="for its environment"),
        pytest.param(seen(refusal=INVALID, gates=Result.PASS), id="for a policy that can be read"),
    ],
)
def test_a_rollback_waits_and_does_not_fail_for_what_may_pass(observed):
    assert isinstance(after(BACK, observed, minutes=14), Stay)
    assert after(BACK, observed, minutes=15) == Move(S.BLOCKED, C.GATE_INCONCLUSIVE)
    assert isinstance(after(at(S.GATING), observed), Move)


@pytest.mark.parametrize(
    ("observed", "move"),
    [
        pytest.param(
            seen(has_lock=False, cancelled_by="ann"),
            Move(S.CANCELLED, C.CANCELLED, "ann"),
            id="somebody ends it",
        ),
        pytest.param(
            seen(has_lock=False, recorded=Recorded(OTHER)),
            Move(S.FAILED, C.SHA_MISMATCH, f"GitHub recorded {OTHER}"),
            id="GitHub names another commit",
        ),
        pytest.param(
            seen(gates=Result.PASS),
            Move(S.DEPLOYING, C.GATES_PASSED),
            id="it has what it waited for",
        ),
    ],
)
def test_a_rollback_that_waits_still_ends(observed, move):
    assert after(BACK, observed) == move
