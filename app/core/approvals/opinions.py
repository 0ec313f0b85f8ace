"""What each person says now: the newest opinion per account, and reviews that say nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from app.core.approvals.words import name
from app.core.facts import Account, Review
from app.core.verdict import Seen

_NEVER = datetime.min.replace(tzinfo=UTC)
_NOT_A_STATE = re.compile(r"[^A-Za-z0-9_]")
_LONGEST_STATE = 40


class State(StrEnum):
    """The review states that GitHub documents; the first three are opinions."""

    APPROVED = "APPROVED"
    DISMISSED = "DISMISSED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    PENDING = "PENDING"


_OPINIONS = (State.APPROVED, State.DISMISSED, State.CHANGES_REQUESTED)


@dataclass(frozen=True, slots=True)
class Opinion:
    """A person's newest opinion and the review that expresses it."""

    person: Account
    state: State
    review: Review


def state_of(review: Review) -> State | None:
    """Read the state in whatever case GitHub wrote it; None is a state that we do not know."""
    word = review.state.strip().upper()
    return State(word) if word in State.__members__ else None


def latest_opinions(reviews: Iterable[Review]) -> tuple[Opinion, ...]:
    """Return one opinion per account id, by id; comments and drafts never change an opinion."""
    newest: dict[int, Opinion] = {}
    for review in sorted(reviews, key=_age):
        state = state_of(review)
        if state in _OPINIONS and review.author is not None:
            newest[review.author.id] = Opinion(review.author, state, review)
    return tuple(newest[account_id] for account_id in sorted(newest))


def ghost_reviews(reviews: Iterable[Review], state: State) -> tuple[Review, ...]:
    """Return the reviews of deleted accounts in one state; nobody can tell these apart."""
    ghosts = (one for one in reviews if one.author is None and state_of(one) is state)
    return tuple(sorted(ghosts, key=_age))


def unexpressive(reviews: Iterable[Review]) -> tuple[Seen, ...]:
    """List comments of people without an opinion, dismissed reviews and states nobody knows."""
    listed = tuple(reviews)
    opinions = latest_opinions(listed)
    dismissed = (one for one in opinions if one.state is State.DISMISSED)
    return (
        *(_dismissed(one.person) for one in dismissed),
        *_only_comments(listed, frozenset(one.person.id for one in opinions)),
        *(_unknown(one) for one in listed if state_of(one) is None),
    )


def _age(review: Review) -> tuple[bool, datetime, int, int, str, str]:
    """Order reviews from old to new; doubt goes against the change.

    A change request without a time counts as newest and any other review without one as oldest.
    Equal time and id happen when a review changes while its pages are read.
    """
    state = state_of(review)
    caution = _OPINIONS.index(state) if state in _OPINIONS else -1
    is_undated_no = review.submitted_at is None and state is State.CHANGES_REQUESTED
    login = review.author.login if review.author else ""
    moment = review.submitted_at or _NEVER
    return (is_undated_no, moment, review.id, caution, review.commit or "", login)


def _dismissed(person: Account) -> Seen:
    return Seen(
        f"review by {name(person)}",
        "dismissed; an older approval by the same person does not come back",
    )


def _only_comments(reviews: Iterable[Review], with_opinion: frozenset[int]) -> list[Seen]:
    commented = (one for one in reviews if state_of(one) is State.COMMENTED)
    authors = {one.author for one in commented if one.author is not None}
    return [
        Seen(f"comment by {name(author)}", "a comment neither approves nor blocks")
        for author in authors
        if author.id not in with_opinion
    ]


def _unknown(review: Review) -> Seen:
    word = _NOT_A_STATE.sub("", review.state)[:_LONGEST_STATE] or "unreadable"
    return Seen(
        f"review by {name(review.author)}",
        f"its state ({word}) is not known, so it is not an approval",
    )
