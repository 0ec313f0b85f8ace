"""Traps about reviews and the commits they speak about: ids B01 to B17."""

from datetime import timedelta

import pytest

from app.core.facts import Carry, Facts, Grant, History, Review
from app.core.gates.approval import Code, judge
from app.core.verdict import Outcome, Seen, Verdict
from tests.builders import (
    BASE,
    BOB,
    CAROL,
    HEAD,
    NOW,
    OLD,
    at,
    commit,
    facts,
    policy,
    review,
    sha,
    subject,
)

PROVEN = Carry(OLD, is_ancestor=True, unique_merge_bases=True, moved_forward=True, same_tree=True)
REBASED = Carry(OLD, is_ancestor=False, unique_merge_bases=True, moved_forward=True, same_tree=True)


def verdict(seen_facts: Facts, **approval: object) -> Verdict:
    return judge(seen_facts, policy(approval=approval), NOW)


def reviewed(*reviews: Review, **changes: object) -> Facts:
    return facts(reviews=reviews, **changes)


def outcome(*reviews: Review, **changes: object) -> Outcome:
    return verdict(reviewed(*reviews, **changes)).outcome


def code(*reviews: Review, **changes: object) -> str:
    return verdict(reviewed(*reviews, **changes)).code


def reason(judged: Verdict, what: str) -> str:
    return next(seen.because for seen in judged.seen if seen.what == what)


def grants(**permissions: str) -> tuple[Grant, ...]:
    ids = {"ann": 1, "bob": 2, "carol": 3, "dave": 4, "robot": 90}
    return tuple(Grant(ids[who], permission) for who, permission in permissions.items())


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("approved", Outcome.PASS, id="a webhook's lower case"),
        pytest.param("APPROVED", Outcome.PASS, id="the API's upper case"),
        pytest.param("changes_requested", Outcome.FAIL, id="a change request in lower case"),
        pytest.param("APPROVED_BY_MAGIC", Outcome.PENDING, id="a state of tomorrow"),
        pytest.param("", Outcome.PENDING, id="no state at all"),
    ],
)
def test_B01_states_are_read_in_any_case_and_unknown_ones_do_not_approve(state, expected):
    assert outcome(review(BOB, state)) is expected


def test_B01_an_unknown_state_is_listed_without_its_markup():
    judged = verdict(reviewed(review(BOB, "<b>odd</b> @team")))
    expected = "its state (boddbteam) is not known, so it is not an approval"
    assert judged.seen == (Seen("review by bob", expected),)


def test_B02_a_dismissal_does_not_bring_the_older_approval_back():
    judged = verdict(
        reviewed(review(BOB, minutes=0), review(BOB, "DISMISSED", minutes=5)),
    )
    assert (judged.outcome, judged.title) == (Outcome.PENDING, "0 of 1 approvals (rule baseline)")
    assert "does not come back" in reason(judged, "review by bob")


def test_B02_equal_times_are_decided_by_the_review_id():
    earlier, later = review(BOB, "CHANGES_REQUESTED", id=5), review(BOB, id=6)
    assert outcome(later, earlier) is Outcome.PASS
    assert outcome(review(BOB, id=5), review(BOB, "DISMISSED", id=6)) is Outcome.PENDING


def test_B02_a_new_approval_after_a_dismissal_counts():
    assert outcome(review(BOB, "DISMISSED", minutes=0), review(BOB, minutes=1)) is Outcome.PASS


def test_B03_a_comment_leaves_the_approval_in_place():
    assert outcome(review(BOB, minutes=0), review(BOB, "COMMENTED", minutes=9)) is Outcome.PASS


def test_B03_a_comment_leaves_the_change_request_in_place():
    reviews = (review(BOB, "CHANGES_REQUESTED"), review(BOB, "COMMENTED", minutes=9))
    assert outcome(*reviews) is Outcome.FAIL


def test_B04_a_change_request_withdraws_the_approval_and_blocks():
    judged = verdict(
        reviewed(review(BOB), review(BOB, "CHANGES_REQUESTED", minutes=1), review(CAROL))
    )
    assert (judged.outcome, judged.code) == (Outcome.FAIL, Code.CHANGES_REQUESTED)
    assert judged.title == "Changes requested by bob"
    assert judged.counted == ("approval by carol of 6865616, for baseline",)


@pytest.mark.parametrize(
    ("listens_to", "expected"),
    [("writers", Outcome.PASS), ("anyone", Outcome.FAIL)],
)
def test_B05_a_readers_change_request_blocks_only_where_the_policy_says_so(listens_to, expected):
    seen = reviewed(
        review(BOB),
        review(CAROL, "CHANGES_REQUESTED"),
        grants=grants(bob="write", carol="read"),
    )
    assert verdict(seen, changes_requested_from=listens_to).outcome is expected


def test_B05_the_readers_change_request_is_shown():
    judged = verdict(
        reviewed(review(CAROL, "CHANGES_REQUESTED"), grants=grants(carol="read")),
    )
    expected = "carol cannot push to the repository; it does not block"
    assert reason(judged, "change request by carol") == expected


def test_B06_a_change_request_on_an_old_commit_still_blocks():
    old = review(BOB, "CHANGES_REQUESTED", commit=OLD, minutes=-90)
    assert outcome(old, review(CAROL)) is Outcome.FAIL
    assert outcome(old, review(CAROL), history=History(base_changed_at=at(-60))) is Outcome.FAIL


@pytest.mark.parametrize("left", [(), (Grant(2, "none"),)], ids=["no grant", "permission none"])
def test_B07_a_reviewer_who_left_blocks_and_it_says_who_can_dismiss(left):
    judged = verdict(
        reviewed(
            review(BOB, "CHANGES_REQUESTED"), review(CAROL), grants=(*grants(carol="write"), *left)
        ),
    )
    blocker = judged.blockers[0]
    assert judged.outcome is Outcome.FAIL
    assert blocker.who_can_unblock == "dismiss needed by: somebody with write access"
    assert "bob has no access to the repository any more" in blocker.subject


def test_B08_a_review_that_is_still_being_written_is_ignored():
    draft = review(BOB, "PENDING", submitted_at=None, commit=None)
    judged = verdict(reviewed(draft, review(CAROL)))
    assert (judged.outcome, judged.seen) == (Outcome.PASS, ())
    assert (
        outcome(review(BOB), review(BOB, "PENDING", minutes=9, submitted_at=None)) is Outcome.PASS
    )


def test_B09_an_approval_of_another_commit_does_not_count():
    judged = verdict(reviewed(review(BOB, commit=OLD, minutes=60)))
    assert (judged.outcome, judged.code) == (Outcome.PENDING, Code.STALE_NEW_COMMITS)
    assert reason(judged, "approval by bob of 6f6c640") == (
        "The branch has new commits since the approval."
    )


def test_B09_going_back_to_the_approved_commit_makes_the_approval_count_again():
    seen = reviewed(review(BOB, commit=OLD, minutes=-60))
    assert verdict(seen).outcome is Outcome.PENDING
    assert outcome(*seen.reviews, subject=subject(head_sha=OLD)) is Outcome.PASS


def test_B10_an_approval_without_a_commit_does_not_count():
    assert code(review(BOB, commit=None)) == Code.WITHOUT_COMMIT
    carried_from_nowhere = Carry(sha(""), is_ancestor=True, same_tree=True)
    assert code(review(BOB, commit=None), carries=(carried_from_nowhere,)) == Code.WITHOUT_COMMIT


def test_B11_a_clean_update_of_the_branch_keeps_the_approval():
    judged = verdict(reviewed(review(BOB, commit=OLD), carries=(PROVEN,)))
    assert judged.outcome is Outcome.PASS
    assert judged.counted == (
        "approval by bob of 6f6c640, proven to be what 6865616 adds to the base, for baseline",
    )


def test_B11_without_proof_two_parents_prove_nothing():
    merge = commit(parents=(OLD, BASE))
    seen = reviewed(review(BOB, commit=OLD), commits=(commit("old"), merge))
    assert verdict(seen).outcome is Outcome.PENDING


def test_B12_an_evil_merge_ends_the_approval():
    evil = Carry(OLD, is_ancestor=True, unique_merge_bases=True, moved_forward=True)
    merge = commit(parents=(OLD, sha("tip")))
    judged = verdict(
        reviewed(review(BOB, commit=OLD), carries=(evil,), commits=(commit("old"), merge))
    )
    assert (judged.outcome, judged.code) == (Outcome.PENDING, Code.STALE_EVIL_MERGE)
    assert "evil merge" in reason(judged, "approval by bob of 6f6c640")


@pytest.mark.parametrize(
    ("survive", "expected"),
    [
        pytest.param(["clean_base_merge"], Code.STALE_REBASE, id="by default it does not survive"),
        pytest.param(["clean_rebase"], Code.SATISFIED, id="the policy says clean_rebase"),
    ],
)
def test_B13_a_clean_rebase_keeps_the_approval_only_if_the_policy_says_so(survive, expected):
    seen = reviewed(review(BOB, commit=OLD), carries=(REBASED,))
    assert verdict(seen, survive=survive).code == expected


def test_B14_the_same_tree_on_an_older_base_ends_the_approval():
    older = Carry(OLD, unique_merge_bases=True, moved_forward=False, same_tree=True)
    seen = reviewed(review(BOB, commit=OLD), carries=(older,))
    judged = verdict(seen, survive=["clean_base_merge", "clean_rebase"])
    assert (judged.outcome, judged.code) == (Outcome.PENDING, Code.STALE_OLDER_BASE)


def test_B15_only_an_equal_tree_proves_that_a_rebase_changed_nothing():
    # A patch-id that ignores white space has no place in the facts; the tree differs, so it ends.
    moved = Carry(OLD, unique_merge_bases=True, moved_forward=True, same_tree=False)
    seen = reviewed(review(BOB, commit=OLD), carries=(moved,))
    assert verdict(seen, survive=["clean_rebase"]).code == Code.STALE_REWRITTEN


@pytest.mark.parametrize("proof", [(), (PROVEN,)], ids=["without proof", "with proof"])
@pytest.mark.parametrize("approved", [HEAD, OLD], ids=["of the head", "of an older commit"])
def test_B16_an_approval_for_another_target_never_counts(approved, proof):
    judged = verdict(
        reviewed(
            review(BOB, commit=approved, minutes=0),
            history=History(base_changed_at=at(1)),
            carries=proof,
        )
    )
    assert (judged.outcome, judged.code) == (Outcome.PENDING, Code.STALE_RETARGET)


def test_B16_the_same_second_does_not_tell_which_came_first():
    seen_at_once = History(base_changed_at=at(0))
    assert code(review(BOB, minutes=0), history=seen_at_once) == Code.STALE_RETARGET
    assert code(review(BOB, minutes=1), history=seen_at_once) == Code.SATISFIED


def test_B17_an_automatic_retarget_ends_approvals_like_any_other():
    # The history does not say who changed the base: GitHub itself, when a stack's parent merged.
    merged_parent = History(base_changed_at=at(1) + timedelta(seconds=1))
    assert code(review(BOB, minutes=1), history=merged_parent) == Code.STALE_RETARGET
