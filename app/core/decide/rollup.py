"""`gatewright/merge`: the worst of the gates, and the worst of all pull requests with one head."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from types import MappingProxyType

from app.core.decide.codes import Code
from app.core.decide.undecided import facts_missing, policy_invalid
from app.core.facts import Facts, Gap, Part
from app.core.gates.wording import clip, count, quoted
from app.core.policy.model import Policy
from app.core.policy.paths import PathSet
from app.core.policy.problem import PolicyProblem
from app.core.verdict import Blocker, GateName, Outcome, Seen, Verdict, badness, worst

ROLLUP_NEEDS = frozenset({Part.PULL_REQUEST, Part.SIBLINGS})

_GATES = tuple(name for name in GateName if name is not GateName.MERGE)
_CODES: Mapping[Outcome, Code] = MappingProxyType(
    {
        Outcome.PASS: Code.READY,
        Outcome.PENDING: Code.WAITING,
        Outcome.ERROR: Code.UNDECIDED,
        Outcome.FAIL: Code.BLOCKED,
    }
)


def is_governed(base_ref: str, policy: Policy) -> bool:
    """Tell whether pull requests into this branch are judged at all."""
    return PathSet.of(policy.governs.branches).matches(base_ref)


def rollup(verdicts: Iterable[Verdict], facts: Facts, policy: Policy | PolicyProblem) -> Verdict:
    """Let the worst gate decide, unless the pull request is not up for a decision at all.

    A base branch that is not governed never yields a success, because check runs belong to the
    commit and would also count for a pull request into a governed branch.
    """
    if isinstance(policy, PolicyProblem):
        return policy_invalid(GateName.MERGE, policy)
    if not is_governed(facts.subject.base_ref, policy):
        return _not_governed(facts)
    judged = tuple(sorted(verdicts, key=lambda verdict: _GATES.index(verdict.gate)))
    joined = _joined(judged, (*_facts_missing(facts), *_gates_missing(judged)))
    hold = _hold(facts, policy)
    if hold is None:
        return joined
    return replace(
        joined,
        outcome=hold.outcome,
        code=hold.code,
        title=hold.title,
        blockers=(*hold.blockers, *joined.blockers),
    )


def rollup_locally(verdicts: Iterable[Verdict]) -> Verdict:
    """Let the worst of the gates that can be judged without GitHub decide."""
    return _joined(tuple(verdicts), ())


def rollup_of_some(verdicts: Iterable[Verdict], facts: Facts) -> Verdict:
    """Let the worst of chosen gates decide, if it is known who shares their head."""
    return _joined(tuple(verdicts), _facts_missing(facts))


def rollup_across(own: Verdict, others: Mapping[int, Verdict | None]) -> Verdict:
    """Let the worst of all open pull requests with the same head decide, by number.

    None stands for one that has not been judged yet. Pull requests into branches that are not
    governed neither help nor hinder.
    """
    if own.code == Code.NOT_GOVERNED:
        return own
    counted = {
        number: verdict
        for number, verdict in sorted(others.items())
        if verdict is None or verdict.code != Code.NOT_GOVERNED
    }
    blockers = tuple(
        _sibling_blocker(number, verdict)
        for number, verdict in counted.items()
        if verdict is None or verdict.outcome is not Outcome.PASS
    )
    outcome = worst((own.outcome, *map(_outcome, counted.values())))
    joined = own if outcome is own.outcome else _because_of(own, counted, outcome)
    return replace(
        joined,
        blockers=(*own.blockers, *blockers),
        counted=(*own.counted, *(f"#{number}: {_word(each)}" for number, each in counted.items())),
        seen=(*own.seen, *_ungoverned(others, counted)),
        recheck_at=_earliest((own, *(each for each in counted.values() if each))),
    )


def _joined(judged: Sequence[Verdict], conditions: Sequence[Verdict]) -> Verdict:
    """Join the gates; a condition of the rollup's own speaks before gates that are as bad."""
    everything = (*conditions, *judged)
    outcome = worst(verdict.outcome for verdict in everything)
    ranked = sorted(everything, key=lambda verdict: -badness(verdict.outcome))
    code, title = _CODES[outcome], _title(judged, outcome)
    if ranked and ranked[0].gate is GateName.MERGE:
        code, title = Code(ranked[0].code), ranked[0].title
    passed = [verdict for verdict in judged if verdict.outcome is Outcome.PASS]
    return Verdict(
        gate=GateName.MERGE,
        outcome=outcome,
        code=code,
        title=title,
        blockers=tuple(chain.from_iterable(verdict.blockers for verdict in ranked)),
        counted=tuple(f"{verdict.gate}: {verdict.title}" for verdict in passed),
        examined=len(judged),
        recheck_at=_earliest(judged),
    )


def _title(judged: Sequence[Verdict], outcome: Outcome) -> str:
    passed = [verdict for verdict in judged if verdict.outcome is Outcome.PASS]
    if outcome is Outcome.PASS:
        idle = sum(not verdict.is_required for verdict in passed)
        return f"All {len(passed)} gates pass{f', {idle} of them not required' if idle else ''}"
    verb = {Outcome.PENDING: "Waiting for", Outcome.FAIL: "Blocked by"}.get(
        outcome, "Could not evaluate"
    )
    names = ", ".join(verdict.gate for verdict in judged if verdict.outcome is outcome)
    return f"{verb} {names} ({len(passed)} of {count(len(judged), 'gate')} pass)"


def _gates_missing(judged: Sequence[Verdict]) -> tuple[Verdict, ...]:
    absent = [name for name in _GATES if name not in {verdict.gate for verdict in judged}]
    if not absent:
        return ()
    names = ", ".join(absent)
    blocker = Blocker(Code.GATE_MISSING, names, "an administrator", "Evaluate every gate.")
    title = f"Could not evaluate: no verdict of {names}"
    return (_own(Outcome.ERROR, Code.GATE_MISSING, title, blocker),)


def _facts_missing(facts: Facts) -> tuple[Verdict, ...]:
    """Refuse to roll up without knowing the pull request's state or who shares its head."""
    if facts.group is not None:
        gaps = facts.gaps_in(Part.GROUP)
    else:
        gaps = facts.gaps_in(*ROLLUP_NEEDS)
        if facts.pull_request is None and not gaps:
            gaps = (Gap(Part.PULL_REQUEST, "PULL_REQUEST_UNREAD", "It was not read"),)
    return (facts_missing(GateName.MERGE, gaps),) if gaps else ()


def _hold(facts: Facts, policy: Policy) -> Verdict | None:
    """Return why the pull request is not up for a decision, whatever its gates say."""
    pull_request = facts.pull_request
    if pull_request is None:
        return None
    subject = f"#{pull_request.number}"
    if not pull_request.is_open:
        state = "merged" if pull_request.is_merged else "closed"
        step = "Nothing is left to do." if pull_request.is_merged else "Reopen it."
        blocker = Blocker(Code.CLOSED, subject, "anybody who can reopen it", step)
        return _own(Outcome.PENDING, Code.CLOSED, f"The pull request is {state}", blocker)
    if pull_request.is_draft and policy.governs.drafts == "hold":
        blocker = Blocker(Code.DRAFT, subject, "the author", "Mark it as ready for review.")
        title = "Draft: held until it is marked as ready for review"
        return _own(Outcome.PENDING, Code.DRAFT, title, blocker)
    return None


def _not_governed(facts: Facts) -> Verdict:
    base = quoted(facts.subject.base_ref, 50)
    blocker = Blocker(
        Code.NOT_GOVERNED,
        base,
        "whoever may change the policy on the base branch",
        "Add the branch to `governs.branches` if its pull requests should be judged.",
    )
    title = clip(f"Not governed: no policy applies to base branch {base}")
    return _own(Outcome.PENDING, Code.NOT_GOVERNED, title, blocker)


def _own(outcome: Outcome, code: Code, title: str, blocker: Blocker) -> Verdict:
    return Verdict(GateName.MERGE, outcome, code, title, blockers=(blocker,))


def _because_of(own: Verdict, siblings: Mapping[int, Verdict | None], outcome: Outcome) -> Verdict:
    """Let the siblings that made it worse name the reason."""
    worse = [number for number, verdict in siblings.items() if _outcome(verdict) is outcome]
    is_unjudged = all(siblings[number] is None for number in worse)
    names = ", ".join(f"#{number}" for number in worse)
    state = "not judged yet" if is_unjudged else "not passing"
    return replace(
        own,
        outcome=outcome,
        code=Code.SIBLING_UNJUDGED if is_unjudged else Code.SIBLING_BLOCKS,
        title=clip(f"Same head commit as {names}: {state}"),
    )


def _sibling_blocker(number: int, verdict: Verdict | None) -> Blocker:
    subject = f"#{number}"
    if verdict is None:
        step = f"{subject} has the same head commit and is being judged. Wait for it."
        return Blocker(Code.SIBLING_UNJUDGED, subject, "nobody needs to act", step)
    step = f"{subject} has the same head commit and says: {verdict.title}. Mend it or close it."
    return Blocker(Code.SIBLING_BLOCKS, subject, f"whoever can unblock {subject}", step)


def _outcome(verdict: Verdict | None) -> Outcome:
    return Outcome.PENDING if verdict is None else verdict.outcome


def _word(verdict: Verdict | None) -> str:
    return "not judged yet" if verdict is None else verdict.outcome.value


def _ungoverned(
    others: Mapping[int, Verdict | None], counted: Mapping[int, Verdict | None]
) -> tuple[Seen, ...]:
    return tuple(
        Seen(f"#{number}", "it has the same head, and its base branch is not governed")
        for number in sorted(others)
        if number not in counted
    )


def _earliest(verdicts: Iterable[Verdict]) -> datetime | None:
    moments = [verdict.recheck_at for verdict in verdicts if verdict.recheck_at is not None]
    return min(moments, default=None)
