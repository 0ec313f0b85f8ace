"""Merge groups: what they take over from their members, and what is judged anew."""

from dataclasses import replace
from typing import Any

import pytest

from app.core.decide import (
    Code,
    decide,
)
from app.core.facts import Facts, Gap, GroupMember, MergeGroup, Part
from app.core.verdict import GateName, Outcome, Verdict
from tests.builders import HEAD, NOW, facts, policy, subject
from tests.core.decide_cases import GATE_NAMES, ending, rolled, table

CARRIED = [GateName.COMPLIANCE, GateName.SECRETS, GateName.APPROVAL]
PASSED = tuple((name.value, "pass") for name in GATE_NAMES)


def member(number: int = 7, **changes: Any) -> GroupMember:
    plain = GroupMember(number, HEAD, "main", is_open=True, outcomes=PASSED)
    return replace(plain, **changes)


def queued(*members: GroupMember, **changes: Any) -> Facts:
    group = MergeGroup(ref="gh-readonly-queue/main/pr-7-abc", base_ref="main", members=members)
    return facts(**({"group": group, "pull_request": None} | changes))


def carried(seen: Facts) -> list[Verdict]:
    """Return what the group takes over, by gates that would pass if they were asked."""
    judged = {each.gate: each for each in decide(seen, policy(), NOW, table())}
    return [judged[name] for name in CARRIED]


def test_F21_a_group_takes_over_what_its_members_passed():
    for each in carried(queued(member(9), member(7))):
        assert ending(each) == (Outcome.PASS, Code.GROUP_CARRIED)
        assert each.title == "Carried over from 2 pull requests"
        assert each.counted == (f"#7 at {HEAD[:7]}", f"#9 at {HEAD[:7]}")
        assert each.examined == 2


def test_F19_ci_and_freshness_are_judged_on_the_group_itself():
    seen = queued(member())
    judged = decide(
        seen,
        policy(),
        NOW,
        table(ci=Outcome.FAIL, freshness=Outcome.PENDING, approval=Outcome.FAIL),
    )
    assert [each.outcome for each in judged] == [
        Outcome.FAIL,
        Outcome.PASS,
        Outcome.PASS,
        Outcome.PASS,
        Outcome.PENDING,
    ]


def test_F20_a_group_whose_members_are_unknown_fails():
    for each in carried(queued()):
        assert ending(each) == (Outcome.FAIL, Code.GROUP_MEMBERS_UNKNOWN)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"is_open": False}, Code.GROUP_MEMBER_CLOSED, "#7 is not open"),
        ({"base_ref": "dev"}, Code.GROUP_MEMBER_RETARGETED, "#7 has another base branch"),
        ({"head_sha": None}, Code.GROUP_MEMBER_UNRECORDED, "#7 has no recorded verdict"),
        ({"outcomes": ()}, Code.GROUP_MEMBER_UNRECORDED, "#7 has no recorded verdict"),
        (
            {"outcomes": tuple((name.value, "pending") for name in GATE_NAMES)},
            Code.GROUP_MEMBER_NOT_PASSING,
            "#7 does not pass",
        ),
        (
            {"outcomes": (*PASSED, *((name.value, "fail") for name in GATE_NAMES))},
            Code.GROUP_MEMBER_NOT_PASSING,
            "#7 does not pass",
        ),
    ],
    ids=["closed", "retargeted", "no head", "nothing recorded", "approval gone", "contradiction"],
)
def test_F22_every_member_must_still_be_good_for_its_present_head(changes, code, words):
    for each in carried(queued(member(6), member(7, **changes))):
        assert ending(each) == (Outcome.FAIL, code)
        assert each.title.startswith(words)
        assert [blocker.subject for blocker in each.blockers] == ["#7"]


def test_F22_all_members_that_block_are_named():
    judged = carried(queued(member(9, is_open=False), member(8, outcomes=()), member(7)))[0]
    assert judged.title.endswith("; 2 of 3 members block")
    assert [each.subject for each in judged.blockers] == ["#8", "#9"]


@pytest.mark.parametrize(
    ("of_subject", "of_group", "of_member"),
    [
        pytest.param("release", "main", "main", id="the subject"),
        pytest.param("main", "release", "main", id="the group"),
        pytest.param("main", "main", "release", id="the pull request"),
    ],
)
def test_a_group_is_not_trusted_when_one_names_another_base(of_subject, of_group, of_member):
    group = MergeGroup("queue/pr-7-abc", of_group, members=(member(base_ref=of_member),))
    for judged in carried(queued(group=group, subject=subject(base_ref=of_subject))):
        assert ending(judged) == (Outcome.FAIL, Code.GROUP_MEMBER_RETARGETED)


def test_F18_a_group_that_cannot_be_read_is_an_error():
    gap = Gap(Part.GROUP, "FORBIDDEN", "merge queues may not be read", temporary=False)
    seen = queued(member(), gaps=(gap,))
    assert [each.outcome for each in carried(seen)] == [Outcome.ERROR] * 3
    assert ending(rolled(seen)) == (Outcome.ERROR, Code.MERGE_FACTS_MISSING)


def test_the_rollup_of_a_group_asks_for_no_pull_request():
    assert rolled(queued(member())).outcome is Outcome.PASS
