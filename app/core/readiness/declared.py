"""The gates that a policy declares for an environment, as rules of the judge."""

from decimal import Decimal

from app.core.commands.scales import Tier
from app.core.policy.deployments import DeploymentPolicy, Environment
from app.core.policy.readiness import CONDITIONS, REHEARSAL_BUDGET, EvidenceSource, GateRule
from app.core.readiness.evidence import YES, Unit
from app.core.readiness.rules import (
    MERGE_GATES,
    OBJECTIVES,
    STANDARD,
    Condition,
    Objective,
    Rule,
    Stage,
    rehearsal,
)


def rules_of(environment: Environment) -> tuple[Rule, ...]:
    """Return an environment's gates, those of its tier first; none where it declares none."""
    gates = environment.gates
    found: dict[str, Rule] = {}
    for rule in (
        *(STANDARD[Tier(environment.tier)] if gates.standard else ()),
        *(OBJECTIVES if gates.objectives else ()),
        *((rehearsal(gates.rehearsal, REHEARSAL_BUDGET),) if gates.rehearsal else ()),
    ):
        found[rule.name] = rule
    for written in gates.rules:
        found[written.name] = _rule(written)
    if not found:
        return ()
    first = (MERGE_GATES,) if environment.peer_review else ()
    return (*first, *found.values())


def gate_names(policy: DeploymentPolicy) -> tuple[str, ...]:
    """Return the name of every deployment gate of a policy, once."""
    names = (rule.name for each in policy.environments for rule in rules_of(each))
    return tuple(dict.fromkeys(names))


def source_of(policy: DeploymentPolicy, kind: str) -> EvidenceSource | None:
    """Return where a kind of evidence comes from; None where nobody says."""
    return next((each for each in policy.evidence if each.kind == kind), None)


def kinds_of(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """Return every kind of evidence that gates look at, once."""
    kinds = (kind for rule in rules for kind in (rule.kind, rule.mitigated_by) if kind)
    return tuple(dict.fromkeys(kinds))


def _rule(written: GateRule) -> Rule:
    condition = next(each for each in CONDITIONS if getattr(written, each) is not None)
    limit = getattr(written, condition)
    is_relative = Condition(condition).is_relative
    unit = Unit(written.unit) if written.unit else None
    return Rule(
        name=written.name,
        stage=Stage(written.stage),
        condition=Condition(condition),
        limit=limit if isinstance(limit, Decimal) else YES,
        unit=unit if is_relative or unit else Unit.PASSED,
        evidence=written.evidence or "",
        max_age=written.max_age,
        objective=Objective(written.objective),
        least_n=written.least_n,
        mitigated_by=written.mitigated_by,
    )
