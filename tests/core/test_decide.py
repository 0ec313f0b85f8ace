"""Asking all gates, the rollup, and pull requests that share a head."""

from dataclasses import replace

import pytest

from app.core.decide import (
    GATES,
    MEANING,
    Code,
    Gate,
    decide,
    is_governed,
    needs,
    rollup,
    rollup_across,
    rollup_locally,
)
from app.core.facts import Gap, Part
from app.core.policy.problem import PolicyProblem
from app.core.verdict import Blocker, GateName, Outcome, Seen, Verdict
from tests.builders import NOW, at, facts, policy, pull_request, subject
from tests.core.decide_cases import GATE_NAMES, ending, gate_saying, rolled, verdict

PROBLEM = PolicyProblem(".github/gatewright.yml", 3, 7, "unknown key `gats`", "d1")


def test_the_five_gates_are_asked_in_a_fixed_order():
    assert [each.gate for each in decide(facts(), policy(), NOW)] == GATE_NAMES
    assert list(GATES) == GATE_NAMES


def test_a_gate_is_asked_with_the_facts_the_policy_and_the_time():
    asked = []
    gate = Gate(lambda *given: asked.append(given) or verdict(GateName.CI), lambda _: frozenset())
    seen, rules = facts(), policy()
    decide(seen, rules, NOW, {GateName.CI: gate})
    assert asked == [(seen, rules, NOW)]


GAPS = (
    Gap(Part.TEAMS, "FORBIDDEN", "teams are hidden", "Grant members: read", temporary=False),
    Gap(Part.REVIEWS, "TIMEOUT", "page 2 of the reviews did not come."),
)


def test_a_gap_in_what_a_gate_needs_is_an_error_that_says_what_would_mend_it():
    passing = gate_saying(verdict(GateName.APPROVAL), Part.TEAMS, Part.REVIEWS)
    (judged,) = decide(facts(gaps=GAPS), policy(), NOW, {GateName.APPROVAL: passing})
    assert judged == Verdict(
        gate=GateName.APPROVAL,
        outcome=Outcome.ERROR,
        code=Code.APPROVAL_FACTS_MISSING,
        title="Could not evaluate: `reviews`, `teams` could not be read in full",
        blockers=(
            Blocker(
                Code.APPROVAL_FACTS_MISSING,
                "reviews",
                "nobody needs to act",
                "page 2 of the reviews did not come. It is retried automatically.",
            ),
            Blocker(
                Code.APPROVAL_FACTS_MISSING,
                "teams",
                "an administrator",
                "teams are hidden. Grant members: read.",
            ),
        ),
    )


def test_a_gap_elsewhere_does_not_matter_to_a_gate():
    passing = gate_saying(verdict(GateName.CI), Part.CHECKS)
    assert decide(facts(gaps=GAPS), policy(), NOW, {GateName.CI: passing}) == (
        verdict(GateName.CI),
    )


@pytest.mark.parametrize("name", GATE_NAMES)
def test_each_gate_has_a_code_for_missing_facts(name):
    gates = {name: gate_saying(verdict(name), Part.REVIEWS)}
    (judged,) = decide(facts(gaps=GAPS), policy(), NOW, gates)
    assert judged.code == f"{name.upper()}_FACTS_MISSING"


def test_A35_A36_a_list_of_checks_that_is_not_whole_makes_the_real_ci_gate_an_error():
    gap = Gap(Part.CHECKS, "PAGES", "page 2 of the check runs could not be read")
    rules = policy(ci={"required": [{"name": "unit"}]})
    judged = decide(facts(gaps=(gap,)), rules, NOW)[0]
    assert ending(judged) == (Outcome.ERROR, "CI_FACTS_MISSING")
    assert "page 2 of the check runs" in judged.blockers[0].next_action


def test_what_is_needed_is_the_sum_of_all_needs():
    gates = {
        GateName.CI: gate_saying(verdict(GateName.CI), Part.CHECKS),
        GateName.APPROVAL: gate_saying(verdict(GateName.APPROVAL), Part.REVIEWS),
    }
    own = {Part.PULL_REQUEST, Part.SIBLINGS}
    assert needs(policy(), gates) == {Part.CHECKS, Part.REVIEWS} | own
    assert needs(policy()) >= own | {Part.SECRETS, Part.CHANGES, Part.REVIEWS}


def test_an_invalid_policy_is_an_error_of_every_gate_that_names_the_line():
    verdicts = decide(facts(), PROBLEM, NOW)
    joined = rollup(verdicts, facts(), PROBLEM)
    assert [each.gate for each in (*verdicts, joined)] == list(GateName)
    for each in (*verdicts, joined):
        assert ending(each) == (Outcome.ERROR, "POLICY_INVALID")
        assert each.blockers[0].subject == "`.github/gatewright.yml`, line 3, column 7"
        assert each.blockers[0].next_action.startswith("unknown key `gats`")


@pytest.mark.parametrize(
    ("line", "column", "where"),
    [(None, None, "`p.yml`"), (4, None, "`p.yml`, line 4")],
)
def test_an_invalid_policy_may_be_wrong_as_a_whole(line, column, where):
    problem = PolicyProblem("p.yml", line, column, "It is empty", "d1")
    (judged,) = decide(facts(), problem, NOW, {GateName.CI: GATES[GateName.CI]})
    assert judged.blockers[0].subject == where
    assert judged.title == f"Could not evaluate: the policy is not valid ({where})"


def test_the_rollup_passes_when_every_gate_passes():
    assert rolled() == Verdict(
        gate=GateName.MERGE,
        outcome=Outcome.PASS,
        code=Code.READY,
        title="All 5 gates pass",
        counted=tuple(f"{name}: {name} says x" for name in GATE_NAMES),
        examined=5,
    )


def test_the_rollup_says_how_many_gates_were_not_required():
    judged = [verdict(name, is_required=name is not GateName.CI) for name in GATE_NAMES]
    assert rollup(judged, facts(), policy()).title == "All 5 gates pass, 1 of them not required"


FAIL, ERROR, PENDING = Outcome.FAIL, Outcome.ERROR, Outcome.PENDING


@pytest.mark.parametrize(
    ("outcomes", "expected", "title"),
    [
        pytest.param(
            {"ci": FAIL, "secrets": ERROR, "approval": PENDING},
            (FAIL, Code.BLOCKED),
            "Blocked by ci (2 of 5 gates pass)",
            id="a failure is the worst",
        ),
        pytest.param(
            {"secrets": ERROR, "approval": PENDING},
            (ERROR, Code.UNDECIDED),
            "Could not evaluate secrets (3 of 5 gates pass)",
            id="an error is worse than waiting",
        ),
        pytest.param(
            {"approval": PENDING, "ci": PENDING},
            (PENDING, Code.WAITING),
            "Waiting for ci, approval (3 of 5 gates pass)",
            id="waiting",
        ),
    ],
)
def test_the_worst_gate_decides(outcomes, expected, title):
    judged = rolled(**outcomes)
    assert (ending(judged), judged.title) == (expected, title)


def test_the_rollup_lists_what_blocks_worst_first_and_wakes_at_the_earliest_time():
    judged = [
        verdict(GateName.CI, PENDING, recheck_at=at(9)),
        verdict(GateName.COMPLIANCE),
        verdict(GateName.SECRETS, FAIL),
        verdict(GateName.APPROVAL, PENDING, recheck_at=at(5)),
        verdict(GateName.FRESHNESS),
    ]
    joined = rollup(reversed(judged), facts(), policy())
    assert [each.next_action for each in joined.blockers] == [
        "Mend secrets.",
        "Mend ci.",
        "Mend approval.",
    ]
    assert joined.recheck_at == at(5)


def test_G18_a_gate_that_was_not_judged_is_never_a_pass():
    joined = rollup([verdict(GateName.CI)], facts(), policy())
    assert ending(joined) == (ERROR, Code.GATE_MISSING)
    assert "compliance, secrets, approval, freshness" in joined.title
    assert ending(rollup([], facts(), policy())) == (ERROR, Code.GATE_MISSING)


def test_the_gates_of_a_local_change_are_joined_without_the_others():
    local = [verdict(GateName.SECRETS), verdict(GateName.COMPLIANCE, FAIL)]
    joined = rollup_locally(local)
    assert ending(joined) == (FAIL, Code.BLOCKED)
    assert joined.title == "Blocked by compliance (1 of 2 gates pass)"
    assert ending(rollup_locally(local[:1])) == (Outcome.PASS, Code.READY)


def test_no_local_gate_at_all_is_no_pass():
    assert ending(rollup_locally([])) == (ERROR, Code.UNDECIDED)


@pytest.mark.parametrize(
    ("changes", "expected", "title"),
    [
        ({"is_draft": True}, Code.DRAFT, "Draft: held until it is marked as ready for review"),
        ({"is_open": False}, Code.CLOSED, "The pull request is closed"),
        ({"is_open": False, "is_merged": True}, Code.CLOSED, "The pull request is merged"),
    ],
    ids=["draft", "closed", "merged"],
)
@pytest.mark.parametrize("ci", [Outcome.PASS, Outcome.FAIL])
def test_a_draft_or_closed_pull_request_is_held(changes, expected, title, ci):
    judged = rolled(facts(pull_request=pull_request(**changes)), ci=ci)
    assert (ending(judged), judged.title) == ((PENDING, expected), title)
    assert judged.blockers[0].subject == "#7"
    assert (judged.blockers[-1].next_action == "Mend ci.") is (ci is FAIL)


def test_a_draft_is_judged_where_the_policy_wants_it():
    draft = facts(pull_request=pull_request(is_draft=True))
    assert rolled(draft, rules=policy(governs={"drafts": "evaluate"})).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(facts(pull_request=None), id="the pull request was not read"),
        pytest.param(
            facts(gaps=(Gap(Part.PULL_REQUEST, "TIMEOUT", "no answer"),)), id="not in full"
        ),
        pytest.param(
            facts(gaps=(Gap(Part.SIBLINGS, "TIMEOUT", "no answer"),)),
            id="nobody knows who shares the head",
        ),
    ],
)
def test_the_rollup_cannot_tell_without_the_pull_request_and_its_siblings(seen):
    assert ending(rolled(seen)) == (ERROR, Code.MERGE_FACTS_MISSING)
    assert ending(rolled(seen, ci=FAIL)) == (FAIL, Code.BLOCKED)


def test_the_gap_that_was_named_explains_the_absence_of_the_pull_request():
    gap = Gap(Part.PULL_REQUEST, "TIMEOUT", "GitHub did not answer")
    (blocker,) = rolled(facts(pull_request=None, gaps=(gap,))).blockers
    assert blocker.next_action.startswith("GitHub did not answer.")


@pytest.mark.parametrize(
    ("is_merged", "step"), [(True, "Nothing is left to do."), (False, "Reopen it.")]
)
def test_only_a_closed_pull_request_can_be_reopened(is_merged, step):
    closed = facts(pull_request=pull_request(is_open=False, is_merged=is_merged))
    assert rolled(closed).blockers[0].next_action == step


@pytest.mark.parametrize(
    ("branches", "base", "governed"),
    [
        (["**"], "main", True),
        (["main", "release/**"], "release/1.2", True),
        (["main"], "sandbox", False),
        (["**", "!sandbox"], "sandbox", False),
    ],
)
def test_the_policy_names_the_branches_it_governs(branches, base, governed):
    assert is_governed(base, policy(governs={"branches": branches})) is governed


@pytest.mark.parametrize("ci", list(Outcome))
def test_F41_a_base_that_is_not_governed_never_yields_a_success(ci):
    seen = facts(subject=subject(base_ref="sandbox"))
    judged = rolled(seen, rules=policy(governs={"branches": ["main"]}), ci=ci)
    assert ending(judged) == (PENDING, Code.NOT_GOVERNED)
    assert judged.title == "Not governed: no policy applies to base branch `sandbox`"
    assert judged.is_required


READY = verdict(GateName.MERGE, code=Code.READY, title="All 5 gates pass")
BLOCKED = verdict(GateName.MERGE, FAIL, title="Blocked by ci", recheck_at=at(3))
UNGOVERNED = verdict(GateName.MERGE, PENDING, code=Code.NOT_GOVERNED)


def test_alone_on_its_head_a_pull_request_keeps_its_own_verdict():
    assert rollup_across(READY, {}) == READY


@pytest.mark.parametrize(
    ("others", "expected", "title"),
    [
        pytest.param({8: READY}, (Outcome.PASS, Code.READY), "All 5 gates pass", id="passes"),
        pytest.param(
            {8: BLOCKED, 9: READY},
            (FAIL, Code.SIBLING_BLOCKS),
            "Same head commit as #8: not passing",
            id="fails",
        ),
        pytest.param(
            {9: None, 8: None},
            (PENDING, Code.SIBLING_UNJUDGED),
            "Same head commit as #8, #9: not judged yet",
            id="is not judged yet",
        ),
        pytest.param(
            {8: None, 9: verdict(GateName.MERGE, PENDING)},
            (PENDING, Code.SIBLING_BLOCKS),
            "Same head commit as #8, #9: not passing",
            id="waits",
        ),
    ],
)
def test_F11_the_worst_pull_request_of_a_head_decides(others, expected, title):
    judged = rollup_across(READY, others)
    assert (ending(judged), judged.title) == (expected, title)


def test_F11_siblings_are_named_with_what_they_say():
    judged = rollup_across(READY, {9: None, 8: BLOCKED})
    assert judged.counted == ("#8: fail", "#9: not judged yet")
    assert [(each.code, each.subject) for each in judged.blockers] == [
        (Code.SIBLING_BLOCKS, "#8"),
        (Code.SIBLING_UNJUDGED, "#9"),
    ]
    assert "says: Blocked by ci. Mend it" in judged.blockers[0].next_action
    assert judged.recheck_at == at(3)


def test_F11_what_the_own_gates_counted_stays():
    own = replace(READY, counted=("ci: passed",), seen=(Seen("old", "stale"),))
    judged = rollup_across(own, {8: READY, 9: UNGOVERNED})
    assert judged.counted == ("ci: passed", "#8: pass")
    assert [each.what for each in judged.seen] == ["old", "#9"]


def test_F11_an_own_failure_stays_the_reason():
    judged = rollup_across(BLOCKED, {8: verdict(GateName.MERGE, FAIL)})
    assert (judged.code, judged.title) == (BLOCKED.code, "Blocked by ci")
    assert [each.subject for each in judged.blockers] == ["x", "#8"]


def test_F41_a_sibling_into_an_ungoverned_branch_neither_helps_nor_hinders():
    judged = rollup_across(READY, {8: UNGOVERNED})
    because = "it has the same head, and its base branch is not governed"
    assert judged == replace(READY, seen=(Seen("#8", because),))
    assert rollup_across(BLOCKED, {8: UNGOVERNED}).outcome is FAIL


def test_F41_an_ungoverned_pull_request_borrows_no_success():
    assert rollup_across(UNGOVERNED, {8: READY}) == UNGOVERNED


def test_every_code_has_a_meaning():
    assert set(MEANING) == set(Code)
