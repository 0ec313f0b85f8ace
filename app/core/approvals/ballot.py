"""Approvals of people who may count, and the explained rest."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.approvals.codes import MEANING, Code
from app.core.approvals.contributors import Tie, barred
from app.core.approvals.opinions import State, ghost_reviews, latest_opinions, unexpressive
from app.core.approvals.staleness import stale_because
from app.core.approvals.words import name, short
from app.core.facts import Account, AccountKind, Facts, Sha
from app.core.policy.model import Policy
from app.core.verdict import Seen


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's approval that holds for the head; `commit` differs from it when proven."""

    person: Account
    commit: Sha | None


@dataclass(frozen=True, slots=True)
class Outdated:
    """A person's approval that would count if it were given for the head now."""

    person: Account
    commit: Sha | None
    because: Code


@dataclass(frozen=True, slots=True)
class Ballot:
    """Approvals by people who may approve, by account id, and what is not among them."""

    approvals: tuple[Approval, ...]
    outdated: tuple[Outdated, ...]
    seen: tuple[Seen, ...]


def ballot(facts: Facts, policy: Policy) -> Ballot:
    """Sort reviews into approvals and things seen; permissions are a matter of the rules."""
    ties = barred(facts, policy)
    approvals, outdated, refused = [], [], []
    for one in latest_opinions(facts.reviews):
        if one.state is not State.APPROVED:
            continue
        person, commit = one.person, one.review.commit
        reason = _refused(person, ties, policy)
        stale = stale_because(one.review, facts, policy)
        if reason is not None:
            refused.append(_seen(person, commit, reason))
        elif stale is not None:
            outdated.append(Outdated(person, commit, stale))
        else:
            approvals.append(Approval(person, commit))
    late = [_seen(one.person, one.commit, MEANING[one.because]) for one in outdated]
    seen = (*unexpressive(facts.reviews), *_ghosts(facts), *refused, *late)
    return Ballot(tuple(approvals), tuple(outdated), seen)


def is_machine(account: Account, policy: Policy) -> bool:
    """Tell whether the account is a bot or listed as a machine user, whatever case is used."""
    machines = {login.casefold() for login in policy.identities.machine_users}
    return account.kind is AccountKind.BOT or account.login.casefold() in machines


def _refused(person: Account, ties: Mapping[int, Tie], policy: Policy) -> str | None:
    """Say why this account can never approve this change."""
    if is_machine(person, policy):
        return f"{name(person)} is a machine; only people approve"
    if person.kind is not AccountKind.USER:
        return f"{name(person)} is an account of type {person.kind.value}; only people approve"
    tie = ties.get(person.id)
    if tie is not None:
        return f"{name(person)} is {tie.because}; contributors do not approve their own change"
    return None


def _ghosts(facts: Facts) -> tuple[Seen, ...]:
    ghosts = ghost_reviews(facts.reviews, State.APPROVED)
    return tuple(_seen(None, ghost.commit, "its author is deleted") for ghost in ghosts)


def _seen(person: Account | None, commit: Sha | None, because: str) -> Seen:
    return Seen(f"approval by {name(person)} of {short(commit)}", because)
