"""The ci gate itself: asks every demand of the policy and joins the answers into one verdict."""

from datetime import datetime
from itertools import chain

from app.core.facts import Facts, Part
from app.core.gates.ci.codes import BADNESS, ENDINGS, Code
from app.core.gates.ci.everything import rule_on_all
from app.core.gates.ci.provenance import modified_workflow
from app.core.gates.ci.reports import reports
from app.core.gates.ci.required import Scene, rule_on
from app.core.gates.ci.ruling import Problem, Ruling
from app.core.gates.wording import clip, count
from app.core.policy.model import CiPolicy, Policy
from app.core.verdict import GateName, Outcome, Seen, Verdict


def needs(policy: Policy) -> frozenset[Part]:
    """Return the parts without which this policy's demands on CI cannot be judged."""
    ci = policy.gates.ci
    if not _asks(ci):
        return frozenset()
    parts = {Part.CHECKS, Part.WORKFLOW_RUNS}
    if ci.newer_than_base_change or ci.all or any(entry.deadline for entry in ci.required):
        parts.add(Part.HISTORY)
    if ci.modified_workflow != "ignore" or any(entry.when for entry in ci.required):
        parts |= {Part.CHANGES, Part.PULL_REQUEST}
    return frozenset(parts)


def judge(facts: Facts, policy: Policy, now: datetime) -> Verdict:
    """Pass when every demand is met by the newest report of every source that counts."""
    ci = policy.gates.ci
    if not _asks(ci):
        return _not_required(Code.NOT_REQUIRED, facts)
    scene = Scene(facts, ci, now, reports(facts))
    rulings = tuple(rule_on(entry, scene) for entry in ci.required)
    if ci.all:
        rulings = (*rulings, rule_on_all(scene, rulings))
    if not any(ruling.is_applicable for ruling in rulings):
        return _not_required(Code.NOT_APPLICABLE, facts, rulings)
    changed = modified_workflow(facts, policy)
    found = chain.from_iterable(ruling.problems for ruling in rulings)
    return _verdict(facts, rulings, (*found, *((changed,) if changed else ())))


def _asks(ci: CiPolicy) -> bool:
    return bool(ci.required) or ci.all


def _verdict(facts: Facts, rulings: tuple[Ruling, ...], problems: tuple[Problem, ...]) -> Verdict:
    """Let the worst problem speak first; the others follow in the order of the policy."""
    ranked = sorted(problems, key=lambda problem: -BADNESS.index(problem.outcome))
    moments = [problem.recheck_at for problem in problems if problem.recheck_at is not None]
    return Verdict(
        gate=GateName.CI,
        outcome=ranked[0].outcome if ranked else Outcome.PASS,
        code=ranked[0].code if ranked else Code.PASSED,
        title=_title(ranked, rulings),
        blockers=tuple(problem.blocker for problem in ranked),
        seen=_seen(rulings),
        counted=tuple(chain.from_iterable(ruling.counted for ruling in rulings)),
        examined=_examined(facts),
        recheck_at=min(moments, default=None),
    )


def _title(ranked: list[Problem], rulings: tuple[Ruling, ...]) -> str:
    if not ranked:
        sources = frozenset(chain.from_iterable(ruling.covers for ruling in rulings))
        return f"{count(len(sources), 'required check')} passed"
    more = f" and {len(ranked) - 1} more" if len(ranked) > 1 else ""
    return clip(f"{clip(ranked[0].headline, 90)}{more}")


def _not_required(code: Code, facts: Facts, rulings: tuple[Ruling, ...] = ()) -> Verdict:
    return Verdict(
        gate=GateName.CI,
        outcome=ENDINGS[code].outcome,
        code=code,
        title=ENDINGS[code].headline,
        seen=_seen(rulings),
        examined=_examined(facts),
        is_required=False,
    )


def _seen(rulings: tuple[Ruling, ...]) -> tuple[Seen, ...]:
    """List each fact once, though several demands may have looked at it."""
    return tuple(dict.fromkeys(chain.from_iterable(ruling.seen for ruling in rulings)))


def _examined(facts: Facts) -> int:
    return len(facts.checks.runs) + len(facts.checks.statuses)
