"""What the workflow auditor says about changed workflows, weighed by the policy."""

from app.core.compliance.builtin import RuleId, finding
from app.core.compliance.change import Change, RuleOutcome, RuleResult, is_in_head
from app.core.facts import FileKind, WorkflowAudit, WorkflowFinding
from app.core.policy.model import WorkflowRules
from app.core.policy.paths import PathSet
from app.core.text import quoted, visible
from app.core.verdict import Finding, Tier

AUDITED = PathSet.of(
    (
        ".github/workflows/*.yml",
        ".github/workflows/*.yaml",
        "**/action.yml",
        "**/action.yaml",
    )
)


def audited(change: Change, audit: WorkflowAudit | None, rules: WorkflowRules) -> RuleResult:
    """Weigh the new findings; workflows that nobody audited are unknown, not clean."""
    expected = sum(
        is_in_head(file) and file.kind is FileKind.TEXT and AUDITED.matches(file.path)
        for file in change.files
    )
    examined = audit.files if audit else 0
    findings = tuple(_weighed(each, rules) for each in audit.findings) if audit else ()
    if examined < expected:
        outcome, reason = RuleOutcome.UNKNOWN, f"{examined} of {expected} workflows were audited"
    elif not examined and not findings:
        outcome, reason = RuleOutcome.NOT_APPLICABLE, "no workflow changed"
    else:
        outcome, reason = RuleOutcome.FAIL if findings else RuleOutcome.PASS, ""
    return RuleResult(RuleId.WORKFLOW_AUDIT, outcome, examined, reason, findings)


def _weighed(found: WorkflowFinding, rules: WorkflowRules) -> Finding:
    tier = Tier.INFO
    if found.audit in rules.warn:
        tier = Tier.WARN
    if found.audit in rules.block:
        tier = Tier.BLOCK
    message = f"{quoted(found.audit)} ({visible(found.severity)}): {visible(found.message)}."
    return finding(RuleId.WORKFLOW_AUDIT, tier, message, found.path, found.line)
