"""Canaries to judge: a healthy one, and whatever a test wants to be different."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.core.canary.judge import judge
from app.core.canary.limits import CheckName, Limits
from app.core.canary.samples import (
    Baseline,
    BaselineKind,
    Canary,
    Minute,
    Poll,
    Readings,
    Samples,
    Scores,
    Share,
    Unit,
)
from app.core.canary.verdict import Check, Code, Result

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NEW, LIVE, FOREIGN = "a" * 40, "b" * 40, "c" * 40
PER_MINUTE = 6000


def after(**span: float) -> datetime:
    """Return a moment after the start of traffic."""
    return START + timedelta(**span)


def minute(number: int, **changes: Any) -> Minute:
    """Return a healthy minute."""
    healthy = Minute(after(minutes=number), PER_MINUTE, 0, 0, 0, Decimal(200))
    return replace(healthy, **changes)


def minutes(count: int = 30, change: Callable[[int], dict[str, Any]] | None = None, **all_: Any):
    """Return minutes in a row; `change` says what is different in which."""
    return tuple(
        minute(number, **all_, **(change(number) if change else {})) for number in range(count)
    )


def canary(**changes: Any) -> Canary:
    return replace(Canary(NEW, minutes=minutes()), **changes)


def baseline(**changes: Any) -> Baseline:
    fresh = Baseline(BaselineKind.FRESH, LIVE, after(minutes=30), minutes=minutes())
    return replace(fresh, **changes)


def samples(**changes: Any) -> Samples:
    """Return a canary that may go on after exactly 30 minutes."""
    healthy = Samples(
        sha=NEW,
        live_sha=LIVE,
        source="prometheus",
        traffic_start=START,
        observed_at=after(minutes=30),
        canary=canary(),
        baseline=baseline(),
        sla_p99_ms=Decimal(800),
        polls=(Poll(after(minutes=28), 0, 4), Poll(after(minutes=29), 0, 4)),
        compliance=Scores(Decimal("92.5"), Decimal("92.5")),
        alerts=(),
    )
    return replace(healthy, **changes)


def lasting(count: int, **changes: Any) -> Samples:
    """Return a healthy canary that has taken traffic for a number of minutes."""
    end = after(minutes=count)
    polls = (Poll(after(minutes=count - 1), 0, 4), Poll(end, 0, 4))
    same = minutes(count)
    return samples(
        observed_at=end,
        canary=canary(minutes=same),
        baseline=baseline(minutes=same, observed_at=end),
        polls=polls,
        **changes,
    )


def scalar(**readings: Any) -> Samples:
    """Return a canary of which single numbers are known and nothing a minute."""
    return samples(
        canary=canary(minutes=(), readings=Readings(**readings)),
        baseline=baseline(
            observed_at=START,
            minutes=(),
            readings=Readings(
                p95_ms=Decimal(200), p99_ms=Decimal(400), requests_per_second=Decimal(200)
            ),
        ),
    )


def ratio(value: str, unit: Unit = Unit.RATIO) -> Share:
    return Share(Decimal(value), unit)


def check(name: CheckName, seen: Samples, limits: Limits | None = None) -> Check:
    """Return one check of a verdict at the moment of observation."""
    verdict = judge(seen, limits or Limits(), seen.observed_at)
    [found] = [each for each in verdict.checks if each.name is name]
    return found


def ending(name: CheckName, seen: Samples, limits: Limits | None = None) -> tuple[Result, Code]:
    """Return result and code of one check."""
    found = check(name, seen, limits)
    return found.result, found.code
