"""A deployment that is watched: what is asked about it, which checks count, what follows from them.

Which checks count depends on the policy and on the phase, never on which numbers happened to come:
what was to be measured and was not keeps a check from passing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from app.core.canary.flaws import is_finite
from app.core.canary.limits import TRIGGERS, CheckName, Limits, Triggers
from app.core.canary.samples import (
    Baseline,
    BaselineKind,
    Canary,
    Count,
    Minute,
    Poll,
    Samples,
    Scores,
)
from app.core.canary.verdict import CanaryVerdict, Decision
from app.core.canary.verdict import Result as CheckResult
from app.core.deploy.observed import Kind, Result
from app.core.deploy.states import State
from app.core.facts import Sha
from app.core.policy.watches import Watch, filled, share

MINUTE = timedelta(minutes=1)
WATCHED = (State.VERIFYING, State.CANARY, State.HELD_SHADOW, State.PROMOTING, State.WATCHING)
_BESIDE = (State.CANARY, State.HELD_SHADOW)
_OWN = (
    "requests",
    "errors",
    "slow",
    "outliers",
    "p95_ms",
    "unhealthy",
    "instances",
    "compliance",
)
_BASE = ("requests", "p95_ms", "instances")

Values = Mapping[datetime, Decimal]
# Values by the name of their query; those of the baseline stand under `baseline.requests` etc.
Measured = Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class Subject:
    """Which version is looked at, in which state, and since when it has had its traffic.

    `live` is the version that the environment had before, None for the first of all.
    """

    kind: Kind
    state: State
    sha: Sha
    live: Sha | None
    environment: str
    start: datetime
    end: datetime

    @property
    def is_beside(self) -> bool:
        """Whether the earlier version takes traffic at the same time."""
        return self.state in _BESIDE and self.live is not None


def traffic_start(steps: Iterable[tuple[State, datetime]]) -> datetime | None:
    """Return when the present share of traffic began, to the second; None before any has."""
    path = [(None, None), *steps]
    found = [
        at
        for (before, _), (state, at) in pairwise(path)
        if state is State.VERIFYING or before is State.PROMOTING
    ]
    newest = found[-1] if found else None
    return None if newest is None else newest.replace(microsecond=0)


def questions(watch: Watch, subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each query that the phase needs."""
    for name in _OWN:
        query = getattr(watch, name)
        if query is not None:
            yield name, filled(query, subject.sha, subject.environment)
    if watch.baseline is not None and subject.is_beside and subject.live is not None:
        for name in _BASE:
            query = getattr(watch.baseline, name)
            if query is not None:
                yield f"baseline.{name}", filled(query, subject.live, subject.environment)


def limits(watch: Watch, subject: Subject, canary_for: timedelta, longest: timedelta) -> Limits:
    """Return what the judge is to ask: every expected check by its name (trap T83)."""
    written, found = watch.limits, Limits()
    needed = written.requests_per_second
    return replace(
        found,
        expected=tuple(name for name in CheckName if name in set(_expected(watch, subject))),
        shortest=canary_for,
        longest=longest,
        error_rate=share(written.error_rate),
        sla_p99_ms=None if written.sla_ms is None else Decimal(written.sla_ms),
        slo_p95_ms=Decimal(written.p95_ms),
        slo_requests_per_second=Decimal(needed) if needed else found.slo_requests_per_second,
        triggers=Triggers(errors=share(written.error_burst), unhealthy=written.unhealthy),
    )


def _expected(watch: Watch, subject: Subject) -> Iterator[CheckName]:
    yield CheckName.ERROR_BURST
    if watch.unhealthy is not None:
        yield CheckName.HEALTH
    if watch.outliers is not None and subject.live is not None:
        yield CheckName.P99_RISE
    if watch.compliance is not None:
        yield CheckName.COMPLIANCE_DROP
    if subject.state in _BESIDE:
        yield from _of_canary(watch)
        if subject.is_beside:
            yield from _compared(watch)


def _of_canary(watch: Watch) -> Iterator[CheckName]:
    yield from (CheckName.ERROR_RATE, CheckName.SLO_ERRORS, CheckName.DURATION)
    if watch.slow is not None:
        yield CheckName.P99
    if watch.p95_ms is not None:
        yield CheckName.P95
    if watch.compliance is not None:
        yield CheckName.COMPLIANCE
    if watch.limits.requests_per_second is not None:
        yield CheckName.THROUGHPUT_SLO


def _compared(watch: Watch) -> Iterator[CheckName]:
    if watch.baseline is None:
        return
    if watch.baseline.p95_ms is not None:
        yield from (CheckName.LATENCY, CheckName.LATENCY_RISE)
    if watch.baseline.instances is not None:
        yield CheckName.THROUGHPUT


def samples(watch: Watch, subject: Subject, measured: Measured, source: str) -> Samples:
    """Return what was measured in the form in which the judge takes it."""
    return Samples(
        sha=subject.sha,
        live_sha=subject.live or subject.sha,
        source=source,
        traffic_start=subject.start,
        observed_at=subject.end,
        canary=Canary(
            sha=subject.sha,
            instances=_instances(measured.get("instances")) or 1,
            minutes=tuple(_minutes(measured, "")),
        ),
        baseline=_baseline(watch, subject, measured),
        sla_p99_ms=None if watch.limits.sla_ms is None else Decimal(watch.limits.sla_ms),
        polls=tuple(_polls(measured)),
        compliance=_scores(measured.get("compliance")),
    )


def _scores(values: Values | None) -> Scores | None:
    """Return the first score since the traffic began and the newest."""
    if not values:
        return None
    return Scores(now=values[max(values)], at_deploy=values[min(values)])


def _minutes(measured: Measured, prefix: str) -> Iterator[Minute]:
    """Yield each minute with requests; a query's value belongs to the minute before it."""

    def count(name: str, at: datetime) -> Count | None:
        value = measured.get(prefix + name, {}).get(at)
        return None if value is None else _count(value)

    for at, value in measured.get(f"{prefix}requests", {}).items():
        yield Minute(
            at=at - MINUTE,
            requests=_count(value),
            errors=count("errors", at),
            slow=count("slow", at),
            outliers=count("outliers", at),
            latency_ms=measured.get(f"{prefix}p95_ms", {}).get(at),
        )


def _count(value: Decimal) -> Count:
    """Round to a whole number: `increase` extrapolates, so that 1 request may be told as 1.02.

    What is not finite stays as it is, and the judge says so (trap T84).
    """
    return int(value.quantize(Decimal(1), ROUND_HALF_UP)) if is_finite(value) else value


def _polls(measured: Measured) -> Iterator[Poll]:
    instances = measured.get("instances", {})
    for at, value in measured.get("unhealthy", {}).items():
        if at in instances:
            yield Poll(at, _count(value), _count(instances[at]))


def _instances(values: Values | None) -> int | None:
    newest = values[max(values)] if values else None
    found = _count(newest) if newest is not None else None
    return found if isinstance(found, int) and found >= 1 else None


def _baseline(watch: Watch, subject: Subject, measured: Measured) -> Baseline | None:
    """Return the earlier version's numbers; of unknown size it is nothing to compare with."""
    if subject.live is None:
        return None
    base = watch.baseline
    instances = _instances(measured.get("baseline.instances")) or 1
    if base is not None and subject.is_beside and base.instances is not None:
        known = (measured.get("instances"), measured.get("baseline.instances"))
        if None in map(_instances, known):
            return None
    return Baseline(
        kind=BaselineKind.PRODUCTION if base is None else BaselineKind(base.kind),
        sha=subject.live,
        observed_at=subject.end,
        instances=instances,
        minutes=tuple(_minutes(measured, "baseline.")),
    )


def triggers(verdict: CanaryVerdict) -> tuple[str, ...]:
    """Return the rollback triggers that fired: each one's name, and what it rests on."""
    fired = (each for each in verdict.checks if each.result is CheckResult.FAIL)
    return tuple(f"{each.name}: {each.says}" for each in fired if each.name in TRIGGERS)


def canary(verdict: CanaryVerdict | None, *, is_whole: bool) -> Result:
    """Return what a verdict says of a canary; with a query that had no answer none passes."""
    if verdict is None:
        return Result.INCONCLUSIVE
    if verdict.decision is Decision.PAUSE_AND_FIX:
        return Result.FAIL
    passes = verdict.decision is Decision.GO and is_whole
    return Result.PASS if passes else Result.INCONCLUSIVE


def health(subject: Subject, verdict: CanaryVerdict | None, *, is_whole: bool) -> Result:
    """Return whether a version is well; a rollback does not wait for its measurements.

    After the start only what is asked of instances can be known, later every trigger counts.
    """
    if subject.kind is Kind.ROLLBACK and subject.state is State.VERIFYING:
        return Result.PASS
    if verdict is None or not is_whole:
        return Result.INCONCLUSIVE
    names = {CheckName.HEALTH} if subject.state is State.VERIFYING else TRIGGERS
    results = [each.result for each in verdict.checks if each.name in names]
    return _of(results)


def _of(results: Sequence[CheckResult]) -> Result:
    if CheckResult.FAIL in results:
        return Result.FAIL
    return Result.INCONCLUSIVE if CheckResult.INCONCLUSIVE in results else Result.PASS
