"""Which of a person's reviews is the opinion that stands."""

import pytest

from app.core.approvals.opinions import State, latest_opinions, unexpressive
from app.core.verdict import Seen
from tests.builders import BOB, CAROL, DAVE, HEAD, OLD, at, review


@pytest.mark.parametrize(
    ("reviews", "expected"),
    [
        pytest.param([("APPROVED", 2, 1), ("DISMISSED", 1, 2)], "APPROVED", id="time beats id"),
        pytest.param([("APPROVED", 1, 1), ("DISMISSED", 1, 2)], "DISMISSED", id="id breaks ties"),
        pytest.param(
            [("APPROVED", 1, 1), ("CHANGES_REQUESTED", 1, 1)],
            "CHANGES_REQUESTED",
            id="one review read twice: the change request",
        ),
        pytest.param(
            [("APPROVED", 1, 1), ("DISMISSED", 1, 1)],
            "DISMISSED",
            id="one review read twice: the dismissal",
        ),
        pytest.param(
            [("CHANGES_REQUESTED", None, 1), ("APPROVED", 1, 2)],
            "CHANGES_REQUESTED",
            id="a change request without a time is the newest",
        ),
        pytest.param(
            [("APPROVED", None, 2), ("CHANGES_REQUESTED", 1, 1)],
            "CHANGES_REQUESTED",
            id="an approval without a time is the oldest",
        ),
    ],
)
def test_the_newest_opinion_is_found_in_any_order(reviews, expected):
    made = [
        review(BOB, state, id=number, submitted_at=None if minute is None else at(minute))
        for state, minute, number in reviews
    ]
    for order in (made, made[::-1]):
        assert [one.state for one in latest_opinions(order)] == [State(expected)]


def test_opinions_come_one_per_account_id_in_the_order_of_ids():
    reviews = [
        review(DAVE, minutes=0),
        review(BOB, minutes=1),
        review(None),
        review(CAROL, "COMMENTED"),
    ]
    assert [one.person for one in latest_opinions(reviews)] == [BOB, DAVE]


@pytest.mark.parametrize(
    ("state", "shown"), [("", "unreadable"), ("*" * 50, "unreadable"), ("X" * 41, "X" * 40)]
)
def test_states_nobody_knows_are_shown_in_part(state, shown):
    because = f"its state ({shown}) is not known, so it is not an approval"
    assert unexpressive([review(BOB, state)]) == (Seen("review by bob", because),)


def test_one_review_read_twice_with_two_commits_is_the_same_in_any_order():
    twice = [review(BOB, commit=HEAD), review(BOB, commit=OLD)]
    assert latest_opinions(twice) == latest_opinions(twice[::-1])


def test_a_comment_is_listed_once_for_a_person_without_an_opinion():
    comments = [review(BOB, "COMMENTED", minutes=1), review(BOB, "COMMENTED", minutes=2)]
    expected = (Seen("comment by bob", "a comment neither approves nor blocks"),)
    assert unexpressive(comments) == expected
    assert unexpressive([*comments, review(BOB), review(None, "COMMENTED")]) == ()
