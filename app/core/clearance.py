"""May this commit go to this environment now, as far as a job can tell that has no record to ask.

It never says yes where people have to agree or evidence is asked for: both stand in the App's
record.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.canary.verdict import Decision
from app.core.commands.codes import Code
from app.core.deploy.freeze import Freeze, frozen
from app.core.deploy.history import Past, order_refusal
from app.core.facts import Sha
from app.core.text import quoted, visible
from app.core.verdict import Outcome, Verdict, worst


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold; `code` is the reason where it does not."""

    name: str
    outcome: Outcome
    detail: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """An open pull request whose head the commit is, and what the merge gates say of it."""

    number: int
    verdict: Verdict
    is_draft: bool
    is_fork: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, and what the policy says of the place."""

    sha: Sha
    tree: str
    environment: str
    after: tuple[str, ...]
    same_tree: bool
    peer_review: bool
    drafts: bool
    forks: bool
    asks_people: bool
    proofs: tuple[str, ...]
    freezes: tuple[Freeze, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found: is it on the default branch, whose head is it, what was deployed before."""

    default_branch: str
    is_on_default: bool
    heads: tuple[Head, ...]
    past: tuple[Past, ...]
    exists: bool


def conditions(asked: Asked, seen: Seen, now: datetime) -> tuple[Condition, ...]:
    """Return every condition in the order in which people should mend them."""
    return (
        _place(asked, seen),
        *_commit(asked, seen),
        _order(asked, seen.past),
        _freeze(asked, now),
        _proofs(asked),
        _people(asked),
    )


def decide(found: Iterable[Condition]) -> Decision:
    """Let the worst condition decide; what cannot be told is no yes, and neither is nothing."""
    outcome = worst(each.outcome for each in found)
    if outcome is Outcome.FAIL:
        return Decision.PAUSE_AND_FIX
    return Decision.GO if outcome is Outcome.PASS else Decision.SHADOW_ONLY


def _place(asked: Asked, seen: Seen) -> Condition:
    here = quoted(asked.environment)
    if seen.exists:
        return Condition("environment", Outcome.PASS, f"GitHub knows {here}")
    detail = f"GitHub has no environment {here}, and would make one without any rules"
    return Condition("environment", Outcome.FAIL, detail, Code.ENVIRONMENT_UNPROTECTED)


def _commit(asked: Asked, seen: Seen) -> Iterator[Condition]:
    """Ask where the commit comes from: what was merged was judged, a head is judged now."""
    branch = quoted(seen.default_branch)
    if seen.is_on_default:
        yield Condition("commit", Outcome.PASS, f"{branch} contains it")
        return
    if not seen.heads:
        detail = f"{branch} does not contain it, and no open pull request has it as its head"
        yield Condition("commit", Outcome.FAIL, detail, Code.SHA_NOT_PROTECTED)
        return
    numbers = ", ".join(f"#{head.number}" for head in seen.heads)
    yield Condition("commit", Outcome.PASS, f"it is the head of {numbers}")
    for head in seen.heads:
        yield from _head(asked, head)


def _head(asked: Asked, head: Head) -> Iterator[Condition]:
    if head.is_fork and not asked.forks:
        yield Condition("fork", Outcome.FAIL, f"#{head.number} is a fork's", Code.FORK_DENIED)
    if head.is_draft and not asked.drafts:
        yield Condition("draft", Outcome.FAIL, f"#{head.number} is a draft", Code.HELD)
    if not asked.peer_review:
        return
    outcome = head.verdict.outcome
    failed = Code.GATE_FAILED if outcome is Outcome.FAIL else Code.GATE_INCONCLUSIVE
    code = "" if outcome is Outcome.PASS else failed
    yield Condition("merge gates", outcome, f"#{head.number}: {head.verdict.title}", code)


def _order(asked: Asked, past: Sequence[Past]) -> Condition:
    if not asked.after:
        return Condition("order", Outcome.PASS, "no other environment comes first")
    needs = [name.casefold() for name in asked.after]
    refusal = order_refusal(needs, asked.sha, asked.tree, past, same_tree=asked.same_tree)
    if refusal is None:
        return Condition("order", Outcome.PASS, f"it was deployed to {', '.join(asked.after)}")
    return Condition("order", Outcome.FAIL, visible(refusal.detail), str(refusal.code))


def _freeze(asked: Asked, now: datetime) -> Condition:
    holds = frozen(asked.freezes, now)
    if holds is None:
        return Condition("freeze", Outcome.PASS, "nothing is frozen")
    detail = f"{visible(holds.reason)}, until {holds.until:%Y-%m-%d %H:%M} UTC"
    return Condition("freeze", Outcome.FAIL, detail, Code.FROZEN)


def _proofs(asked: Asked) -> Condition:
    if not asked.proofs:
        return Condition("gates", Outcome.PASS, "the policy asks for no evidence")
    names = ", ".join(quoted(name) for name in asked.proofs)
    ask = quoted(f"/gates {asked.environment}")
    detail = f"evidence for {names} stands in the App's record, not here; comment {ask}"
    return Condition("gates", Outcome.ERROR, detail, Code.GATE_INCONCLUSIVE)


def _people(asked: Asked) -> Condition:
    if not asked.asks_people:
        return Condition("sign-offs", Outcome.PASS, "the policy asks nobody")
    ask = quoted(f"/deploy {asked.environment}")
    detail = f"who agreed stands in the App's record, not here; comment {ask} on the pull request"
    return Condition("sign-offs", Outcome.ERROR, detail, Code.APPROVAL_REQUIRED)
