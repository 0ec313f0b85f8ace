"""Statistical triggers on made-up traffic: as often and as early as written."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from app.core.canary.limits import CheckName, Limits, Triggers
from app.core.canary.verdict import Code, Result
from tests.core.canary.builders import canary, check, lasting, minutes
from tests.core.canary.test_paired import noise
from tests.core.canary.traffic import fires, observed, watch

BURST, SLOW = CheckName.ERROR_BURST, CheckName.P99_RISE


def percent(name: CheckName, watches, field: str, until: int = 15) -> float:
    fired = [fires(name, observed(each[:until], field)) for each in watches]
    return 100 * sum(fired) / len(fired)


@pytest.mark.parametrize(
    ("per_minute", "share", "fired", "median"),
    [
        pytest.param(2, 0.001, 0, None, id="2 a minute, healthy"),
        pytest.param(2, 0.2, 94, 5, id="2 a minute, every fifth fails"),
        pytest.param(2, 1, 100, 1, id="2 a minute, all fail"),
        pytest.param(10, 0.001, 0, None, id="10 a minute, healthy"),
        pytest.param(10, 0.005, 0.1, None, id="10 a minute, 0.5%"),
        pytest.param(10, 0.08, 97, 4, id="10 a minute, 8%"),
        pytest.param(10, 1, 100, 1, id="10 a minute, all fail"),
        pytest.param(60, 0.005, 0, None, id="60 a minute, 0.5%"),
        pytest.param(60, 0.055, 99, 2, id="60 a minute, 5.5%"),
    ],
)
def test_error_bursts_are_found_as_often_as_written(per_minute, share, fired, median):
    random = Random(3)
    watches = [watch(random, per_minute, share) for _ in range(100)]
    assert percent(BURST, watches, "errors") == pytest.approx(fired, abs=4)
    if median is not None:
        assert percent(BURST, watches, "errors", until=median + 1) >= 50
    if median not in (None, 1):
        assert percent(BURST, watches, "errors", until=median - 1) < 60


def test_five_and_a_half_percent_of_much_traffic_are_found_in_minutes():
    random = Random(4)
    watches = [watch(random, 600, 0.055) for _ in range(25)]
    assert percent(BURST, watches, "errors") == 100
    assert percent(BURST, watches, "errors", until=1) > 40


@pytest.mark.parametrize(
    ("per_minute", "share", "least", "most"),
    [
        pytest.param(600, 0.02, 99, 100, id="2% slow are found"),
        pytest.param(600, 0.01, 0, 5, id="1% slow are the borderline"),
        pytest.param(60, 0.001, 0, 0, id="0.1% slow are healthy"),
    ],
)
def test_a_rise_of_p99_is_found_and_health_is_not_accused(per_minute, share, least, most):
    random = Random(5)
    watches = [watch(random, per_minute, share) for _ in range(40)]
    assert least <= percent(SLOW, watches, "outliers") <= most


def rises(random: Random, factor: float, correlation: float) -> bool:
    noisy = [Decimal(200 * factor * 2.718281828**each) for each in noise(random, correlation, 15)]
    own = minutes(15, lambda number: {"latency_ms": noisy[number]})
    return fires(CheckName.LATENCY_RISE, replace(lasting(15), canary=canary(minutes=own)))


@pytest.mark.parametrize(
    ("factor", "correlation", "least", "most"),
    [
        pytest.param(1.0, 0.0, 0, 1, id="as fast as the baseline"),
        pytest.param(1.0, 0.6, 0, 2, id="as fast, in moods"),
        pytest.param(1.1, 0.0, 0, 7, id="exactly the limit"),
        pytest.param(1.3, 0.0, 95, 100, id="30% slower"),
        pytest.param(1.5, 0.6, 95, 100, id="50% slower, in moods"),
    ],
)
def test_a_rise_of_latency_is_found_and_noise_is_not_accused(factor, correlation, least, most):
    random, runs = Random(6), 150
    fired = 100 * sum(rises(random, factor, correlation) for _ in range(runs)) / runs
    assert least <= fired <= most


def test_more_evidence_may_be_asked_for():
    strict = Limits(triggers=Triggers(evidence=Decimal(400)))
    seen = observed([(2, 2), *[(2, 0)] * 14])
    assert check(BURST, seen).result is Result.FAIL
    assert check(BURST, seen, strict).result is Result.PASS


def test_a_trigger_says_when_it_fired():
    found = check(BURST, observed([(100, 0), (100, 40), *[(100, 0)] * 13]))
    assert found.code is Code.TRIGGERED
    assert found.says == "40 of 1,500 requests errors; fired after 2 min"


@pytest.mark.parametrize(
    ("count", "says"),
    [
        pytest.param(4, "7 more min measured on both sides", id="while the watch goes on"),
        pytest.param(20, "Start a new canary with a latency in every minute.", id="after it"),
    ],
)
def test_a_rise_of_latency_needs_eleven_minutes(count, says):
    idle = minutes(count, lambda number: {} if number < 4 else {"requests": 0, "latency_ms": None})
    found = check(CheckName.LATENCY_RISE, replace(lasting(count), canary=canary(minutes=idle)))
    assert (found.code, found.n, found.would_change) == (Code.UNDECIDED, 4, says)
