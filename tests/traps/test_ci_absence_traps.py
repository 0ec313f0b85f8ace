"""Traps about checks that are absent, misplaced, old or forged: ids A28 to A40."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.facts import (
    Checks,
    Gap,
    History,
    Part,
    Resolution,
)
from app.core.gates.ci import Code, judge, needs
from app.core.verdict import Outcome, Verdict
from tests.builders import (
    BOB,
    CAROL,
    NOW,
    OLD,
    at,
    changed,
    check,
    commit,
    facts,
    policy,
    review,
)
from tests.traps.ci_cases import CI, OTHER, ending, ruled, said, suite, verdict, workflow


def test_A28_a_check_on_another_commit_never_counts_and_is_named():
    judged = ruled(check(head_sha=OLD))
    assert ending(judged) == (Outcome.PENDING, Code.OTHER_COMMIT)
    assert f"it is on commit {OLD[:7]}, which is not the head" in said(judged)


def test_A29_the_text_of_an_absent_check_warns_of_workflow_run():
    assert "`workflow_run` workflow reports on the default branch" in said(verdict(facts(), "unit"))


@pytest.mark.parametrize(
    ("started", "newer_only", "expected"),
    [
        pytest.param(at(-6), True, Code.OLDER_THAN_BASE, id="before the retarget"),
        pytest.param(at(-5), True, Code.OLDER_THAN_BASE, id="in the same second"),
        pytest.param(None, True, Code.OLDER_THAN_BASE, id="nobody knows when"),
        pytest.param(at(-4), True, Code.PASSED, id="after the retarget"),
        pytest.param(at(-6), False, Code.PASSED, id="the policy does not mind"),
    ],
)
def test_A30_a_check_from_before_a_retarget_does_not_count(started, newer_only, expected):
    seen = facts(runs=(check(started_at=started),), history=History(base_changed_at=at(-5)))
    assert verdict(seen, "unit", newer_than_base_change=newer_only).code == expected


def own_ci_changed(path: str = CI, *, entry: dict[str, Any] | None = None, **more: Any) -> Verdict:
    """Judge a pull request that changes a path and has a green `unit` from ci.yml."""
    run = check(workflow=CI, event="pull_request")
    seen = facts(runs=(run,), files=(changed(path),), **more)
    rules = {"rules": [{"id": "platform", "by": {"users": ["bob"]}}], "otherwise": "platform"}
    ci = {
        "required": [{"name": "unit"} | (entry or {})],
        "modified_workflow": "platform",
    }
    return judge(seen, policy(ci=ci, approval=rules), NOW)


PINNED = {"workflow": CI}


@pytest.mark.parametrize(
    ("path", "entry", "expected"),
    [
        pytest.param(CI, PINNED, Code.WORKFLOW_MODIFIED, id="the pinned workflow"),
        pytest.param(OTHER, PINNED, Code.PASSED, id="another workflow than the pinned one"),
        pytest.param(OTHER, {}, Code.WORKFLOW_MODIFIED, id="any workflow, as none is pinned"),
        pytest.param(
            ".github/actions/setup/action.yml", PINNED, Code.WORKFLOW_MODIFIED, id="local action"
        ),
        pytest.param(".github/actions", PINNED, Code.WORKFLOW_MODIFIED, id="a link in its place"),
        pytest.param("src/a.py", {}, Code.PASSED, id="nothing that makes checks"),
    ],
)
def test_A31_a_changed_workflow_needs_the_approval_of_its_owners(path, entry, expected):
    judged = own_ci_changed(path, entry=entry)
    assert judged.code == expected
    assert (judged.outcome is Outcome.PENDING) == (expected is Code.WORKFLOW_MODIFIED)


def test_A31_the_approval_of_its_owners_lets_a_changed_workflow_pass():
    directory = (Resolution("user", "bob", BOB.id),)
    approved = own_ci_changed(reviews=(review(BOB),), directory=directory)
    assert approved.outcome is Outcome.PASS
    by_another = own_ci_changed(reviews=(review(CAROL),), directory=directory)
    assert by_another.outcome is Outcome.PENDING


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["3.11"], Code.TOO_FEW_MATCHES, id="one of two"),
        pytest.param(["3.11", "3.12"], Code.PASSED, id="both"),
    ],
)
def test_A32_a_pattern_needs_as_many_matches_as_expected(names, expected):
    runs = tuple(check(f"test ({name})", id=number) for number, name in enumerate(names))
    assert verdict(facts(runs=runs), {"name": "test (*)", "expect": 2}).code == expected


def test_A32_every_match_of_a_pattern_must_pass():
    runs = (check("test (3.11)"), check("test (3.12)", "failure", id=2))
    judged = verdict(facts(runs=runs), {"name": "test (*)"})
    assert (judged.outcome, judged.title) == (Outcome.FAIL, "`test (3.12)` failed")


@pytest.mark.parametrize(
    "waiting",
    [
        pytest.param({"workflow_runs": (workflow(conclusion="action_required"),)}, id="run"),
        pytest.param({"suites": (suite(conclusion="action_required", runs=0),)}, id="suite"),
    ],
)
def test_A33_a_run_from_a_fork_waits_for_a_maintainer(waiting):
    judged = verdict(facts(checks=Checks(**waiting)), "unit")
    assert ending(judged) == (Outcome.PENDING, Code.RUN_NEEDS_APPROVAL)
    assert judged.blockers[0].who_can_unblock == "a maintainer"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(suite(app_id=9, conclusion="action_required"), id="of another app"),
        pytest.param(suite(conclusion="success"), id="that was allowed to run"),
    ],
)
def test_A33_no_maintainer_is_called_for_a_suite(other):
    assert verdict(facts(checks=Checks(suites=(other,))), "unit").code == Code.CHECK_MISSING


def test_A34_a_cancelled_run_gives_way_to_a_newer_one_that_runs():
    cancelled = check(conclusion="cancelled", started_at=at(-10))
    running = check(id=2, status="in_progress", conclusion=None, started_at=at(-5))
    assert ruled(cancelled, running).outcome is Outcome.PENDING


def test_A34_a_cancelled_newest_run_fails():
    cancelled = check(id=2, conclusion="cancelled", started_at=at(-5))
    assert ending(ruled(check(), cancelled)) == (Outcome.FAIL, Code.CHECK_CANCELLED)


def test_A35_A36_a_list_of_checks_that_is_not_whole_is_an_error():
    demands = policy(ci={"required": [{"name": "unit"}]})
    assert {Part.CHECKS, Part.WORKFLOW_RUNS} <= needs(demands)
    gap = Gap(Part.CHECKS, "PAGES", "page 2 of the check runs could not be read")
    assert facts(gaps=(gap,)).gaps_in(*needs(demands)) == (gap,)


def test_A38_checks_of_an_old_head_may_have_been_archived():
    seen = facts(history=History(head_seen_at=NOW - timedelta(days=401)))
    assert ending(verdict(seen, "unit")) == (Outcome.PENDING, Code.CHECKS_ARCHIVED)


def test_A39_a_commit_that_skips_ci_explains_the_absence():
    seen = facts(commits=(commit(skips_ci=True),))
    assert ending(verdict(seen, "unit")) == (Outcome.PENDING, Code.SKIPPED_BY_COMMIT)
    older = facts(commits=(commit(skips_ci=False), commit("old", skips_ci=True)))
    assert verdict(older, "unit").code == Code.CHECK_MISSING
    both = facts(commits=(commit("old"), commit(skips_ci=True)))
    assert verdict(both, "unit").code == Code.SKIPPED_BY_COMMIT


def test_A40_old_green_checks_of_the_present_head_count():
    old = check(started_at=NOW - timedelta(days=30))
    assert ruled(old).outcome is Outcome.PASS
    retargeted = facts(runs=(old,), history=History(base_changed_at=at(-5)))
    assert verdict(retargeted, "unit").outcome is Outcome.PENDING
