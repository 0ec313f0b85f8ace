"""What an environment's past allows and forbids."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.deploy.history import (
    Past,
    Quarantine,
    fence_refusal,
    last_known_good,
    named_target,
    order_refusal,
    quarantine_refusal,
    review_refusal,
    schema_refusal,
)
from app.core.deploy.observed import Refusal
from app.core.deploy.states import State
from app.core.facts import Sha

THEN = datetime(2026, 3, 2, tzinfo=UTC)
ONE, TWO, THREE = (Sha(digit * 40) for digit in "123")
S = State


def past(number: int, sha: Sha = ONE, state: State = S.SUCCEEDED, **changes) -> Past:
    made = Past(f"d{number}", "staging", sha, f"tree of {sha}", state, "watch_over", THEN)
    return replace(made, **changes)


NOT_YET = Refusal("order_violation", "nothing was deployed to staging yet")
HAS_ANOTHER = Refusal("order_violation", "staging has 222222222222")


@pytest.mark.parametrize(
    ("history", "same_tree", "refusal"),
    [
        pytest.param([], True, NOT_YET, id="nothing was deployed"),
        pytest.param([past(1)], False, None, id="the very commit succeeded"),
        pytest.param([past(1, TWO)], True, HAS_ANOTHER, id="another commit succeeded"),
        pytest.param(
            [past(1, TWO, tree=f"tree of {ONE}")], True, None, id="T34 a squash has the same tree"
        ),
        pytest.param(
            [past(1, TWO, tree=f"tree of {ONE}")],
            False,
            HAS_ANOTHER,
            id="the same tree where the commit is asked for",
        ),
        pytest.param(
            [past(1), past(2, state=S.FAILED)],
            True,
            Refusal("order_violation", "staging is failed"),
            id="T51 a newer attempt of the same commit failed",
        ),
        pytest.param(
            [past(1), past(2, TWO)], True, HAS_ANOTHER, id="T51 a newer success of another commit"
        ),
        pytest.param(
            [past(1), past(2, TWO, S.CANCELLED)],
            True,
            None,
            id="an attempt that never began changes nothing",
        ),
        pytest.param(
            [past(1, state=S.WATCHING)],
            True,
            Refusal("order_violation", "staging is watching"),
            id="the watch is not over",
        ),
        pytest.param(
            [past(1, environment="dev")], True, NOT_YET, id="another environment is no help"
        ),
    ],
)
def test_environments_come_in_order(history, same_tree, refusal):
    tree = f"tree of {ONE}"
    assert order_refusal(["staging"], ONE, tree, history, same_tree=same_tree) == refusal


def test_every_environment_before_is_looked_at():
    refusal = order_refusal(["staging", "dev"], ONE, "t", [past(1)], same_tree=False)
    assert refusal == Refusal("order_violation", "nothing was deployed to dev yet")


@pytest.mark.parametrize(
    ("history", "bad", "good"),
    [
        pytest.param([past(1), past(2, TWO), past(9)], [], "d2", id="the newest success"),
        pytest.param([past(1), past(2, TWO, S.FAILED), past(9)], [], "d1", id="T92 not a failure"),
        pytest.param(
            [past(1), past(2, TWO, S.WATCHING), past(9)], [], "d1", id="not one still watched"
        ),
        pytest.param(
            [past(1), past(2, TWO, ended_by="watch_blind"), past(9)],
            [],
            "d1",
            id="not one whose watch saw nothing",
        ),
        pytest.param(
            [past(1), past(2, TWO, is_artifact_there=False), past(9)],
            [],
            "d1",
            id="T92 not one whose artifact is gone",
        ),
        pytest.param(
            [past(1), past(2, TWO), past(9)],
            [Quarantine("staging", THREE, f"tree of {TWO}")],
            "d1",
            id="T93 not one with the content of a version taken back",
        ),
        pytest.param(
            [past(1), past(2, TWO), past(9)],
            [Quarantine("production", TWO, f"tree of {TWO}")],
            "d2",
            id="a quarantine elsewhere",
        ),
        pytest.param([past(9)], [], None, id="there was nothing before"),
        pytest.param([past(1, environment="dev"), past(9)], [], None, id="another environment"),
    ],
)
def test_the_last_known_good_is_what_a_rollback_goes_to(history, bad, good):
    found = last_known_good("staging", history, bad, besides="d9")
    assert (found.id if found else None) == good


UNKNOWN = Refusal("migration_fence", "it is not known which schema the versions need")


@pytest.mark.parametrize(
    ("target", "history", "refusal"),
    [
        pytest.param(past(1), [past(1), past(2)], None, id="nobody speaks of schemas"),
        pytest.param(
            past(1, schema=7),
            [past(1, schema=7), past(2, TWO, schema=8, floor=7)],
            None,
            id="the code can run on the present schema",
        ),
        pytest.param(
            past(1, schema=6),
            [past(1, schema=6), past(3, THREE, schema=7), past(2, TWO, schema=8, floor=7)],
            Refusal(
                "migration_fence",
                "111111111111 was made for schema 6, the database needs 7 or later; "
                "the nearest safe one is 333333333333",
            ),
            id="T91 the code is too old, another one is not",
        ),
        pytest.param(
            past(1, schema=6),
            [past(1, schema=6), past(2, TWO, schema=8, floor=7)],
            Refusal(
                "migration_fence",
                "111111111111 was made for schema 6, the database needs 7 or later; fix it forward",
            ),
            id="T91 the code is too old and there is no other",
        ),
        pytest.param(
            past(1), [past(1), past(2, TWO, schema=8, floor=7)], UNKNOWN, id="the target is silent"
        ),
        pytest.param(
            past(1, schema=7), [past(2, TWO, schema=8)], UNKNOWN, id="the present one is silent"
        ),
        pytest.param(
            past(1, schema=6),
            [past(1, schema=6), past(2, TWO, S.CLEARED, schema=8, floor=7), past(3, schema=6)],
            Refusal(
                "migration_fence",
                "111111111111 was made for schema 6, the database needs 7 or later; fix it forward",
            ),
            id="a rollback of code leaves its migration in place",
        ),
        pytest.param(
            past(1, schema=6),
            [past(1, schema=6), past(2, TWO, S.BLOCKED, schema=8, floor=7)],
            UNKNOWN,
            id="what was blocked brought no migration",
        ),
        pytest.param(
            past(1, schema=8),
            [
                past(1, schema=8, floor=8),
                past(2, TWO, S.CLEARED, schema=8, floor=9),
                past(3, schema=8, floor=8),
            ],
            Refusal(
                "migration_fence",
                "111111111111 was made for schema 8, the database needs 9 or later; fix it forward",
            ),
            id="every floor that was ever reached holds",
        ),
        pytest.param(
            past(1, schema=7),
            [past(1, schema=7, floor=7), past(2, TWO, S.ROLLING_BACK)],
            UNKNOWN,
            id="the version that is there is silent",
        ),
    ],
)
def test_code_does_not_go_back_below_the_schema(target, history, refusal):
    assert fence_refusal(target, history) == refusal


@pytest.mark.parametrize(
    ("wanted", "history", "detail"),
    [
        pytest.param(6, [past(1, schema=6), past(2, schema=8, floor=7)], "needs 7", id="too old"),
        pytest.param(7, [past(1, schema=6), past(2, schema=8, floor=7)], None, id="new enough"),
        pytest.param(6, [past(2, schema=8)], None, id="nobody knows what is there"),
        pytest.param(None, [past(2, schema=8, floor=7)], None, id="nobody knows what it has"),
        pytest.param(6, [], None, id="nothing is there"),
        pytest.param(
            6, [past(2, schema=8, floor=7, environment="dev")], None, id="another environment"
        ),
    ],
)
def test_T91_code_that_lacks_a_migration_is_not_brought_either(wanted, history, detail):
    found = schema_refusal(past(9, TWO, schema=wanted), history)
    assert (found is None) == (detail is None)
    assert found is None or f"222222222222 has {wanted} migrations, the database {detail}" in (
        found.detail
    )


BAD = Quarantine("staging", ONE, f"tree of {ONE}")
TAKEN_BACK = Refusal("quarantined", "111111111111 was taken back from staging")


@pytest.mark.parametrize(
    ("sha", "tree", "bad", "ancestors", "refusal"),
    [
        pytest.param(ONE, "t", BAD, frozenset(), TAKEN_BACK, id="T93 the commit taken back"),
        pytest.param(
            TWO, f"tree of {ONE}", BAD, frozenset(), TAKEN_BACK, id="the same content again"
        ),
        pytest.param(TWO, "t", BAD, frozenset(), None, id="another version"),
        pytest.param(ONE, "t", replace(BAD, environment="dev"), frozenset(), None, id="elsewhere"),
        pytest.param(
            ONE, "t", replace(BAD, cleared_by=TWO), frozenset({TWO}), None, id="holds the fix"
        ),
        pytest.param(
            ONE,
            "t",
            replace(BAD, cleared_by=TWO),
            frozenset({THREE}),
            TAKEN_BACK,
            id="the fix exists but is not in it",
        ),
    ],
)
def test_a_version_taken_back_does_not_come_again(sha, tree, bad, ancestors, refusal):
    assert quarantine_refusal("staging", sha, tree, [bad], ancestors) == refusal


@pytest.mark.parametrize(
    ("state", "is_refused"),
    [
        (S.ROLLING_BACK, True),
        (S.ROLLBACK_FAILED, True),
        (S.REVIEW_REQUIRED, True),
        (S.CLEARED, False),
        (S.SUCCEEDED, False),
    ],
)
def test_T99_only_a_review_opens_the_environment_again(state, is_refused):
    found = review_refusal("staging", [past(1, state=state), past(2)])
    wanted = Refusal("review_required", "what went wrong with 111111111111 is not reviewed")
    assert found == (wanted if is_refused else None)


LIVE = past(9, THREE)


@pytest.mark.parametrize(
    ("history", "found"),
    [
        pytest.param([past(1), LIVE], past(1), id="an earlier success"),
        pytest.param([past(1), past(2), LIVE], past(2), id="the newest of several"),
        pytest.param(
            [past(1, ended_by="watch_blind"), LIVE],
            past(1, ended_by="watch_blind"),
            id="people may choose what nobody measured",
        ),
        pytest.param(
            [LIVE],
            Refusal("no_rollback_target", "111111111111 was never a success there before"),
            id="T92 what never was there",
        ),
        pytest.param(
            [past(1, environment="dev"), LIVE],
            Refusal("no_rollback_target", "111111111111 was never a success there before"),
            id="T92 what was elsewhere",
        ),
        pytest.param(
            [past(1, state=S.FAILED), LIVE],
            Refusal("no_rollback_target", "111111111111 was never a success there before"),
            id="T92 what failed there",
        ),
        pytest.param(
            [past(1, tree=LIVE.tree), LIVE],
            Refusal("no_rollback_target", "111111111111 is what is live"),
            id="what is live under another name",
        ),
        pytest.param(
            [past(1, is_artifact_there=False), LIVE],
            Refusal("no_rollback_target", "nothing of 111111111111 is left to be deployed"),
            id="T92 what was cleared away",
        ),
        pytest.param(
            [past(1, tree="bad"), LIVE],
            Refusal("quarantined", "111111111111 was taken back from staging"),
            id="T93 what was taken back",
        ),
    ],
)
def test_T92_T93_people_go_back_to_what_was_good_there(history, found):
    bad = [Quarantine("staging", TWO, "bad", cleared_by=THREE)]
    assert named_target(LIVE, history, bad, ONE) == found
