"""What was measured while a canary took traffic; what was not measured is None, never zero."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

SAMPLES_SCHEMA = "gatewright/canary-samples/1"


def _quiet(value: Decimal) -> Decimal:
    # A signalling NaN raises at the first comparison; it says no more than a quiet one.
    return Decimal("NaN") if value.is_nan() else value


# NOTE: sources do deliver NaN and Infinity; to refuse the whole file would hide the other minutes.
Number = Annotated[Decimal, Field(allow_inf_nan=True), AfterValidator(_quiet)]
Count = int | Number
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC)),
]
Commit = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]


class Unit(StrEnum):
    """The unit of a share; it is always written, since 0.1 may be either."""

    RATIO = "ratio"
    PERCENT = "percent"


class BaselineKind(StrEnum):
    """What the canary is compared with."""

    FRESH = "fresh"
    PRODUCTION = "production"


class Severity(StrEnum):
    """How bad an alert is; sources are mapped to these before."""

    SEV1 = "SEV1"
    SEV2 = "SEV2"
    SEV3 = "SEV3"
    SEV4 = "SEV4"


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute from `at` on.

    `slow` were slower than the SLA of p99, `outliers` slower than 1.5 times the baseline's p99;
    `latency_ms` is the minute's 95th percentile.
    """

    at: Moment
    requests: Count
    errors: Count | None = None
    slow: Count | None = None
    outliers: Count | None = None
    latency_ms: Number | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A share that came without its counts."""

    value: Number
    unit: Unit

    @property
    def ratio(self) -> Decimal:
        """The share of one."""
        return self.value if self.unit is Unit.RATIO else self.value.scaleb(-2)


@dataclass(frozen=True, slots=True)
class Readings:
    """Single numbers over the whole time, from a source that gives no counts."""

    error_rate: Share | None = None
    p95_ms: Number | None = None
    p99_ms: Number | None = None
    requests_per_second: Number | None = None


@dataclass(frozen=True, slots=True)
class Canary:
    """What the new version did."""

    sha: Commit
    instances: Annotated[int, Field(ge=1)] = 1
    minutes: tuple[Minute, ...] = ()
    readings: Readings = Readings()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the live version did at the same time: fresh and of the same size, or long running."""

    kind: BaselineKind
    sha: Commit
    observed_at: Moment
    instances: Annotated[int, Field(ge=1)] = 1
    minutes: tuple[Minute, ...] = ()
    readings: Readings = Readings()


@dataclass(frozen=True, slots=True)
class Poll:
    """One look at the health of every instance."""

    at: Moment
    unhealthy: Count
    instances: Count


@dataclass(frozen=True, slots=True)
class Scores:
    """The compliance score now, and the one stored at the deployment, in points."""

    now: Number
    at_deploy: Number


@dataclass(frozen=True, slots=True)
class SecurityAlert:
    """A security alert about the canary's service and environment."""

    name: str
    severity: Severity
    starts_at: Moment


@dataclass(frozen=True, slots=True)
class Samples:
    """Everything a verdict on a canary depends on, except limits and the moment.

    `alerts` is None when nobody asked, and empty when there are none.
    """

    sha: Commit
    live_sha: Commit
    source: Annotated[str, Field(min_length=1, max_length=200)]
    traffic_start: Moment
    observed_at: Moment
    canary: Canary
    baseline: Baseline | None = None
    sla_p99_ms: Number | None = None
    polls: tuple[Poll, ...] = ()
    compliance: Scores | None = None
    alerts: tuple[SecurityAlert, ...] | None = None
