"""Whether an approval still speaks about the head: same commit, or proof that nothing was added."""

from collections.abc import Iterable

from app.core.approvals.codes import Code
from app.core.facts import Carry, Commit, Facts, Review, Sha
from app.core.policy.model import Policy


def stale_because(review: Review, facts: Facts, policy: Policy) -> Code | None:
    """Return why an approval does not count for the head, None if it does."""
    if review.submitted_at is None:
        return Code.WITHOUT_TIME
    changed_at = facts.history.base_changed_at
    # NOTE: GitHub's times have whole seconds, so an equal time does not tell which came first.
    if changed_at is not None and review.submitted_at <= changed_at:
        return Code.STALE_RETARGET
    if review.commit is None:
        return Code.WITHOUT_COMMIT
    if review.commit == facts.subject.head_sha:
        return None
    return _not_carried(review.commit, facts, policy)


def _not_carried(approved: Sha, facts: Facts, policy: Policy) -> Code | None:
    """Look for the proof of survival; contradicting proofs prove nothing."""
    proofs = [carry for carry in facts.carries if carry.approved == approved]
    if not proofs:
        return Code.STALE_NEW_COMMITS
    doubts = {_doubt(carry, facts, policy) for carry in proofs} - {None}
    return next((code for code in Code if code in doubts), None)


def _doubt(carry: Carry, facts: Facts, policy: Policy) -> Code | None:
    if not carry.known:
        return Code.STALE_UNKNOWN_COMMIT
    if not carry.unique_merge_bases:
        return Code.STALE_CRISS_CROSS
    if not carry.moved_forward:
        return Code.STALE_OLDER_BASE
    if not carry.same_tree:
        return _what_was_added(carry, facts)
    return _not_allowed(carry, policy)


def _what_was_added(carry: Carry, facts: Facts) -> Code:
    if not carry.is_ancestor:
        return Code.STALE_REWRITTEN
    if any(len(commit.parents) > 1 for commit in _since(carry.approved, facts.commits)):
        return Code.STALE_EVIL_MERGE
    return Code.STALE_NEW_COMMITS


def _not_allowed(carry: Carry, policy: Policy) -> Code | None:
    survive = policy.gates.approval.survive
    if carry.is_ancestor:
        return None if "clean_base_merge" in survive else Code.STALE_BASE_MERGE
    return None if "clean_rebase" in survive else Code.STALE_REBASE


def _since(approved: Sha, commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """Return the commits that the approved one does not contain."""
    parents = {commit.sha: commit.parents for commit in commits}
    contained: set[Sha] = set()
    waiting = [approved]
    while waiting:
        sha = waiting.pop()
        if sha not in contained:
            contained.add(sha)
            waiting.extend(parents.get(sha, ()))
    return tuple(commit for commit in commits if commit.sha not in contained)
