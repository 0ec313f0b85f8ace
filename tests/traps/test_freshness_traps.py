"""Traps about freshness that facts alone can show: ids E01 to E12."""

from dataclasses import replace

from app.core.facts import Divergence, MergeGroup
from app.core.gates.freshness import Code, judge
from app.core.verdict import Outcome
from tests.builders import NOW, facts, policy, pull_request, subject


def ending(seen, **mode):
    verdict = judge(seen, policy(freshness=mode), NOW)
    return verdict.outcome, verdict.code


def test_E01_E02_only_the_measured_distance_counts():
    for mergeable in (True, None):
        seen = facts(
            divergence=Divergence(behind=11, ahead=1),
            pull_request=pull_request(mergeable=mergeable),
        )
        assert ending(seen) == (Outcome.FAIL, Code.BEHIND)


def test_E04_a_base_that_moved_ends_the_pass():
    before = facts(divergence=Divergence(behind=0, ahead=1))
    after = replace(before, divergence=Divergence(behind=1, ahead=1))
    assert (ending(before)[0], ending(after)[0]) == (Outcome.PASS, Outcome.FAIL)


def test_E05_a_base_that_cannot_be_compared_is_an_error_with_words():
    verdict = judge(facts(divergence=None), policy(), NOW)
    assert (verdict.outcome, verdict.code) == (Outcome.ERROR, Code.UNKNOWN)
    assert "It may be gone or have been rewritten" in verdict.blockers[0].next_action


def test_E09_a_merge_group_is_fresh_by_its_queue_and_its_pull_request_is_not():
    late = facts(divergence=Divergence(behind=5, ahead=1))
    assert ending(late) == (Outcome.FAIL, Code.BEHIND)
    queued = replace(late, group=MergeGroup(ref="queue", base_ref="main"), pull_request=None)
    assert ending(queued) == (Outcome.PASS, Code.IN_QUEUE)


def test_E10_only_an_explicit_no_is_a_conflict():
    fresh = Divergence(behind=0, ahead=1)
    unknown = facts(divergence=fresh, pull_request=pull_request(mergeable=None))
    conflict = facts(divergence=fresh, pull_request=pull_request(mergeable=False))
    assert ending(unknown) == (Outcome.PASS, Code.UP_TO_DATE)
    assert ending(conflict) == (Outcome.FAIL, Code.CONFLICT)


def test_E11_a_stacked_pull_request_is_judged_against_its_own_base():
    stacked = facts(subject=subject(base_ref="feature-1"), divergence=Divergence(2, 1))
    verdict = judge(stacked, policy(), NOW)
    assert verdict.title == "2 commits behind `feature-1`"


def test_E12_unrelated_histories_fail():
    for mode in ("strict", "disjoint", "age"):
        seen = facts(divergence=Divergence(behind=0, ahead=0, unrelated=True))
        assert ending(seen, mode=mode) == (Outcome.FAIL, Code.UNRELATED)
