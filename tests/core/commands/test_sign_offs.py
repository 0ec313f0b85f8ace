"""Approvals: for exactly this request, by people who may, as many as are asked for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands.codes import Code
from app.core.commands.definition import Approvals
from app.core.commands.scales import Level
from app.core.commands.sign_offs import (
    EXAMPLE,
    Approval,
    ApprovalRules,
    Binding,
    Discounted,
    Holders,
    Occasion,
    Request,
    SignOffs,
    Tally,
    discount,
    tally,
)
from app.core.facts import Account, AccountKind
from tests.builders import ANN, BASE, BOB, CAROL, DAVE, HEAD, OLD, ROBOT

NONE, L1, L2, L3, L4, L5 = Level
BOUND = Binding("req-1", "production", HEAD, BASE, "parameters", "policy", "evidence")
ONE = Approvals(1, L4)
TWO = Approvals(2, L3, leading=1, lead=L4)
TWO_OF_SECURITY = Approvals(2, L4, leading=1, lead=L5, on_security_list=True)
REQUEST = Request(BOUND, requester=ANN.id, author=ANN.id, pushers=frozenset(), needs=TWO)
RULES = ApprovalRules()


def by(approver, level=L4, binding=BOUND, teams=()):
    return Approval(binding, approver, level, frozenset(teams))


@pytest.mark.parametrize(
    ("approvals", "missing"),
    [
        pytest.param([], (2, 1), id="nobody"),
        pytest.param([by(BOB)], (1, 0), id="one, who leads"),
        pytest.param([by(BOB, L3)], (1, 1), id="one, who does not lead"),
        pytest.param([by(BOB, L3), by(CAROL, L3)], (1, 1), id="two, but nobody leads"),
        pytest.param([by(BOB, L3), by(CAROL, L4)], (0, 0), id="two, and one leads"),
        pytest.param([by(BOB, L5), by(CAROL, L5)], (0, 0), id="two, and both could"),
        pytest.param([by(BOB), by(BOB)], (1, 0), id="one person twice"),
        pytest.param([by(BOB, L2), by(CAROL)], (1, 0), id="one at too low a level"),
    ],
)
def test_F23_as_many_distinct_people_as_asked_for(approvals, missing):
    found = tally(REQUEST, approvals, RULES)
    assert (found.missing_people, found.missing_leads) == missing
    assert found.is_satisfied is (missing == (0, 0))


def test_a_request_that_needs_nobody_is_satisfied():
    assert tally(replace(REQUEST, needs=None), [], RULES) == Tally(())


CHANGED = {
    "request": "req-2",
    "environment": "staging",
    "sha": OLD,
    "tree": OLD,
    "parameters": "other",
    "policy": "other",
    "evidence": "other",
}


@pytest.mark.parametrize("part", CHANGED)
@pytest.mark.parametrize("survives", [False, True])
def test_F26_an_approval_of_anything_else_is_stale(part, survives):
    given_for = replace(BOUND, **{part: CHANGED[part]})
    code = discount(REQUEST, by(BOB, binding=given_for), ApprovalRules(survives_rebase=survives))
    assert code == (None if survives and part == "sha" else Code.APPROVAL_STALE)


def test_F24_a_new_head_voids_what_was_approved():
    moved = replace(REQUEST, binding=replace(BOUND, sha=OLD, tree=OLD))
    found = tally(moved, [by(BOB), by(CAROL)], ApprovalRules(survives_rebase=True))
    assert found.missing_people == 2
    assert {each.code for each in found.discounted} == {Code.APPROVAL_STALE}


def test_F25_a_rebase_with_the_same_tree_survives_only_if_the_policy_says_so():
    rebased = replace(REQUEST, binding=replace(BOUND, sha=OLD), needs=ONE)
    assert not tally(rebased, [by(BOB)], ApprovalRules()).is_satisfied
    assert tally(rebased, [by(BOB)], ApprovalRules(survives_rebase=True)).is_satisfied


def test_the_test_above_names_every_part_of_a_binding():
    assert set(CHANGED) == set(Binding.__dataclass_fields__)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(replace(REQUEST, requester=BOB.id), id="the requester"),
        pytest.param(replace(REQUEST, author=BOB.id), id="the author"),
        pytest.param(replace(REQUEST, pushers=frozenset({BOB.id})), id="somebody who pushed"),
        pytest.param(replace(REQUEST, also_barred=frozenset({BOB.id})), id="the deployer"),
    ],
)
def test_T25_nobody_approves_their_own_work(request_):
    assert discount(request_, by(BOB, L5), RULES) is Code.SELF_APPROVAL


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(replace(REQUEST, pushers=None), id="who pushed"),
        pytest.param(replace(REQUEST, author=None), id="who the author is"),
    ],
)
def test_T25_as_long_as_it_is_not_known_who_did_the_work_nobody_counts(request_):
    assert discount(request_, by(BOB, L5), RULES) is Code.APPROVER_NOT_ELIGIBLE


def test_T26_no_setting_lets_the_author_approve():
    everything = ApprovalRules(
        sign_offs={Occasion.PRODUCTION: SignOffs(("CTO",))},
        holders={"CTO": Holders(frozenset({ANN.id}))},
        security=Holders(frozenset({ANN.id})),
        survives_rebase=True,
    )
    found = tally(replace(REQUEST, occasion=Occasion.PRODUCTION), [by(ANN, L5)], everything)
    assert found.discounted == (Discounted(by(ANN, L5), Code.SELF_APPROVAL),)
    assert found.missing_roles == ("CTO",)


@pytest.mark.parametrize(
    "approver",
    [
        pytest.param(ROBOT, id="a bot"),
        pytest.param(None, id="a deleted account"),
        pytest.param(Account(5, "m", AccountKind.MANNEQUIN), id="a mannequin"),
        pytest.param(Account(6, "o", AccountKind.ORGANIZATION), id="an organisation"),
        pytest.param(Account(7, "u", AccountKind.UNKNOWN), id="something unknown"),
    ],
)
def test_T14_only_people_approve(approver):
    assert discount(REQUEST, by(approver, L5), RULES) is Code.APPROVER_NOT_ELIGIBLE


def test_T21_the_level_that_counts_is_the_one_of_now():
    assert discount(REQUEST, by(BOB, NONE), RULES) is Code.APPROVER_NOT_ELIGIBLE


@pytest.mark.parametrize(
    ("approvals", "satisfied"),
    [
        pytest.param([by(BOB, L5), by(CAROL, L5)], False, id="nobody of the list"),
        pytest.param([by(BOB, L5), by(DAVE, L4)], False, id="of the list, but too low to lead"),
        pytest.param([by(DAVE, L5), by(CAROL, L4)], True, id="one of the list leads"),
        pytest.param([by(BOB, L5, teams={70}), by(CAROL)], True, id="listed by a team"),
        pytest.param([by(DAVE, L5), by(CAROL, L3)], False, id="the other is too low"),
    ],
)
def test_security_is_overridden_only_with_somebody_of_the_security_list(approvals, satisfied):
    rules = ApprovalRules(security=Holders(frozenset({DAVE.id}), frozenset({70})))
    found = tally(replace(REQUEST, needs=TWO_OF_SECURITY), approvals, rules)
    assert found.is_satisfied is satisfied


CTO, CISO, CEO = BOB.id, CAROL.id, DAVE.id
OFFICES = ApprovalRules(
    sign_offs=EXAMPLE,
    holders={
        "CTO": Holders(frozenset({CTO})),
        "CISO": Holders(frozenset({CISO, CTO})),
        "CEO": Holders(teams=frozenset({80})),
    },
)


@pytest.mark.parametrize(
    ("occasion", "approvals", "missing"),
    [
        pytest.param(Occasion.STAGING, [], ("CTO",), id="staging without its office"),
        pytest.param(Occasion.STAGING, [by(BOB)], (), id="staging"),
        pytest.param(Occasion.PRODUCTION, [by(BOB)], ("CISO",), id="one person for two offices"),
        pytest.param(Occasion.PRODUCTION, [by(CAROL)], ("CTO",), id="the wrong one of two"),
        pytest.param(Occasion.PRODUCTION, [by(BOB), by(CAROL)], (), id="both offices"),
        pytest.param(Occasion.HOTFIX, [by(BOB)], (), id="a hotfix needs one beforehand"),
        pytest.param(Occasion.INFRASTRUCTURE, [by(BOB)], ("CEO",), id="infrastructure needs two"),
        pytest.param(
            Occasion.INFRASTRUCTURE, [by(BOB), by(DAVE, teams={80})], (), id="an office by a team"
        ),
    ],
)
def test_offices_sign_off_and_each_has_a_person_of_its_own(occasion, approvals, missing):
    found = tally(replace(REQUEST, needs=None, occasion=occasion), approvals, OFFICES)
    assert found.missing_roles == missing
    assert found.is_satisfied is (not missing)


def test_people_are_given_to_offices_so_that_most_are_filled():
    rules = ApprovalRules(
        sign_offs={Occasion.PRODUCTION: SignOffs(("CISO", "CTO"))}, holders=OFFICES.holders
    )
    approvals = [by(BOB), by(CAROL)]
    request = replace(REQUEST, needs=None, occasion=Occasion.PRODUCTION)
    assert tally(request, approvals, rules).missing_roles == ()


def test_a_hotfix_is_reviewed_afterwards():
    request = replace(REQUEST, needs=None, occasion=Occasion.HOTFIX)
    assert tally(request, [by(BOB)], OFFICES).review_after == ("CISO",)


def test_an_office_that_nobody_holds_is_never_satisfied():
    rules = ApprovalRules(sign_offs={Occasion.STAGING: SignOffs(("COO",))})
    request = replace(REQUEST, needs=None, occasion=Occasion.STAGING)
    assert tally(request, [by(BOB, L5)], rules).missing_roles == ("COO",)


def test_offices_and_numbers_are_both_needed():
    request = replace(REQUEST, occasion=Occasion.STAGING)
    found = tally(request, [by(BOB)], OFFICES)
    assert (found.missing_roles, found.missing_people) == ((), 1)


PEOPLE = st.sampled_from([ANN, BOB, CAROL, DAVE, ROBOT, None])
APPROVALS = st.lists(
    st.builds(by, PEOPLE, st.sampled_from(Level), st.sampled_from([BOUND, replace(BOUND, sha=OLD)]))
)
NEEDS = st.sampled_from([None, ONE, TWO, TWO_OF_SECURITY])


@given(APPROVALS, NEEDS)
def test_what_counts_is_distinct_people_for_this_request_and_none_barred(approvals, needs):
    found = tally(replace(REQUEST, needs=needs), approvals, RULES)
    people = [each.approver.id for each in found.counted]
    assert len(set(people)) == len(people)
    assert not {ANN.id, ROBOT.id} & set(people)
    assert all(each.binding == BOUND for each in found.counted)
    if found.is_satisfied and needs:
        assert len(people) >= needs.count


@given(st.permutations([by(BOB, L5), by(CAROL, L3), by(DAVE)]), st.integers(0, 3), NEEDS)
def test_one_more_approval_never_takes_any_away(approvals, count, needs):
    request = replace(REQUEST, needs=needs)
    few, all_ = (tally(request, each, RULES) for each in (approvals[:count], approvals))
    assert all_.missing_people <= few.missing_people


def test_of_two_levels_of_one_person_the_lower_counts():
    for approvals in ([by(BOB, L3), by(BOB, L4)], [by(BOB, L4), by(BOB, L3)]):
        assert tally(REQUEST, approvals, RULES).missing_leads == 1
