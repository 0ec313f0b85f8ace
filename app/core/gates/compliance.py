"""The compliance gate: what changes is of a kind, size and place that the policy accepts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType

from app.core.compliance import content, protection, size
from app.core.compliance.architecture import decision_record, documents_needed
from app.core.compliance.builtin import BUILTIN, RuleId
from app.core.compliance.change import Change, RuleOutcome, RuleResult
from app.core.compliance.rules import evaluate
from app.core.compliance.workflows import audited
from app.core.facts import Facts, Part
from app.core.gates.wording import clip, count
from app.core.policy.model import Policy
from app.core.text import quoted
from app.core.verdict import Blocker, Finding, GateName, Outcome, Seen, Tier, Verdict

__all__ = ["MEANING", "Code", "documents_needed", "judge", "needs"]


class Code(StrEnum):
    """Every way in which this gate can end."""

    PASSED = "COMPLIANCE_PASSED"
    WARNED = "COMPLIANCE_WARNED"
    EMPTY = "COMPLIANCE_EMPTY_CHANGE"
    BROKEN = "COMPLIANCE_RULE_BROKEN"
    CHANGES_INCOMPLETE = "COMPLIANCE_CHANGES_INCOMPLETE"
    RULE_UNDECIDED = "COMPLIANCE_RULE_UNDECIDED"


MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.PASSED: "Every rule that applies to the change is kept.",
        Code.WARNED: "No rule that blocks is broken; there are findings to look at.",
        Code.EMPTY: "The change has no files, so there is nothing to judge.",
        Code.BROKEN: "At least one rule that blocks is broken.",
        Code.CHANGES_INCOMPLETE: "The list of changed files is missing or too short to trust.",
        Code.RULE_UNDECIDED: "A rule could not be decided because something could not be read.",
    }
)

_CHECKS: tuple[Callable[[Change, Policy], RuleResult], ...] = (
    size.number_of_files,
    size.number_of_lines,
    protection.protected,
    protection.twins,
    content.executables,
    content.links_outside,
    content.links,
    content.submodules,
    content.opaque,
    content.hidden_names,
    content.readable,
    decision_record,
)
_WEIGHTS = (Tier.BLOCK, Tier.CONFIRM, Tier.WARN, Tier.INFO)
_UNREAD = "none"


def needs(policy: Policy) -> frozenset[Part]:
    """Name the parts of the facts without which this gate cannot tell."""
    parts = {Part.PULL_REQUEST, Part.CHANGES, Part.WORKFLOW_AUDIT}
    return frozenset(parts | {Part.DOCUMENTS} if documents_needed(policy) else parts)


def judge(facts: Facts, policy: Policy, now: datetime) -> Verdict:
    """Run the built-in rules and the policy's; one broken rule that blocks is enough to fail."""
    del now  # the same change is judged alike at any time
    if _is_incomplete(facts):
        return _incomplete(facts)
    change = Change.of(facts)
    results = _results(facts, policy, change)
    findings = _ordered(finding for result in results for finding in result.findings)
    blockers = (*_broken(findings), *_undecided(results))
    outcome, code = _ending(findings, results, change)
    return Verdict(
        gate=GateName.COMPLIANCE,
        outcome=outcome,
        code=code,
        title=clip(_title(code, findings, results, change)),
        findings=findings,
        blockers=blockers,
        seen=_not_applicable(results),
        counted=_counted(results),
        examined=len(change.files),
        is_required=code is not Code.EMPTY,
    )


def _is_incomplete(facts: Facts) -> bool:
    """Compare with GitHub's count, a lower bound: it may show a rename as one file or as two."""
    expected = (facts.pull_request.changed_files or 0) if facts.pull_request else 0
    names = sum(len(file.paths) for file in facts.changes.files)
    return facts.changes.source == _UNREAD or names < expected


def _results(facts: Facts, policy: Policy, change: Change) -> tuple[RuleResult, ...]:
    compliance = policy.gates.compliance
    return (
        *(check(change, policy) for check in _CHECKS),
        audited(change, facts.workflow_audit, compliance.workflows),
        *(evaluate(rule, change) for rule in compliance.rules),
    )


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        sorted(
            findings,
            key=lambda each: (
                _WEIGHTS.index(each.tier),
                each.rule,
                each.path or "",
                each.line or 0,
                each.message,
            ),
        )
    )


def _ending(
    findings: Sequence[Finding], results: Sequence[RuleResult], change: Change
) -> tuple[Outcome, Code]:
    if any(finding.tier is Tier.BLOCK for finding in findings):
        return Outcome.FAIL, Code.BROKEN
    if any(result.outcome is RuleOutcome.UNKNOWN for result in results):
        return Outcome.ERROR, Code.RULE_UNDECIDED
    if findings:
        return Outcome.PASS, Code.WARNED
    return Outcome.PASS, Code.PASSED if change.files else Code.EMPTY


def _title(
    code: Code, findings: Sequence[Finding], results: Sequence[RuleResult], change: Change
) -> str:
    broken = {finding.rule for finding in findings if finding.tier is Tier.BLOCK}
    undecided = [result.rule for result in results if result.outcome is RuleOutcome.UNKNOWN]
    applied = [result for result in results if result.outcome is not RuleOutcome.NOT_APPLICABLE]
    titles = {
        Code.BROKEN: f"{count(len(broken), 'rule')} broken: {', '.join(sorted(broken))}",
        Code.RULE_UNDECIDED: f"Cannot tell: {count(len(undecided), 'rule')} could not be decided",
        Code.WARNED: f"No blocking rule broken; {count(len(findings), 'finding')} to look at",
        Code.PASSED: f"{count(len(applied), 'rule')} kept by {count(len(change.files), 'file')}",
        Code.EMPTY: "Not required: the change has no files",
    }
    return titles[code]


def _broken(findings: Sequence[Finding]) -> tuple[Blocker, ...]:
    blocking = [finding for finding in findings if finding.tier is Tier.BLOCK]
    return tuple(
        _blocker(rule, list(group)) for rule, group in groupby(blocking, lambda each: each.rule)
    )


def _blocker(rule: str, findings: Sequence[Finding]) -> Blocker:
    paths = sorted({finding.path for finding in findings if finding.path})
    where = f" at {quoted(paths[0])}" if paths else ""
    more = f" and {count(len(paths) - 1, 'other place')}" if len(paths) > 1 else ""
    return Blocker(
        code=Code.BROKEN,
        subject=f"{rule}{where}{more}",
        who_can_unblock="the author",
        next_action=findings[0].message,
    )


def _undecided(results: Sequence[RuleResult]) -> tuple[Blocker, ...]:
    return tuple(
        Blocker(
            code=Code.RULE_UNDECIDED,
            subject=f"{result.rule}: {result.reason}",
            who_can_unblock="nobody needs to act at first; Gatewright reads again",
            next_action=_remedy(result.rule),
        )
        for result in results
        if result.outcome is RuleOutcome.UNKNOWN
    )


def _remedy(rule: str) -> str:
    if rule in set(RuleId):
        return BUILTIN[RuleId(rule)].fix
    return "If this stays, look whether the App may read the repository's contents."


def _not_applicable(results: Sequence[RuleResult]) -> tuple[Seen, ...]:
    return tuple(
        Seen(f"rule {result.rule}", f"not applicable: {result.reason}")
        for result in results
        if result.outcome is RuleOutcome.NOT_APPLICABLE
    )


def _counted(results: Sequence[RuleResult]) -> tuple[str, ...]:
    return tuple(
        f"rule {result.rule}: {result.outcome.value}, {result.examined} examined"
        for result in results
        if result.outcome is not RuleOutcome.NOT_APPLICABLE
    )


def _incomplete(facts: Facts) -> Verdict:
    seen = len(facts.changes.files)
    expected = facts.pull_request.changed_files if facts.pull_request else None
    said = f"GitHub counts {expected}" if expected is not None else "GitHub's count is not known"
    return Verdict(
        gate=GateName.COMPLIANCE,
        outcome=Outcome.ERROR,
        code=Code.CHANGES_INCOMPLETE,
        title="Cannot tell: the list of changed files is incomplete",
        blockers=(
            Blocker(
                code=Code.CHANGES_INCOMPLETE,
                subject=f"{count(seen, 'changed file')} read; {said}",
                who_can_unblock="nobody needs to act at first; Gatewright reads again",
                next_action="If this stays, look whether the App may read the repository's "
                "contents.",
            ),
        ),
        examined=seen,
    )
