"""Traps about what checks and statuses say: ids A01 to A22."""

import pytest

from app.core.facts import (
    ChangeStatus,
    Checks,
    Facts,
    History,
    Part,
)
from app.core.gates.ci import Code, needs
from app.core.verdict import Outcome
from tests.builders import (
    BOB,
    at,
    changed,
    check,
    facts,
    policy,
    pull_request,
    status,
)
from tests.traps.ci_cases import CI, OTHER, ending, ruled, said, suite, verdict, workflow

OTHER_APP = {"app_id": 77, "app_slug": "impostor"}


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("success", (Outcome.PASS, Code.PASSED)),
        ("neutral", (Outcome.FAIL, Code.CHECK_NEUTRAL)),
        ("skipped", (Outcome.FAIL, Code.CHECK_SKIPPED)),
        ("cancelled", (Outcome.FAIL, Code.CHECK_CANCELLED)),
        ("timed_out", (Outcome.FAIL, Code.CHECK_FAILED)),
        ("action_required", (Outcome.PENDING, Code.ACTION_REQUIRED)),
        ("failure", (Outcome.FAIL, Code.CHECK_FAILED)),
        ("stale", (Outcome.FAIL, Code.CHECK_STALE)),
        ("startup_failure", (Outcome.FAIL, Code.CHECK_FAILED)),
    ],
)
def test_A01_only_success_passes(conclusion, expected):
    assert ending(ruled(check(conclusion=conclusion))) == expected


def test_A01_neutral_passes_only_where_the_entry_accepts_it():
    entry = {"accept": ["success", "neutral"]}
    assert ruled(check(conclusion="neutral"), entry=entry).outcome is Outcome.PASS
    assert ruled(check(conclusion="skipped"), entry=entry).outcome is Outcome.FAIL


@pytest.mark.parametrize("conclusion", ["exploded", "SUCCESS", "", None])
def test_A02_an_unknown_conclusion_does_not_pass_and_is_named(conclusion):
    judged = ruled(check(conclusion=conclusion))
    assert ending(judged) == (Outcome.FAIL, Code.RESULT_UNKNOWN)
    assert (conclusion or "no conclusion") in said(judged)


def test_A03_a_running_check_is_pending_whatever_its_old_conclusion_says():
    judged = ruled(check(status="in_progress", conclusion="success"))
    assert ending(judged) == (Outcome.PENDING, Code.CHECK_RUNNING)


@pytest.mark.parametrize(
    "state", ["queued", "in_progress", "waiting", "requested", "pending", "invented"]
)
def test_A04_every_status_but_completed_is_pending(state):
    assert ruled(check(status=state, conclusion=None)).outcome is Outcome.PENDING


def test_A05_a_skip_is_traced_to_the_failure_beside_it():
    build = check("build", "failure", id=2)
    judged = ruled(check(conclusion="skipped"), build)
    assert ending(judged) == (Outcome.FAIL, Code.CHECK_SKIPPED)
    assert "A sibling job failed: `build`." in said(judged)


@pytest.mark.parametrize(
    ("build", "suite_id"),
    [
        pytest.param(check("build", "failure", id=2, suite_id=2), 1, id="in another suite"),
        pytest.param(check("build", "failure", id=2, suite_id=None), None, id="suites unknown"),
        pytest.param(check("build", "success", id=2), 1, id="it passed"),
    ],
)
def test_A05_a_skip_is_not_blamed_on_other_jobs(build, suite_id):
    assert "sibling" not in said(ruled(check(conclusion="skipped", suite_id=suite_id), build))


@pytest.mark.parametrize(
    "runs", [(), (check("backend", "skipped"),)], ids=["it is absent", "it was skipped"]
)
def test_A06_an_irrelevant_check_is_not_required_and_the_proof_is_shown(runs):
    seen = facts(runs=runs, files=(changed("docs/a.md"), changed("docs/b.md")))
    judged = verdict(seen, {"name": "backend", "when": {"paths": ["backend/**"]}})
    assert (judged.outcome, judged.is_required) == (Outcome.PASS, False)
    assert "not applicable: 0 of 2 changed paths match `backend/**`" in said(judged)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (facts(files=(changed("backend/a.py"),)), "a path matches"),
        (
            facts(files=(changed("new.py", ChangeStatus.RENAMED, old_path="backend/a.py"),)),
            "the old name of a rename matches",
        ),
        (facts(files=()), "nothing is known to have changed"),
        (facts(pull_request=pull_request(changed_files=5)), "the list of files is cut short"),
    ],
)
def test_A06_a_skip_counts_as_a_skip_without_the_proof(seen, reason):
    judged = verdict(seen, {"name": "backend", "when": {"paths": ["backend/**"]}})
    assert judged.outcome is Outcome.PENDING, reason


def test_A06_changes_that_were_not_read_prove_nothing():
    entry = {"name": "backend", "when": {"paths": ["backend/**"]}}
    assert Part.CHANGES in needs(policy(ci={"required": [entry]}))
    unread = Facts(subject=facts().subject)
    assert verdict(unread, entry).outcome is Outcome.PENDING


def test_A07_an_absent_check_is_pending_and_named():
    judged = verdict(facts(runs=(check("lint"),)), "unit")
    assert ending(judged) == (Outcome.PENDING, Code.CHECK_MISSING)
    assert judged.title == "`unit` has not reported"


@pytest.mark.parametrize(
    ("pushed", "expected"),
    [
        pytest.param(at(-119), (Outcome.PENDING, Code.CHECK_MISSING), id="before the deadline"),
        pytest.param(at(-120), (Outcome.FAIL, Code.CHECK_OVERDUE), id="at the deadline"),
        pytest.param(None, (Outcome.PENDING, Code.CHECK_MISSING), id="push time unknown"),
    ],
)
def test_A07_an_absent_check_fails_at_its_deadline(pushed, expected):
    seen = facts(history=History(head_seen_at=pushed))
    judged = verdict(seen, {"name": "unit", "deadline": "2h"})
    assert ending(judged) == expected
    assert judged.recheck_at == (at(1) if pushed == at(-119) else None)


def test_A08_no_required_check_is_not_required_and_says_so():
    judged = verdict(facts())
    assert ending(judged) == (Outcome.PASS, Code.NOT_REQUIRED)
    assert (judged.is_required, judged.examined) == (False, 0)
    assert judged.title.startswith("Not required")


def test_A08_all_of_nothing_is_pending():
    judged = verdict(facts(history=History(head_seen_at=at(-600))), all=True)
    assert ending(judged) == (Outcome.PENDING, Code.TOO_FEW_CHECKS)
    assert judged.title == "0 of at least 1 check"


@pytest.mark.parametrize(
    ("suites", "expected"),
    [
        pytest.param((suite(),), (Outcome.PASS, Code.PASSED), id="all settled"),
        pytest.param(
            (suite(), suite(2, status="in_progress", conclusion=None)),
            (Outcome.PENDING, Code.SUITE_RUNNING),
            id="a suite still runs",
        ),
        pytest.param(
            (suite(), suite(2, status="queued", conclusion=None, runs=0)),
            (Outcome.PENDING, Code.SUITE_RUNNING),
            id="workflows have not begun",
        ),
        pytest.param(
            (suite(created_at=at(-0.5)),), (Outcome.PENDING, Code.SETTLING), id="just begun"
        ),
        pytest.param((suite(created_at=None),), (Outcome.PENDING, Code.SETTLING), id="age unknown"),
    ],
)
def test_A09_all_checks_wait_until_everything_has_settled(suites, expected):
    judged = verdict(facts(checks=Checks(runs=(check(),), suites=suites)), all=True)
    assert ending(judged) == expected


def test_A09_the_moment_of_settling_is_known():
    seen = facts(checks=Checks(runs=(check(),), suites=(suite(created_at=at(-0.5)),)))
    assert verdict(seen, all=True).recheck_at == at(0.5)


def test_A10_the_newest_run_of_a_source_wins():
    good = check(id=1, started_at=at(-10))
    bad = check(conclusion="failure", id=2, started_at=at(-5))
    assert ruled(good, bad).outcome is Outcome.FAIL
    assert ruled(bad, good).outcome is Outcome.FAIL


def test_A10_a_newer_success_heals_an_older_failure_which_stays_visible():
    bad = check(conclusion="failure", id=9, started_at=at(-10))
    judged = ruled(bad, check(id=1, started_at=at(-5)))
    assert judged.outcome is Outcome.PASS
    assert "`failure` from `github-actions` a newer report" in said(judged)


def test_A11_runs_of_all_suites_are_one_source():
    old = check(conclusion="failure", id=1, suite_id=1, started_at=at(-10))
    new = check(id=2, suite_id=2, started_at=at(-5))
    assert ruled(old, new).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param({"id": 1}, {"id": 2}, Outcome.FAIL, id="the higher id failed"),
        pytest.param({"id": 2}, {"id": 1}, Outcome.PASS, id="the higher id passed"),
        pytest.param({"id": 1}, {"id": 1}, Outcome.FAIL, id="nothing decides, so the worse"),
        pytest.param(
            {"id": 1},
            {"id": 2, "started_at": None},
            Outcome.FAIL,
            id="a later failure has no time",
        ),
        pytest.param(
            {"id": 2},
            {"id": 1, "started_at": None},
            Outcome.PASS,
            id="an earlier failure has no time",
        ),
        pytest.param(
            {"id": 2, "started_at": None},
            {"id": 1},
            Outcome.FAIL,
            id="a success without a time does not beat a timed failure",
        ),
        pytest.param(
            {"id": 1},
            {"id": 1, "started_at": None},
            Outcome.FAIL,
            id="the same id with and without a time",
        ),
        pytest.param(
            {"id": 1, "started_at": None},
            {"id": 2, "started_at": None},
            Outcome.FAIL,
            id="without any time the id decides",
        ),
    ],
)
def test_A12_ties_go_to_the_higher_id_and_then_to_the_worse(first, second, expected):
    good, bad = check(**first), check(conclusion="failure", **second)
    assert ruled(good, bad).outcome is expected
    assert ruled(bad, good).outcome is expected


@pytest.mark.parametrize(
    ("forged", "workflows"),
    [
        pytest.param({"workflow": OTHER}, (), id="the runs name their workflows"),
        pytest.param({"event": "push"}, (), id="another event"),
        pytest.param(
            {"suite_id": 2},
            (workflow(), workflow(OTHER, id=2, suite_id=2)),
            id="the suites name the workflows",
        ),
    ],
)
def test_A13_without_a_pin_every_source_of_the_name_must_pass(forged, workflows):
    own = {} if workflows else {"workflow": CI, "event": "pull_request"}
    failed = check(conclusion="failure", **own)
    passed = check(id=9, started_at=at(-1), **(own | forged))
    seen = facts(checks=Checks(runs=(failed, passed), workflow_runs=workflows))
    assert verdict(seen, "unit").outcome is Outcome.FAIL


def test_A13_a_pinned_workflow_alone_decides():
    good = check(workflow=CI, event="pull_request")
    bad = check(conclusion="failure", id=2, workflow=OTHER, event="pull_request")
    judged = ruled(good, bad, entry={"workflow": CI, "event": "pull_request"})
    assert judged.outcome is Outcome.PASS
    assert f"wrong workflow: the policy wants `{CI}`" in said(judged)


def test_A14_a_check_by_another_app_does_not_count_and_is_listed():
    judged = ruled(check(**OTHER_APP), entry={"app": 15368})
    assert ending(judged) == (Outcome.PENDING, Code.WRONG_SOURCE)
    assert "`impostor` wrong app: the policy wants `15368`" in said(judged)


@pytest.mark.parametrize(
    ("run", "pin", "expected"),
    [
        pytest.param({"app_slug": "renamed"}, "github-actions", Outcome.PASS, id="same id"),
        pytest.param({"app_id": 77}, "github-actions", Outcome.PENDING, id="same slug, other id"),
        pytest.param({"app_id": 5, "app_slug": "lint"}, 5, Outcome.PASS, id="numeric pin"),
        pytest.param({"app_id": 5, "app_slug": "lint"}, "lint", Outcome.PASS, id="exact slug"),
        pytest.param({"app_id": 5, "app_slug": "lint2"}, "lint", Outcome.PENDING, id="near slug"),
    ],
)
def test_A15_an_app_is_its_id(run, pin, expected):
    assert ruled(check(**run), entry={"app": pin}).outcome is expected


def test_A15_a_pin_by_slug_is_shown_as_such():
    judged = ruled(check(app_id=5, app_slug="lint"), entry={"app": "lint"})
    assert judged.counted == ("check `unit`: `success` from `lint`, pinned by slug",)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("any", Outcome.FAIL), ("check_run", Outcome.PASS), ("status", Outcome.FAIL)],
)
def test_A16_a_status_and_a_check_of_one_name_must_both_pass(kind, expected):
    judged = ruled(check(), status(state="failure"), entry={"kind": kind})
    assert judged.outcome is expected


def test_A17_only_the_pinned_creator_counts():
    forged = status(creator=BOB, id=2, created_at=at(-1))
    judged = ruled(status(state="failure"), forged, entry={"creator": "robot[bot]"})
    assert judged.outcome is Outcome.FAIL
    judged = ruled(forged, entry={"creator": "robot[bot]"})
    assert ending(judged) == (Outcome.PENDING, Code.WRONG_SOURCE)
    assert "wrong creator: the policy wants `robot[bot]`" in said(judged)


def test_A17_an_unpinned_status_is_shown_as_unpinned():
    assert ruled(status()).counted == ("status `unit`: `success` from `robot[bot]`, unpinned",)


def test_A17_without_a_pin_nobody_can_overwrite_the_failure_of_another():
    failed, forged = status(state="failure"), status(creator=BOB, id=2, created_at=at(-1))
    assert ruled(failed, forged).outcome is Outcome.FAIL
    assert ruled(failed, status(creator=None, id=2, created_at=at(-1))).outcome is Outcome.FAIL


def test_A18_contexts_are_one_whatever_their_case_and_check_names_are_not():
    newer = status("UNIT", "failure", id=2, created_at=at(-1))
    assert ruled(status("unit"), newer).outcome is Outcome.FAIL
    assert ruled(check("UNIT")).code == Code.CHECK_MISSING
    assert ruled(status("unit"), entry={"name": "Unit"}).outcome is Outcome.PASS
    assert ruled(check("Unit"), entry={"name": "Unit"}).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("success", Outcome.PASS),
        ("SUCCESS", Outcome.PASS),
        ("error", Outcome.FAIL),
        ("failure", Outcome.FAIL),
        ("pending", Outcome.PENDING),
        ("EXPECTED", Outcome.PENDING),
        ("invented", Outcome.FAIL),
    ],
)
def test_A20_states_of_a_status(state, expected):
    assert ruled(status(state=state)).outcome is expected


def test_A21_a_late_failure_takes_the_pass_away():
    early = check()
    late = check(conclusion="failure", id=2, started_at=at(-1))
    assert (ruled(early).outcome, ruled(early, late).outcome) == (Outcome.PASS, Outcome.FAIL)


def test_A22_a_rerun_takes_the_pass_away_at_once():
    rerun = check(id=2, status="queued", conclusion=None, started_at=at(-1))
    assert ruled(check(), rerun).outcome is Outcome.PENDING
