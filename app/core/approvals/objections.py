"""Change requests: which of them block, and which are only shown."""

from dataclasses import dataclass

from app.core.approvals.access import Access
from app.core.approvals.ballot import is_machine
from app.core.approvals.opinions import Opinion, State, ghost_reviews, latest_opinions
from app.core.approvals.words import name
from app.core.facts import Account, Facts, Sha
from app.core.policy.model import Policy
from app.core.verdict import Seen

_NOTHING = frozenset({"none"})
_READING = frozenset({"read"})


@dataclass(frozen=True, slots=True)
class Objection:
    """A change request that blocks; `has_left` means that its author cannot lift it any more."""

    person: Account | None
    commit: Sha | None
    has_left: bool


def objections(facts: Facts, policy: Policy, access: Access) -> tuple[Objection, ...]:
    """Return the blocking change requests, on whatever commit they were made.

    A deleted account may have been a writer, so its change request blocks until it is dismissed.
    """
    blocking = tuple(
        Objection(one.person, one.review.commit, _has_left(one.person, access))
        for one in _requests(facts)
        if _harmless_because(one.person, facts, policy, access) is None
    )
    ghosts = ghost_reviews(facts.reviews, State.CHANGES_REQUESTED)
    return blocking + tuple(Objection(None, ghost.commit, has_left=True) for ghost in ghosts)


def harmless_requests(facts: Facts, policy: Policy, access: Access) -> tuple[Seen, ...]:
    """List the change requests that do not block, with the reason."""
    reasons = (
        (one.person, _harmless_because(one.person, facts, policy, access))
        for one in _requests(facts)
    )
    return tuple(
        Seen(f"change request by {name(person)}", f"{reason}; it does not block")
        for person, reason in reasons
        if reason is not None
    )


def _requests(facts: Facts) -> tuple[Opinion, ...]:
    opinions = latest_opinions(facts.reviews)
    return tuple(one for one in opinions if one.state is State.CHANGES_REQUESTED)


def _harmless_because(person: Account, facts: Facts, policy: Policy, access: Access) -> str | None:
    pull = facts.pull_request
    if is_machine(person, policy):
        return f"{name(person)} is a machine"
    if pull is not None and pull.author is not None and pull.author.id == person.id:
        return f"{name(person)} is the author of the pull request"
    can_read_only = access.permissions.get(person.id) == _READING
    if policy.gates.approval.changes_requested_from == "writers" and can_read_only:
        return f"{name(person)} cannot push to the repository"
    return None


def _has_left(person: Account, access: Access) -> bool:
    """Tell whether the person has no permission, or none that is known."""
    return access.permissions.get(person.id, _NOTHING) == _NOTHING
