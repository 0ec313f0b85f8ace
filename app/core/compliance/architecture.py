"""A change of the architecture brings its decision record."""

from app.core.compliance.builtin import BUILTIN, RuleId
from app.core.compliance.change import Change, RuleOutcome, RuleResult
from app.core.compliance.rules import evaluate
from app.core.policy.model import (
    Architecture,
    ComplianceRule,
    Policy,
    RuleCondition,
    RuleRequirement,
)
from app.core.policy.paths import PathSet


def decision_record(change: Change, policy: Policy) -> RuleResult:
    """Require a complete new record when the policy's architecture paths change."""
    architecture = policy.gates.compliance.architecture
    if not architecture.paths:
        reason = "the policy names no architecture paths"
        return RuleResult(RuleId.DECISION_RECORD, RuleOutcome.NOT_APPLICABLE, reason=reason)
    return evaluate(_rule(architecture), change)


def documents_needed(policy: Policy) -> tuple[str, ...]:
    """Return patterns of the files whose text the facts must hold, of head and of base.

    The base's are needed to see that a record's number is free.
    """
    compliance = policy.gates.compliance
    needed = set(compliance.architecture.records) if compliance.architecture.paths else set()
    for rule in compliance.rules:
        if rule.require is not None and rule.require.checker is not None:
            needed.update(rule.require.any_added, rule.require.any_changed)
    # One rule's exclusion must not hide what another one reads.
    return tuple(sorted(PathSet.of(needed).included))


def _rule(architecture: Architecture) -> ComplianceRule:
    about = BUILTIN[RuleId.DECISION_RECORD]
    return ComplianceRule(
        id=RuleId.DECISION_RECORD.value,
        title=about.title,
        fix=about.fix,
        controls=dict(about.controls),
        when=RuleCondition(changed=architecture.paths, unless_only=architecture.unless_only),
        require=RuleRequirement(any_added=architecture.records, checker="adr_valid"),
    )
