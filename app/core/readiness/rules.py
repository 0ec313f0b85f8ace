"""Gates of a deployment as data, and those that a tier has by default.

Limits: the written gates of development, staging and production, and the default objectives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from app.core.commands.scales import Tier
from app.core.readiness.evidence import YES, Unit

OLDEST = timedelta(days=7)
OLDEST_BASELINE = timedelta(days=7)


class Stage(StrEnum):
    """The stages of a report, in their order."""

    BASELINE = "baseline verification"
    INTEGRATION = "integration assessment"
    OPTIMISATION = "optimisation"
    MONITORING = "monitoring and rollback"


class Objective(StrEnum):
    """What a gate protects, the most important first: it is named first where several fail."""

    COMPLIANCE = "compliance"
    LATENCY = "latency"
    THROUGHPUT = "throughput"
    OTHER = "other"


class Condition(StrEnum):
    """How a number is compared with its limit."""

    PASSES = "passes"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BELOW = "below"
    WITHIN = "within"
    AT_LEAST_BASELINE = "at_least_baseline"

    @property
    def is_relative(self) -> bool:
        """Whether the live version's number is needed."""
        return self in (Condition.WITHIN, Condition.AT_LEAST_BASELINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """One gate; `unit` is None where a number is only compared with the live version's.

    `limit` is that of the condition: percent of the baseline for `within`, nothing for
    `at_least_baseline`. `least_n` is how much must have been measured.
    """

    name: str
    stage: Stage
    condition: Condition
    limit: Decimal = YES
    unit: Unit | None = Unit.PASSED
    evidence: str = ""
    max_age: timedelta = OLDEST
    objective: Objective = Objective.OTHER
    least_n: int | None = None
    mitigated_by: str | None = None

    @property
    def kind(self) -> str:
        """The kind of evidence that it looks at, by default of its own name."""
        return self.evidence or self.name

    @property
    def text(self) -> str:
        """The limit as people read it."""
        unit = f" {self.unit}" if self.unit else ""
        number = f"{self.limit.normalize():f}"
        return {
            Condition.PASSES: "passes",
            Condition.AT_LEAST: f"≥ {number}{unit}",
            Condition.AT_MOST: f"≤ {number}{unit}",
            Condition.BELOW: f"< {number}{unit}",
            Condition.WITHIN: f"within {number}% of live",
            Condition.AT_LEAST_BASELINE: "≥ live",
        }[self.condition]


def _number(
    name: str, stage: Stage, condition: Condition, limit: str, unit: Unit | None, **more: str
) -> Rule:
    objective = Objective(more.get("objective", Objective.OTHER))
    return Rule(
        name,
        stage,
        condition,
        Decimal(limit),
        unit,
        objective=objective,
        mitigated_by=more.get("mitigated_by"),
    )


def _passes(name: str, stage: Stage) -> Rule:
    return Rule(name, stage, Condition.PASSES)


MERGE_GATES = _passes("merge-gates", Stage.BASELINE)
CANARY = _passes("canary", Stage.MONITORING)
ROLLBACK_TARGET = _passes("rollback-target", Stage.MONITORING)
REHEARSAL = "rehearsal"
# What Gatewright itself says; nobody else may hand it in.
OWN_KINDS = (MERGE_GATES.name, CANARY.name, ROLLBACK_TARGET.name, REHEARSAL)

STANDARD: Mapping[Tier, tuple[Rule, ...]] = MappingProxyType(
    {
        Tier.DEVELOPMENT: (
            _passes("unit-tests", Stage.BASELINE),
            _number("coverage", Stage.BASELINE, Condition.AT_LEAST, "80", Unit.PERCENT),
            _passes("lint", Stage.BASELINE),
        ),
        Tier.STAGING: (
            _number(
                "integration-coverage", Stage.INTEGRATION, Condition.AT_LEAST, "60", Unit.PERCENT
            ),
            _passes("smoke", Stage.INTEGRATION),
            _number(
                "cvss",
                Stage.INTEGRATION,
                Condition.BELOW,
                "4.0",
                Unit.SCORE,
                mitigated_by="cvss-mitigation",
                objective="compliance",
            ),
            _number("quality", Stage.INTEGRATION, Condition.AT_LEAST, "80", Unit.SCORE),
            _number(
                "performance", Stage.OPTIMISATION, Condition.WITHIN, "10", None, objective="latency"
            ),
        ),
        Tier.PRODUCTION: (CANARY, ROLLBACK_TARGET),
    }
)
OBJECTIVES = (
    _number(
        "compliance",
        Stage.BASELINE,
        Condition.AT_LEAST_BASELINE,
        "0",
        None,
        objective="compliance",
    ),
    _number(
        "p95", Stage.OPTIMISATION, Condition.BELOW, "500", Unit.MILLISECONDS, objective="latency"
    ),
    _number("error-rate", Stage.OPTIMISATION, Condition.BELOW, "1", Unit.PERCENT),
    _number(
        "throughput",
        Stage.OPTIMISATION,
        Condition.AT_LEAST,
        "100",
        Unit.PER_SECOND,
        objective="throughput",
    ),
)


def rehearsal(max_age: timedelta, budget: timedelta) -> Rule:
    """Ask for a rollback that ended within its time, not longer ago than the age."""
    return Rule(
        REHEARSAL,
        Stage.MONITORING,
        Condition.AT_MOST,
        Decimal(int(budget.total_seconds())),
        Unit.SECONDS,
        max_age=max_age,
    )
