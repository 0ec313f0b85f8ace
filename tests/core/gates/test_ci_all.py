"""The ci gate under `all: true`: every check, enough of them, and settled."""

import pytest

from app.core.facts import (
    Checks,
    History,
)
from app.core.gates.ci import Code
from app.core.verdict import Outcome, Verdict
from tests.builders import OLD, at, check, facts
from tests.traps.ci_cases import ending, said, suite, verdict, workflow

OLD_SUITE = {"suites": (suite(),)}


def under_all(*runs, **changes) -> Verdict:
    """Judge `all: true` on a head whose one suite settled long ago."""
    return verdict(facts(checks=Checks(runs=runs, **(OLD_SUITE | changes))), all=True)


@pytest.mark.parametrize("conclusion", ["failure", "skipped", "neutral", "cancelled"])
def test_all_means_that_every_check_passed(conclusion):
    judged = under_all(check(), check("other", conclusion, id=2))
    assert (judged.outcome, judged.blockers[0].subject) == (Outcome.FAIL, "`other`")


def test_all_counts_what_it_saw():
    judged = under_all(check(), check("lint", id=2))
    assert ending(judged) == (Outcome.PASS, Code.PASSED)
    assert judged.title == "2 required checks passed"
    assert len(judged.counted) == 2


def test_all_leaves_a_required_check_to_its_own_entry():
    runs = (check("unit", "neutral"), check("lint", id=2))
    seen = facts(checks=Checks(runs=runs, **OLD_SUITE))
    entry = {"name": "unit", "accept": ["success", "neutral"]}
    assert verdict(seen, entry, all=True, min_checks=2).outcome is Outcome.PASS
    assert verdict(seen, entry, all=True, min_checks=3).code == Code.TOO_FEW_CHECKS


def test_all_does_not_replace_what_is_required():
    seen = facts(checks=Checks(runs=(check("lint"),), **OLD_SUITE))
    assert verdict(seen, "unit", all=True).code == Code.CHECK_MISSING


def test_all_does_not_count_a_required_check_twice():
    seen = facts(checks=Checks(runs=(check(),), **OLD_SUITE))
    assert verdict(seen, "unit", "un*", all=True, min_checks=2).code == Code.TOO_FEW_CHECKS


def test_all_leaves_out_a_check_that_is_proven_irrelevant():
    runs = (check("backend", "skipped"), check("lint", id=2))
    seen = facts(checks=Checks(runs=runs, **OLD_SUITE))
    entry = {"name": "backend", "when": {"paths": ["backend/**"]}}
    assert verdict(seen, entry, all=True).outcome is Outcome.PASS
    assert verdict(seen, entry, all=True, min_checks=2).code == Code.TOO_FEW_CHECKS


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        pytest.param(
            {"workflow_runs": (workflow(status="queued", conclusion=None),)},
            Code.SUITE_RUNNING,
            id="a workflow run is queued",
        ),
        pytest.param(
            {"suites": (suite(), suite(2, conclusion="action_required", runs=0))},
            Code.RUN_NEEDS_APPROVAL,
            id="a suite waits for approval",
        ),
        pytest.param(
            {"suites": (suite(), suite(2, conclusion="startup_failure", runs=0))},
            Code.SUITE_FAILED,
            id="a workflow file is not valid",
        ),
        pytest.param(
            {"suites": (suite(), suite(2, conclusion=None, runs=0))},
            Code.SUITE_FAILED,
            id="a suite ended without a word",
        ),
        pytest.param(
            {"suites": (suite(), suite(2, conclusion="cancelled", runs=0))},
            Code.SUITE_FAILED,
            id="a suite was cancelled before it had a check",
        ),
        pytest.param(
            {"suites": (suite(), suite(2, conclusion="a word of tomorrow", runs=0))},
            Code.SUITE_FAILED,
            id="a suite ended with a word that is not known",
        ),
        pytest.param({"suites": ()}, Code.SETTLING, id="no suite tells the age"),
        pytest.param(
            {"suites": (suite(), suite(2, created_at=None))},
            Code.SETTLING,
            id="one suite does not tell its age",
        ),
        pytest.param(
            {"suites": (suite(), suite(2, app_id=9, status="in_progress", runs=0))},
            Code.SUITE_RUNNING,
            id="an app has begun and has no check yet",
        ),
        pytest.param(
            {"suites": (suite(), suite(2, app_id=9, status="queued", runs=None))},
            Code.SUITE_RUNNING,
            id="nobody knows whether an app uses its suite",
        ),
    ],
)
def test_all_sees_what_has_no_check_yet(waiting, expected):
    assert under_all(check(), **waiting).code == expected


@pytest.mark.parametrize(
    ("run", "second"),
    [
        pytest.param(check(suite_id=2), suite(2, conclusion="failure"), id="its runs tell"),
        pytest.param(check(), suite(2, conclusion="skipped", runs=0), id="nothing had to run"),
    ],
)
def test_all_lets_the_runs_speak_for_their_suite(run, second):
    lint = check("lint", id=3)
    assert under_all(run, lint, suites=(suite(), second)).outcome is Outcome.PASS


def test_all_names_the_end_of_a_suite_without_a_check():
    judged = under_all(check(), suites=(suite(), suite(2, conclusion="startup_failure")))
    assert "It ended with `startup_failure` and holds no check." in said(judged)


def test_all_lists_what_it_did_not_count():
    judged = under_all(check(), check("lint", id=2, head_sha=OLD))
    assert (judged.outcome, len(judged.seen)) == (Outcome.PASS, 1)


def test_all_ignores_a_suite_that_an_app_never_used_and_says_so():
    idle = suite(2, app_id=9, status="queued", conclusion=None, runs=0)
    judged = under_all(check(), suites=(suite(), idle))
    assert judged.outcome is Outcome.PASS
    assert "suite 2 of app 9 the app put no check into it" in said(judged)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(History(head_seen_at=at(-0.5)), Code.SETTLING, id="pushed just now"),
        pytest.param(History(head_seen_at=at(-1)), Code.PASSED, id="pushed long enough ago"),
    ],
)
def test_all_waits_after_a_push(history, expected):
    seen = facts(checks=Checks(runs=(check(),)), history=history)
    assert verdict(seen, all=True).code == expected


def test_all_waits_after_a_change_of_the_base():
    quick = check(started_at=at(-0.25))
    history = History(head_seen_at=at(-300), base_changed_at=at(-0.5))
    seen = facts(checks=Checks(runs=(quick,), **OLD_SUITE), history=history)
    assert verdict(seen, all=True).code == Code.SETTLING
    assert verdict(seen, all=True, newer_than_base_change=False).code == Code.PASSED
