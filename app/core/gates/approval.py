"""The approval gate: enough people who may and can judge approved what would be merged."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.core.approvals import (
    MEANING,
    Approval,
    Assessment,
    Code,
    Objection,
    Outdated,
    Problem,
    Tally,
    Tie,
    assess,
    described,
    missing_parts,
    parts_needed,
)
from app.core.approvals.words import listed, name, short
from app.core.facts import AccountKind, Facts, Gap, Part, Sha
from app.core.gates.wording import clip, count
from app.core.policy.model import Policy
from app.core.verdict import Blocker, GateName, Outcome, Seen, Verdict

__all__ = ["MEANING", "Code", "judge", "needs"]

_WRITER = "somebody with write access"


def needs(policy: Policy) -> frozenset[Part]:
    """Name the parts of the facts without which this gate cannot tell."""
    return parts_needed(policy)


def judge(facts: Facts, policy: Policy, now: datetime) -> Verdict:
    """Pass when every applicable rule has its approvals and nobody's newest word is a no."""
    del now  # time alone never makes or breaks an approval
    if facts.pull_request is None:
        return _no_pull_request()
    gaps = missing_parts(facts, policy)
    if gaps:
        return _cannot_see(gaps)
    found = assess(facts, policy)
    blockers = _blockers(found, facts.subject.head_sha)
    is_required = bool(blockers) or any(each.needed for each in found.tallies)
    satisfied = Code.SATISFIED if is_required else Code.NOT_REQUIRED
    return Verdict(
        gate=GateName.APPROVAL,
        outcome=_outcome(found),
        code=blockers[0].code if blockers else satisfied,
        title=clip(_title(found)),
        blockers=blockers,
        seen=_ordered(found.seen),
        counted=_counted(found, facts.subject.head_sha),
        examined=len(facts.reviews),
        is_required=is_required,
    )


def _outcome(found: Assessment) -> Outcome:
    if found.objections or found.blocking_unknown:
        return Outcome.FAIL
    if found.problems:
        return Outcome.ERROR
    return Outcome.PENDING if any(each.missing for each in found.tallies) else Outcome.PASS


def _blockers(found: Assessment, head: Sha) -> tuple[Blocker, ...]:
    """List everything that stands in the way, the kind that decides the outcome first."""
    return (
        *(_objection(each) for each in found.objections),
        *(_unknown(hand) for hand in found.blocking_unknown),
        *(_problem(each) for each in found.problems),
        *(_shortage(each, found.ties, head) for each in found.tallies if each.missing),
    )


def _objection(objection: Objection) -> Blocker:
    who = name(objection.person)
    subject = f"change request by {who} on {short(objection.commit)}"
    if objection.has_left:
        return Blocker(
            Code.CHANGES_REQUESTED,
            f"{subject}; {who} has no access to the repository any more",
            f"dismiss needed by: {_WRITER}",
            "Dismiss the review when its points are settled.",
        )
    return Blocker(
        Code.CHANGES_REQUESTED,
        subject,
        f"{who} by approving, or {_WRITER} by dismissing the review",
        f"Settle the points of the review and ask {who} to review again.",
    )


def _unknown(hand: str) -> Blocker:
    return Blocker(
        Code.UNKNOWN_CONTRIBUTOR,
        f"{hand} belongs to no GitHub account",
        "whoever owns the e-mail address of the commit, or the author of the branch",
        "Add the address to a GitHub account, or write the commit anew with a known address.",
    )


def _problem(problem: Problem) -> Blocker:
    return Blocker(
        problem.code, problem.subject, "whoever maintains the policy", problem.next_action
    )


def _shortage(each: Tally, ties: tuple[Tie, ...], head: Sha) -> Blocker:
    return Blocker(
        _why_short(each),
        f"rule {each.rule.id}: {_progress(each)}",
        described(each.rule.by) + _cannot(ties),
        " ".join([_request(each, head), *(_again(one) for one in each.outdated)]),
    )


def _why_short(each: Tally) -> Code:
    """Choose the reason that is nearest to a mend: approve again, one more, or somebody at all."""
    stale = {one.because for one in each.outdated}
    extra = Code.COUNT_EXTRA if each.is_extra and each.missing == 1 else Code.COUNT
    return next((code for code in Code if code in stale), extra)


def _request(each: Tally, head: Sha) -> str:
    share = "" if each.missing == 1 else "one of them "
    reason = f" ({share}because a contributor is unknown)" if each.is_extra else ""
    return f"{count(each.missing, 'more approval')} of commit {short(head)} needed{reason}."


def _again(outdated: Outdated) -> str:
    return f"{name(outdated.person)} can approve again: {MEANING[outdated.because]}"


def _cannot(ties: tuple[Tie, ...]) -> str:
    known = (tie for tie in ties if tie.account.kind is AccountKind.USER)
    words = sorted(f"{name(tie.account)} ({tie.because})" for tie in known)
    return f"; {listed(words)} cannot" if words else ""


def _progress(each: Tally) -> str:
    return f"{len(each.approvers)} of {each.needed} approvals"


def _title(found: Assessment) -> str:
    if found.objections:
        return f"Changes requested by {_names(found.objections)}"
    if found.blocking_unknown:
        return f"Unknown contributor: {listed(found.blocking_unknown)}"
    if found.problems:
        return f"Cannot tell: {found.problems[0].subject}"
    short_of = [each for each in found.tallies if each.missing]
    return _pending_title(short_of) if short_of else _passing_title(found)


def _pending_title(short_of: list[Tally]) -> str:
    first, *others = short_of
    more = f", {len(others)} more" if others else ""
    return f"{_progress(first)} (rule {first.rule.id}{more})"


def _passing_title(found: Assessment) -> str:
    asking = [each for each in found.tallies if each.needed]
    if asking:
        return f"Approved by {_names([one for each in asking for one in each.approvers])}"
    if found.tallies:
        return f"Not required: rule {found.tallies[0].rule.id} asks for nobody"
    return "Not required: no approval rule applies"


def _names(voices: Sequence[Approval | Objection]) -> str:
    return listed(sorted({name(voice.person) for voice in voices}))


def _counted(found: Assessment, head: Sha) -> tuple[str, ...]:
    """Say which approval served which rules, and which ones hold by proof only."""
    served: dict[Approval, list[str]] = {}
    for each in found.tallies:
        for one in each.approvers if each.needed else ():
            served.setdefault(one, []).append(each.rule.id)
    return tuple(sorted(_served(one, rules, head) for one, rules in served.items()))


def _served(approval: Approval, rules: list[str], head: Sha) -> str:
    proof = "" if approval.commit == head else f", proven to be what {short(head)} adds to the base"
    text = f"approval by {name(approval.person)} of {short(approval.commit)}{proof}"
    return f"{text}, for {listed(sorted(set(rules)))}"


def _ordered(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    return tuple(sorted(set(seen), key=lambda one: (one.what, one.because)))


def _no_pull_request() -> Verdict:
    blocker = Blocker(
        Code.NO_PULL_REQUEST,
        "pull request",
        "whoever asked for this verdict",
        "Ask for a verdict on a pull request.",
    )
    return _error(Code.NO_PULL_REQUEST, "Cannot tell: there is no pull request", (blocker,))


def _cannot_see(gaps: Sequence[Gap]) -> Verdict:
    blockers = tuple(
        Blocker(
            Code.FACTS_MISSING,
            gap.part.value,
            "Gatewright by reading again" if gap.temporary else "an administrator",
            gap.remedy or "Evaluate again.",
        )
        for gap in sorted(gaps, key=lambda gap: (gap.part, gap.code, gap.remedy))
    )
    parts = listed(sorted({blocker.subject.replace("_", " ") for blocker in blockers}))
    return _error(Code.FACTS_MISSING, f"Cannot tell: {parts} could not be read", blockers)


def _error(code: Code, title: str, blockers: tuple[Blocker, ...]) -> Verdict:
    return Verdict(GateName.APPROVAL, Outcome.ERROR, code, clip(title), blockers=blockers)
