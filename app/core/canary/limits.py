"""The written limits of a canary, each with its default."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

LIMITS_SCHEMA = "gatewright/canary-limits/1"

Part = Annotated[Decimal, Field(ge=Decimal("0.000001"), lt=1, allow_inf_nan=False)]
Positive = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
Span = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=366))]


class CheckName(StrEnum):
    """Every check, in the order in which they are named: compliance, latency, throughput."""

    COMPLIANCE = "compliance"
    COMPLIANCE_DROP = "compliance_drop"
    SECURITY_ALERT = "security_alert"
    HEALTH = "health"
    ERROR_BURST = "error_burst"
    ERROR_RATE = "error_rate"
    SLO_ERRORS = "slo_errors"
    P99_RISE = "p99_rise"
    P99 = "p99"
    LATENCY_RISE = "latency_rise"
    P95 = "p95"
    LATENCY = "latency"
    THROUGHPUT_SLO = "throughput_slo"
    THROUGHPUT = "throughput"
    DURATION = "duration"


TRIGGERS = frozenset(
    {
        CheckName.COMPLIANCE_DROP,
        CheckName.SECURITY_ALERT,
        CheckName.HEALTH,
        CheckName.ERROR_BURST,
        CheckName.P99_RISE,
        CheckName.LATENCY_RISE,
    }
)


class Statistics(StrEnum):
    """Whether a number without counts may pass."""

    WHEN_AVAILABLE = "when_available"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Triggers:
    """When a deployment is rolled back; windows count from the start of traffic."""

    errors: Part = Decimal("0.05")
    outliers: Part = Decimal("0.01")
    healthy: Part = Decimal("0.01")
    evidence: Positive = Decimal(20)
    p99_rise: Positive = Decimal("0.5")
    latency_rise: Part = Decimal("0.1")
    latency_pairs: Annotated[int, Field(ge=5)] = 10
    unhealthy: Annotated[int, Field(ge=0)] = 2
    compliance_drop: Positive = Decimal("2.0")
    window: Span = timedelta(minutes=15)
    alert_window: Span = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a canary may go on; a check that is not expected is not judged."""

    expected: tuple[CheckName, ...] = tuple(CheckName)
    shortest: Span = timedelta(minutes=30)
    longest: Span = timedelta(hours=24)
    error_rate: Part = Decimal("0.001")
    slow: Part = Decimal("0.01")
    sla_p99_ms: Positive | None = None
    slo_p95_ms: Positive = Decimal(500)
    slo_errors: Part = Decimal("0.01")
    slo_requests_per_second: Positive = Decimal(100)
    tolerance: Part = Decimal("0.1")
    pairs: Annotated[int, Field(ge=5)] = 30
    statistics: Statistics = Statistics.WHEN_AVAILABLE
    oldest: Span = timedelta(minutes=5)
    oldest_baseline: Span = timedelta(days=7)
    triggers: Triggers = Triggers()
