"""The ci gate beyond the traps: pins, patterns, the words of a verdict, groups."""

import pytest

from app.core.facts import (
    Account,
    Checks,
    Gap,
    GroupMember,
    History,
    MergeGroup,
    Part,
)
from app.core.gates.ci import MEANING, Code, judge, needs
from app.core.gates.ci.codes import ENDINGS
from app.core.gates.ci.selection import matches_name
from app.core.verdict import Blocker, GateName, Outcome, Verdict
from tests.builders import HEAD, NOW, OLD, at, changed, check, facts, policy, status
from tests.traps.ci_cases import CI, ending, ruled, said, suite, verdict, workflow


def test_a_pass_counts_what_it_passed_on():
    run = check(workflow=f"{CI}@refs/heads/main", event="push")
    assert verdict(facts(runs=(run,)), {"name": "unit", "app": "github-actions"}) == Verdict(
        gate=GateName.CI,
        outcome=Outcome.PASS,
        code=Code.PASSED,
        title="1 required check passed",
        counted=(f"check `unit`: `success` from `github-actions` (`{CI}`, `push`)",),
        examined=1,
    )


def test_a_failure_says_what_is_wrong_who_can_change_it_and_how():
    judged = verdict(facts(runs=(check(conclusion="timed_out"),)), "unit")
    assert judged.title == "`unit` failed"
    assert judged.blockers == (
        Blocker(
            code=Code.CHECK_FAILED,
            subject="`unit`",
            who_can_unblock="the author",
            next_action="The check `unit`: `timed_out` from `github-actions`."
            " Read its log, mend the cause and push, or re-run it if the cause was outside.",
        ),
    )


def test_the_worst_problem_speaks_first_and_the_others_are_counted():
    seen = facts(runs=(check("slow", None, status="queued"), check("unit", "failure", id=2)))
    judged = verdict(seen, "slow", "absent", "unit")
    assert judged.title == "`unit` failed and 2 more"
    assert [each.subject for each in judged.blockers] == ["`unit`", "`slow`", "`absent`"]


def test_one_more_problem_is_counted_too():
    assert verdict(facts(), "a", "b").title == "`a` has not reported and 1 more"


def test_a_long_or_wicked_name_fits_into_the_title():
    name = "`" + "x" * 150 + "\u202e\n"
    judged = verdict(facts(runs=(check(name, "failure"),)), name)
    assert len(judged.title) <= 100
    assert judged.title.isprintable()


def test_the_earliest_deadline_is_when_to_look_again():
    seen = facts(history=History(head_seen_at=at(-10)))
    entries = [{"name": "a", "deadline": "2h"}, {"name": "b", "deadline": "1h"}, {"name": "c"}]
    assert verdict(seen, *entries).recheck_at == at(50)


def test_a_deadline_begins_anew_when_the_base_is_changed():
    seen = facts(history=History(head_seen_at=at(-300), base_changed_at=at(-10)))
    entry = {"name": "unit", "deadline": "2h"}
    assert verdict(seen, entry).recheck_at == at(110)
    assert verdict(seen, entry, newer_than_base_change=False).code == Code.CHECK_OVERDUE


def test_an_overdue_check_still_says_why_it_is_absent():
    seen = facts(runs=(check(head_sha=OLD),), history=History(head_seen_at=at(-300)))
    judged = verdict(seen, {"name": "unit", "deadline": "2h"})
    assert judged.code == Code.CHECK_OVERDUE
    assert "which is not the head. Its deadline was 2026-11-20 09:00:00 UTC." in said(judged)


@pytest.mark.parametrize(
    ("entry", "because"),
    [
        ({"creator": "robot[bot]"}, "wrong kind: the policy wants a status by a creator"),
        ({"app": 5}, "wrong app: the policy wants `5`"),
        ({"workflow": CI}, f"wrong workflow: the policy wants `{CI}`"),
        ({"event": "push"}, "wrong event: the policy wants `push`"),
    ],
)
def test_a_run_that_does_not_fit_a_pin_is_listed_with_the_reason(entry, because):
    judged = ruled(check(), entry=entry)
    assert judged.code == Code.WRONG_SOURCE
    assert [seen.because for seen in judged.seen] == [because]


@pytest.mark.parametrize("entry", [{"app": 15368}, {"workflow": CI}, {"event": "push"}])
def test_a_status_cannot_satisfy_a_pin_to_an_app(entry):
    judged = ruled(status(), entry=entry)
    assert judged.code == Code.WRONG_SOURCE
    assert "a status cannot prove its app or workflow" in said(judged)


def test_with_both_pins_both_kinds_count():
    entry = {"app": "github-actions", "creator": "Robot[bot]"}
    assert ruled(check(), status(), entry=entry).outcome is Outcome.PASS
    assert ruled(check(), status(state="failure"), entry=entry).outcome is Outcome.FAIL
    assert ruled(check(conclusion="failure"), status(), entry=entry).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("unit", "unit", True),
        ("unit", "unit2", False),
        ("unit (*)", "unit (3.11, [a])", True),
        ("unit (*)", "unit ()", True),
        ("unit (*)", "unit (3.11", False),
        ("*", "", True),
        ("a*a", "a", False),
        ("b*", "ab", False),
        ("*b", "ba", False),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c-b-c", True),
        ("a*b*c", "a-c", False),
        ("a*bc*c", "abc", False),
        ("*b*", "abc", True),
        ("**", "anything\nat all", True),
        ("[u]nit", "unit", False),
    ],
)
def test_only_the_star_is_special_in_a_name(pattern, name, fits):
    assert matches_name(pattern, name) is fits


def test_a_pattern_with_many_stars_is_quick():
    assert not matches_name("*a" * 90 + "b", "a" * 5000)


def test_under_an_exact_name_sources_are_expected_and_under_a_pattern_names():
    seen = facts(runs=(check(workflow=CI), check(id=2, event="push")))
    assert verdict(seen, {"name": "unit", "expect": 2}).code == Code.PASSED
    assert verdict(seen, {"name": "unit", "expect": 3}).code == Code.TOO_FEW_MATCHES
    assert verdict(seen, {"name": "unit*", "expect": 2}).code == Code.TOO_FEW_MATCHES


@pytest.mark.parametrize(
    ("pin", "note"),
    [({"app": 15368}, ""), ({"app": "github-actions"}, ""), ({}, ", unpinned")],
)
def test_what_is_counted_says_how_firmly_it_is_pinned(pin, note):
    counted = f"check `unit`: `success` from `github-actions`{note}"
    assert ruled(check(), entry=pin).counted == (counted,)


def test_a_pinned_status_needs_no_note():
    counted = ("status `unit`: `success` from `robot[bot]`",)
    assert ruled(status(), entry={"creator": "robot[bot]"}).counted == counted


@pytest.mark.parametrize(
    ("run", "made_by"),
    [
        pytest.param({}, "(`.github/workflows/ci.yml`, `pull_request`)", id="its suite tells all"),
        pytest.param({"event": "push"}, "(`.github/workflows/ci.yml`, `push`)", id="own event"),
        pytest.param({"workflow": "a.yml"}, "(`a.yml`, `pull_request`)", id="own workflow"),
    ],
)
def test_a_run_knows_best_who_made_it_and_its_suite_knows_the_rest(run, made_by):
    seen = facts(checks=Checks(runs=(check(**run),), workflow_runs=(workflow(),)))
    assert verdict(seen, "unit").counted[0].endswith(f"{made_by}, unpinned")


def test_a_suite_that_two_workflows_claim_names_neither():
    runs = (workflow(), workflow(id=2, path="other.yml"), workflow(id=3, suite_id=None))
    seen = facts(checks=Checks(runs=(check(),), workflow_runs=runs))
    assert verdict(seen, {"name": "unit", "workflow": CI}).code == Code.WRONG_SOURCE


def test_each_report_is_listed_once_though_two_demands_saw_it():
    seen = facts(runs=(check(head_sha=OLD),))
    assert len(verdict(seen, "unit", "un*").seen) == 1


def test_the_gate_needs_only_what_the_policy_asks_about():
    checks = {Part.CHECKS, Part.WORKFLOW_RUNS}
    plain = {"required": [{"name": "unit"}], "newer_than_base_change": False}
    assert needs(policy()) == frozenset()
    assert needs(policy(ci=plain)) == checks
    assert needs(policy(ci={"required": [{"name": "unit"}]})) == checks | {Part.HISTORY}
    paths = {Part.CHANGES, Part.PULL_REQUEST}
    assert needs(policy(ci=plain | {"modified_workflow": "baseline"})) == checks | paths
    lint = {"name": "lint"}
    on_paths = [{"name": "unit", "when": {"paths": ["a"]}}, lint]
    assert needs(policy(ci=plain | {"required": on_paths})) == checks | paths
    in_time = [{"name": "unit", "deadline": "1h"}, lint]
    assert needs(policy(ci=plain | {"required": in_time})) == checks | {Part.HISTORY}
    assert needs(policy(ci=plain | {"all": True})) == checks | {Part.HISTORY}


def test_every_code_has_a_meaning_and_words():
    assert set(MEANING) == set(ENDINGS) == set(Code)
    blocking = [each for each in ENDINGS.values() if each.outcome is not Outcome.PASS]
    assert all(each.who and each.action.endswith(".") for each in blocking)


def test_an_irrelevant_check_still_shows_what_was_dropped():
    entry = {"name": "unit", "when": {"paths": ["backend/**"]}}
    judged = ruled(check(head_sha=OLD), entry=entry)
    assert [seen.what for seen in judged.seen] == [
        "`unit`",
        "check `unit`: `success` from `github-actions`",
    ]


PLATFORM = {"rules": [{"id": "platform", "by": {"users": ["bob"]}}], "otherwise": "platform"}


def modified(seen, **ci) -> Verdict:
    rules = policy(ci={"modified_workflow": "platform", **ci}, approval=PLATFORM)
    return judge(seen, rules, NOW)


UNIT = {"required": [{"name": "unit"}]}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param({}, Outcome.PENDING, id="nothing pinned"),
        pytest.param({"app": "github-actions"}, Outcome.PENDING, id="made by GitHub Actions"),
        pytest.param({"app": 15368}, Outcome.PENDING, id="made by GitHub Actions, by id"),
        pytest.param({"app": 5}, Outcome.PASS, id="made by another app"),
        pytest.param({"creator": "robot[bot]"}, Outcome.PASS, id="made by another account"),
        pytest.param({"creator": "github-actions[bot]"}, Outcome.PENDING, id="posted by Actions"),
    ],
)
def test_a_changed_workflow_matters_to_the_checks_it_can_make(entry, expected):
    app = 5 if entry.get("app") == 5 else 15368
    poster = Account(91, entry.get("creator", "anybody"))
    seen = facts(
        runs=() if "creator" in entry else (check(app_id=app),),
        statuses=(status(creator=poster),) if "creator" in entry else (),
        files=(changed(CI),),
    )
    assert modified(seen, required=[{"name": "unit", **entry}]).outcome is expected


def test_a_changed_workflow_matters_to_all_checks():
    seen = facts(checks=Checks(runs=(check(),), suites=(suite(),)), files=(changed(CI),))
    judged = modified(seen, all=True)
    assert judged.title == "Producing workflow modified; needs rule `platform`"
    assert f"The pull request changes `{CI}`." in said(judged)


def test_workflows_that_may_have_changed_need_the_approval_too():
    judged = modified(facts(runs=(check(),), files=()), **UNIT)
    assert judged.code == Code.WORKFLOW_MODIFIED
    assert "It is not known which workflows the pull request changes." in said(judged)


def test_an_approval_that_cannot_be_read_is_an_error():
    gap = Gap(Part.REVIEWS, "FORBIDDEN", "reviews may not be read")
    judged = modified(facts(runs=(check(),), files=(changed(CI),), gaps=(gap,)), **UNIT)
    assert ending(judged) == (Outcome.ERROR, Code.WORKFLOW_UNKNOWN)
    assert "reviews may not be read" in said(judged)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        pytest.param([(("ci", "pass"),)], Outcome.PASS, id="passed on its pull request"),
        pytest.param([(("ci", "pending"),)], Outcome.PENDING, id="not approved there"),
        pytest.param([(("approval", "pass"),)], Outcome.PENDING, id="not recorded"),
        pytest.param([(("ci", "pass"),), ()], Outcome.PENDING, id="one of two not recorded"),
        pytest.param([], Outcome.PENDING, id="members unknown"),
    ],
)
def test_a_group_takes_over_the_approval_of_changed_workflows(outcomes, expected):
    members = tuple(
        GroupMember(number, HEAD, "main", is_open=True, outcomes=each)
        for number, each in enumerate(outcomes)
    )
    group = MergeGroup(ref="queue", base_ref="main", members=members)
    seen = facts(runs=(check(),), files=(changed(CI),), group=group, pull_request=None)
    assert modified(seen, **UNIT).outcome is expected
