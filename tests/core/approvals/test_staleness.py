"""Which approvals of older commits still hold for the head."""

from dataclasses import replace

import pytest

from app.core.approvals import Code
from app.core.approvals.staleness import stale_because
from app.core.facts import Carry
from tests.builders import BASE, BOB, OLD, commit, facts, policy, review, sha

PROVEN = Carry(OLD, is_ancestor=True, unique_merge_bases=True, moved_forward=True, same_tree=True)
MERGE = (commit("old"), commit(parents=(OLD, sha("tip"))))
PLAIN = (commit("old"), commit(parents=(OLD,)))
MERGED_BEFORE = (commit("old", parents=(BASE, sha("tip"))), commit(parents=(OLD,)))
MERGE_THEN_MORE = (
    commit("old"),
    commit("merge", parents=(OLD, sha("tip"))),
    commit(parents=(sha("merge"),)),
)
DIAMOND = (
    commit("root"),
    commit("left", parents=(sha("root"),)),
    commit("right", parents=(sha("root"),)),
    commit("old", parents=(sha("left"), sha("right"))),
    commit(parents=(OLD,)),
)


@pytest.mark.parametrize(
    ("carry", "commits", "expected"),
    [
        pytest.param({}, PLAIN, None, id="a clean base merge"),
        pytest.param({"known": False}, PLAIN, Code.STALE_UNKNOWN_COMMIT, id="unknown commit"),
        pytest.param(
            {"unique_merge_bases": False}, PLAIN, Code.STALE_CRISS_CROSS, id="criss-cross"
        ),
        pytest.param({"moved_forward": False}, PLAIN, Code.STALE_OLDER_BASE, id="older base"),
        pytest.param({"same_tree": False}, PLAIN, Code.STALE_NEW_COMMITS, id="a new commit"),
        pytest.param({"same_tree": False}, MERGE, Code.STALE_EVIL_MERGE, id="an evil merge"),
        pytest.param(
            {"same_tree": False}, MERGE_THEN_MORE, Code.STALE_EVIL_MERGE, id="a merge and a commit"
        ),
        pytest.param(
            {"same_tree": False}, MERGED_BEFORE, Code.STALE_NEW_COMMITS, id="the merge is older"
        ),
        pytest.param(
            {"same_tree": False}, DIAMOND, Code.STALE_NEW_COMMITS, id="branches merged before"
        ),
        pytest.param(
            {"same_tree": False, "is_ancestor": False}, MERGE, Code.STALE_REWRITTEN, id="rewritten"
        ),
        pytest.param({"is_ancestor": False}, PLAIN, Code.STALE_REBASE, id="a clean rebase"),
    ],
)
def test_an_approval_survives_only_by_the_whole_proof(carry, commits, expected):
    seen = facts(carries=(replace(PROVEN, **carry),), commits=commits)
    assert stale_because(review(BOB, commit=OLD), seen, policy()) == expected


def test_a_clean_merge_does_not_survive_where_the_policy_lets_nothing_survive():
    strict = policy(approval={"survive": []})
    seen = facts(carries=(PROVEN,))
    assert stale_because(review(BOB, commit=OLD), seen, strict) is Code.STALE_BASE_MERGE


def test_the_proof_of_another_commit_proves_nothing():
    seen = facts(carries=(replace(PROVEN, approved=sha("else")),))
    assert stale_because(review(BOB, commit=OLD), seen, policy()) is Code.STALE_NEW_COMMITS


def test_contradicting_proofs_prove_nothing():
    twice = (PROVEN, replace(PROVEN, moved_forward=False))
    for carries in (twice, twice[::-1]):
        seen = facts(carries=carries)
        assert stale_because(review(BOB, commit=OLD), seen, policy()) is Code.STALE_OLDER_BASE


def test_an_approval_without_a_time_cannot_be_placed_before_or_after_a_retarget():
    undated = review(BOB, submitted_at=None)
    assert stale_because(undated, facts(), policy()) is Code.WITHOUT_TIME
