"""The written boundary rules: what happens exactly at each limit."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core.canary.limits import CheckName
from app.core.canary.samples import Poll, Scores, SecurityAlert, Severity, Unit
from app.core.canary.verdict import Code, Result
from tests.core.canary.builders import (
    after,
    baseline,
    canary,
    ending,
    lasting,
    minutes,
    ratio,
    samples,
    scalar,
)

PASSES = (Result.PASS, Code.WITHIN)
FAILS = (Result.FAIL, Code.EXCEEDED)
FIRES = (Result.FAIL, Code.TRIGGERED)
QUIET = (Result.PASS, Code.QUIET)


def at(minute: int, second: int = 0, **readings):
    """Return a canary of single numbers that was observed at a moment after traffic start."""
    return replace(scalar(**readings), observed_at=after(minutes=minute, seconds=second))


def polled(*unhealthy: int):
    polls = tuple(Poll(after(minutes=20 + n), each, 8) for n, each in enumerate(unhealthy, 1))
    return replace(samples(polls=polls), observed_at=after(minutes=20 + len(unhealthy)))


def scored(now: str, at_deploy: str = "94.0"):
    return samples(compliance=Scores(Decimal(now), Decimal(at_deploy)))


def alerted(minute: int, second: int = 0, severity: Severity = Severity.SEV1):
    alert = SecurityAlert("key leaked", severity, after(minutes=minute, seconds=second))
    return samples(observed_at=after(minutes=31), alerts=(alert,))


def compared(latency: str = "200", **counts):
    own = minutes(latency_ms=Decimal(latency), **counts)
    return samples(canary=canary(minutes=own))


def aged(span: timedelta):
    return samples(baseline=baseline(observed_at=after(minutes=30) - span))


@pytest.mark.parametrize(
    ("name", "seen", "expected"),
    [
        pytest.param(
            CheckName.LATENCY, compared("220"), PASSES, id="every minute exactly 10% slower passes"
        ),
        pytest.param(
            CheckName.LATENCY, compared("220.1"), FAILS, id="every minute a bit slower fails"
        ),
        pytest.param(CheckName.LATENCY, compared("20"), PASSES, id="a faster canary is no fault"),
        pytest.param(
            CheckName.LATENCY,
            scalar(p95_ms=Decimal(220)),
            PASSES,
            id="a single number exactly 10% slower passes",
        ),
        pytest.param(
            CheckName.LATENCY,
            scalar(p95_ms=Decimal("220.000000000000000001")),
            FAILS,
            id="a single number that is slower by the last digit fails",
        ),
        pytest.param(
            CheckName.THROUGHPUT,
            compared(requests=5400),
            PASSES,
            id="exactly 10% less throughput passes",
        ),
        pytest.param(
            CheckName.THROUGHPUT, compared(requests=5399), FAILS, id="less throughput fails"
        ),
        pytest.param(
            CheckName.THROUGHPUT,
            compared(requests=6600),
            PASSES,
            id="exactly 10% more throughput passes",
        ),
        pytest.param(
            CheckName.THROUGHPUT, compared(requests=6601), FAILS, id="more throughput fails too"
        ),
        pytest.param(
            CheckName.DURATION, at(30, 0), PASSES, id="exactly 30 minutes are long enough"
        ),
        pytest.param(
            CheckName.DURATION,
            at(29, 59),
            (Result.INCONCLUSIVE, Code.TOO_SHORT),
            id="29 min 59 s are not",
        ),
        pytest.param(CheckName.DURATION, at(24 * 60), PASSES, id="24 hours are not too long"),
        pytest.param(
            CheckName.DURATION,
            at(24 * 60, 1),
            (Result.INCONCLUSIVE, Code.TOO_LONG),
            id="a second more is",
        ),
        pytest.param(
            CheckName.ERROR_RATE,
            scalar(error_rate=ratio("0.001")),
            FAILS,
            id="an error rate of exactly 0.1% fails",
        ),
        pytest.param(
            CheckName.ERROR_RATE,
            scalar(error_rate=ratio("0.0999999999999999999999", Unit.PERCENT)),
            PASSES,
            id="an error rate below 0.1% passes",
        ),
        pytest.param(
            CheckName.SLO_ERRORS,
            scalar(error_rate=ratio("1", Unit.PERCENT)),
            FAILS,
            id="1% errors fail the objective",
        ),
        pytest.param(
            CheckName.P95, scalar(p95_ms=Decimal(500)), FAILS, id="a p95 of exactly 500 ms fails"
        ),
        pytest.param(
            CheckName.P95, scalar(p95_ms=Decimal("499.9")), PASSES, id="a p95 below passes"
        ),
        pytest.param(
            CheckName.P99, scalar(p99_ms=Decimal(800)), PASSES, id="a p99 at its SLA passes"
        ),
        pytest.param(
            CheckName.P99, scalar(p99_ms=Decimal("800.1")), FAILS, id="a p99 above its SLA fails"
        ),
        pytest.param(
            CheckName.THROUGHPUT_SLO, compared(), PASSES, id="exactly 100 requests a second pass"
        ),
        pytest.param(
            CheckName.THROUGHPUT_SLO, compared(requests=5999), FAILS, id="99.98 a second fail"
        ),
        pytest.param(
            CheckName.THROUGHPUT_SLO,
            scalar(requests_per_second=Decimal(100)),
            PASSES,
            id="a single number of exactly 100 a second passes",
        ),
        pytest.param(
            CheckName.ERROR_BURST,
            at(15, error_rate=ratio("0.05")),
            QUIET,
            id="exactly 5% errors do not roll back",
        ),
        pytest.param(
            CheckName.ERROR_BURST,
            at(15, error_rate=ratio("5.0001", Unit.PERCENT)),
            FIRES,
            id="more than 5% at exactly 15:00 roll back",
        ),
        pytest.param(
            CheckName.ERROR_BURST,
            at(15, 1, error_rate=ratio("0.5")),
            QUIET,
            id="errors at 15:01 are outside of the window",
        ),
        pytest.param(
            CheckName.P99_RISE,
            at(15, p99_ms=Decimal(600)),
            QUIET,
            id="exactly 1.5 times the baseline's p99 does not roll back",
        ),
        pytest.param(
            CheckName.P99_RISE,
            at(15, p99_ms=Decimal("600.0000000000000001")),
            FIRES,
            id="more than 1.5 times rolls back",
        ),
        pytest.param(
            CheckName.LATENCY_RISE,
            compared("220"),
            QUIET,
            id="exactly 10% slower does not roll back",
        ),
        pytest.param(
            CheckName.LATENCY_RISE, compared("220.1"), FIRES, id="more than 10% rolls back"
        ),
        pytest.param(CheckName.HEALTH, polled(2, 2), QUIET, id="two unhealthy do not roll back"),
        pytest.param(CheckName.HEALTH, polled(3, 3), FIRES, id="three unhealthy roll back"),
        pytest.param(
            CheckName.HEALTH, polled(3, 2, 3), QUIET, id="three, but not in consecutive polls"
        ),
        pytest.param(
            CheckName.COMPLIANCE_DROP, scored("92.0"), FIRES, id="a drop of exactly 2.0 rolls back"
        ),
        pytest.param(
            CheckName.COMPLIANCE_DROP,
            scored("92.0000000000000000001"),
            QUIET,
            id="a drop of less than 2.0 does not",
        ),
        pytest.param(CheckName.COMPLIANCE, scored("94.0"), PASSES, id="an equal score passes"),
        pytest.param(CheckName.COMPLIANCE, scored("93.9"), FAILS, id="a lower score fails"),
        pytest.param(
            CheckName.SECURITY_ALERT, alerted(30), FIRES, id="SEV1 at exactly 30:00 is inside"
        ),
        pytest.param(CheckName.SECURITY_ALERT, alerted(30, 1), QUIET, id="SEV1 at 30:01 is not"),
        pytest.param(
            CheckName.SECURITY_ALERT, alerted(0), FIRES, id="SEV1 at the start of traffic is inside"
        ),
        pytest.param(
            CheckName.SECURITY_ALERT, alerted(-1), QUIET, id="SEV1 from before is not this canary's"
        ),
        pytest.param(
            CheckName.SECURITY_ALERT,
            alerted(5, severity=Severity.SEV2),
            QUIET,
            id="SEV2 does not roll back",
        ),
        pytest.param(
            CheckName.LATENCY, aged(timedelta(days=7)), PASSES, id="a baseline of 7 days counts"
        ),
        pytest.param(
            CheckName.LATENCY,
            aged(timedelta(days=7, seconds=1)),
            (Result.INCONCLUSIVE, Code.BASELINE_STALE),
            id="a baseline of a second more is stale",
        ),
    ],
)
def test_boundary(name, seen, expected):
    assert ending(name, seen) == expected


@pytest.mark.parametrize("bad", [0, 299, 300])
def test_five_percent_in_five_minutes_do_not_roll_back(bad):
    seen = compared(errors=bad)
    assert ending(CheckName.ERROR_BURST, seen) == QUIET


def test_more_than_five_percent_in_five_minutes_roll_back():
    assert ending(CheckName.ERROR_BURST, compared(errors=301)) == FIRES


@pytest.mark.parametrize(
    ("first_bad", "expected"),
    [
        pytest.param(14, FIRES, id="the minute that ends at 15:00"),
        pytest.param(15, QUIET, id="the minute after it"),
    ],
)
def test_the_last_minute_of_the_window(first_bad, expected):
    own = minutes(change=lambda number: {"errors": 3000 if number == first_bad else 0})
    assert ending(CheckName.ERROR_BURST, samples(canary=canary(minutes=own))) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(14, (Result.INCONCLUSIVE, Code.WATCHING), id="a minute before its end"),
        pytest.param(15, QUIET, id="at its end"),
    ],
)
def test_a_watch_is_over_at_its_end_and_not_before(count, expected):
    for name in (CheckName.ERROR_BURST, CheckName.P99_RISE, CheckName.LATENCY_RISE):
        assert ending(name, lasting(count)) == expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        pytest.param(0, FIRES, id="a second look that ends at exactly 15:00 is inside"),
        pytest.param(1, QUIET, id="one that ends a second later is not"),
    ],
)
def test_the_last_look_at_latency_in_the_window(late, expected):
    """The first minute is fast, so that the interval lies above at 14 and 15 minutes only."""
    shifted = timedelta(seconds=late)
    own = minutes(30, lambda number: {"latency_ms": Decimal(100 if number == 0 else 286)})
    own, theirs = (
        tuple(replace(each, at=each.at + shifted) for each in side[:29])
        for side in (own, minutes())
    )
    seen = samples(canary=canary(minutes=own), baseline=baseline(minutes=theirs))
    assert ending(CheckName.LATENCY_RISE, seen) == expected


def test_unhealthy_instances_from_before_the_traffic_are_not_this_canarys():
    before = (Poll(after(minutes=-2), 5, 8), Poll(after(minutes=-1), 5, 8))
    assert ending(CheckName.HEALTH, samples(polls=(*before, *samples().polls))) == QUIET


@pytest.mark.parametrize("slower", [10, 11, 12, 13])
def test_latency_must_lie_above_at_two_consecutive_minutes(slower):
    """Ten minutes at +12% are one look; the eleventh minute decides."""
    own = minutes(15, lambda number: {"latency_ms": Decimal(224 if number < slower else 20)})
    seen = replace(lasting(15), canary=canary(minutes=own))
    assert ending(CheckName.LATENCY_RISE, seen) == (QUIET if slower == 10 else FIRES)
