"""Who had a hand in the change and therefore cannot approve it, and which hands are unknown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.core.approvals.words import short
from app.core.facts import Account, Commit, Contributor, Facts
from app.core.policy.model import Policy

# NOTE: a role that we do not know is taken for authorship, the strictest reading.
_EXCLUDED_AS = {"committer": "committers", "co_author": "co_authors"}
_WORDS = {"committer": "committer", "co_author": "co-author"}


@dataclass(frozen=True, slots=True)
class Tie:
    """What ties an account to the change, as the end of the sentence "ann is ..."."""

    account: Account
    because: str


def barred(facts: Facts, policy: Policy) -> Mapping[int, Tie]:
    """Map account ids to the tie that keeps them from approving; the strongest tie is named.

    The pull request's author is barred whatever the policy says. A commit's claims are claims:
    they can bar somebody, never help anybody.
    """
    ties: dict[int, Tie] = {}
    for tie in (*_by_commits(facts, policy), *_by_pushes(facts, policy), *_by_opening(facts)):
        ties[tie.account.id] = tie
    return ties


def unknown_hands(facts: Facts, policy: Policy) -> tuple[str, ...]:
    """Describe contributors without an account who would be barred if they were known."""
    unknown = {
        f"the {_word(hand)} of commit {short(commit.sha)}"
        for commit, hand in _excluded_hands(facts, policy)
        if hand.account is None
    }
    if facts.pull_request is not None and facts.pull_request.author is None:
        return ("the author of the pull request", *sorted(unknown))
    return tuple(sorted(unknown))


def _excluded_hands(facts: Facts, policy: Policy) -> tuple[tuple[Commit, Contributor], ...]:
    """Walk the contributors that the policy excludes, the strongest roles last.

    GitHub's own committer of web edits is nobody's hand.
    """
    hands = (
        (commit, hand)
        for commit in facts.commits
        for hand in commit.contributors
        if _EXCLUDED_AS.get(hand.role, "author") in policy.gates.approval.exclude
        and not (hand.role == "committer" and hand.is_web_flow)
    )
    return tuple(sorted(hands, key=lambda pair: (_strength(pair[1]), pair[0].sha)))


def _strength(hand: Contributor) -> int:
    return {"committer": 0, "co_author": 1}.get(hand.role, 2)


def _by_commits(facts: Facts, policy: Policy) -> Iterator[Tie]:
    for commit, hand in _excluded_hands(facts, policy):
        if hand.account is not None:
            hint = "; applying a suggestion does that" if hand.role == "co_author" else ""
            because = f"named as {_word(hand)} in commit {short(commit.sha)}{hint}"
            yield Tie(hand.account, because)


def _by_pushes(facts: Facts, policy: Policy) -> Iterator[Tie]:
    if "last_pusher" in policy.gates.approval.exclude:
        for account in sorted(facts.pushers, key=lambda one: (one.id, one.login)):
            yield Tie(account, "recorded as pusher of its commits")


def _by_opening(facts: Facts) -> Iterator[Tie]:
    if facts.pull_request is not None and facts.pull_request.author is not None:
        yield Tie(facts.pull_request.author, "the author of the pull request")


def _word(hand: Contributor) -> str:
    return _WORDS.get(hand.role, "author")
