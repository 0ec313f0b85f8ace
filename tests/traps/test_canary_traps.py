"""Traps about judging a canary: ids T83 to T90."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.core.canary.judge import judge
from app.core.canary.limits import CheckName, Limits
from app.core.canary.reading import CanaryUnreadableError, limits_from_bytes, samples_from_bytes
from app.core.canary.samples import BaselineKind, Poll, Unit
from app.core.canary.verdict import Code, ComparedWith, Decision, Result
from tests.core.canary.builders import (
    LIVE,
    after,
    baseline,
    canary,
    check,
    ending,
    lasting,
    minutes,
    ratio,
    samples,
    scalar,
)
from tests.core.canary.files import text_of


def decision(seen, limits=None):
    return judge(seen, limits or Limits(), seen.observed_at).decision


def test_T83_nothing_of_nothing_is_no_success():
    verdict = judge(samples(), Limits(expected=()), samples().observed_at)
    assert (verdict.decision, verdict.code) == (Decision.SHADOW_ONLY, Code.NOTHING_EXPECTED)
    nobody = tuple(Poll(after(minutes=minute), 0, 0) for minute in (28, 29))
    assert ending(CheckName.HEALTH, samples(polls=nobody))[0] is Result.INCONCLUSIVE
    idle = samples(canary=canary(minutes=minutes(requests=0, latency_ms=None)))
    assert ending(CheckName.ERROR_RATE, idle) == (Result.INCONCLUSIVE, Code.NO_DATA)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_T84_a_number_that_is_none_satisfies_no_limit(number):
    value = Decimal(number)
    seen = scalar(error_rate=ratio(number), p95_ms=value, p99_ms=value, requests_per_second=value)
    for name in (
        CheckName.ERROR_RATE,
        CheckName.SLO_ERRORS,
        CheckName.P95,
        CheckName.P99,
        CheckName.LATENCY,
        CheckName.THROUGHPUT,
        CheckName.THROUGHPUT_SLO,
        CheckName.ERROR_BURST,
        CheckName.P99_RISE,
        CheckName.LATENCY_RISE,
    ):
        assert ending(name, seen) == (Result.INCONCLUSIVE, Code.NOT_FINITE)


def test_T85_a_configuration_without_a_condition_is_refused():
    with pytest.raises(CanaryUnreadableError, match="name at least one check"):
        limits_from_bytes(b'{"schema": "gatewright/canary-limits/1", "expected": []}')
    for condition in (b'"error_rate": null', b'"tolerance": 0', b'"pairs": 0'):
        with pytest.raises(CanaryUnreadableError):
            limits_from_bytes(b'{"schema": "gatewright/canary-limits/1", ' + condition + b"}")
    no_sla = samples(sla_p99_ms=None)
    assert ending(CheckName.P99, no_sla) == (Result.INCONCLUSIVE, Code.NO_CONDITION)


def test_T85_a_run_that_ended_before_anything_was_measured_does_not_go():
    ended = samples(canary=canary(minutes=()), observed_at=after(seconds=1))
    assert decision(ended) is Decision.SHADOW_ONLY


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param({"canary": canary(minutes=())}, id="the canary's minutes"),
        pytest.param({"baseline": None}, id="the baseline"),
        pytest.param({"compliance": None}, id="the compliance score"),
        pytest.param({"alerts": None}, id="the security alerts"),
        pytest.param({"polls": ()}, id="the health polls"),
        pytest.param({"sla_p99_ms": None}, id="the SLA"),
    ],
)
def test_T86_what_has_no_data_is_not_replaced_by_a_pass(missing):
    assert decision(samples(**missing)) is Decision.SHADOW_ONLY


@pytest.mark.parametrize("field", ["errors", "slow", "outliers", "latency_ms"])
def test_T86_less_than_half_missing_is_missing_too(field):
    own = minutes(change=lambda number: {field: None} if number == 3 else {})
    assert decision(samples(canary=canary(minutes=own))) is Decision.SHADOW_ONLY


def test_T87_a_share_says_its_unit_and_is_never_guessed():
    small = ratio("0.1", Unit.PERCENT)
    assert ending(CheckName.SLO_ERRORS, scalar(error_rate=small))[0] is Result.PASS
    large = ratio("0.1", Unit.RATIO)
    assert ending(CheckName.SLO_ERRORS, scalar(error_rate=large))[0] is Result.FAIL
    for value, unit in (("1.01", Unit.RATIO), ("100.1", Unit.PERCENT)):
        seen = scalar(error_rate=ratio(value, unit))
        with pytest.raises(CanaryUnreadableError, match=r"is (ratio|percent) its unit"):
            samples_from_bytes(text_of(seen).encode())
        assert ending(CheckName.ERROR_RATE, seen) == (Result.INCONCLUSIVE, Code.IMPOSSIBLE)


def test_T88_edges_are_decimal():
    assert 0.1 + 0.2 != 0.3
    seen = samples(compliance=replace(samples().compliance, now=Decimal("0.1") + Decimal("0.2")))
    seen = replace(seen, compliance=replace(seen.compliance, at_deploy=Decimal("0.3")))
    assert ending(CheckName.COMPLIANCE, seen)[0] is Result.PASS
    below = replace(seen.compliance, now=Decimal("2.29999999999999999999"))
    below = replace(below, at_deploy=Decimal("4.3"))
    assert ending(CheckName.COMPLIANCE_DROP, replace(seen, compliance=below))[0] is Result.FAIL


def few(requests: int, errors: int, minute: int = 1):
    own = minutes(
        minute,
        lambda number: {
            "requests": requests if number == minute - 1 else 0,
            "errors": errors if number == minute - 1 else 0,
            "outliers": 0,
            "slow": 0,
        },
    )
    return replace(lasting(minute), canary=canary(minutes=own))


@pytest.mark.parametrize(
    ("requests", "errors", "rolls_back"),
    [
        pytest.param(1, 1, False, id="one of one proves nothing"),
        pytest.param(2, 1, False, id="half of two proves nothing"),
        pytest.param(2, 2, True, id="two of two are evidence"),
        pytest.param(10, 2, True, id="two of ten are evidence"),
        pytest.param(60, 4, True, id="four of sixty are evidence"),
    ],
)
def test_T89_a_little_traffic_is_neither_alarm_nor_blindness(requests, errors, rolls_back):
    found = check(CheckName.ERROR_BURST, few(requests, errors))
    assert (found.result is Result.FAIL) is rolls_back


def test_T89_one_error_in_few_requests_does_not_pause_either():
    assert ending(CheckName.ERROR_RATE, few(2, 1))[0] is Result.INCONCLUSIVE


def test_T90_a_long_running_baseline_is_marked_and_widens_the_interval():
    own = minutes(change=lambda number: {"latency_ms": Decimal(216 + 2 * (number % 3))})
    fresh = samples(canary=canary(minutes=own))
    old = replace(fresh, baseline=baseline(kind=BaselineKind.PRODUCTION))
    narrow, wide = check(CheckName.LATENCY, fresh), check(CheckName.LATENCY, old)
    assert wide.ci95[1] - wide.ci95[0] > narrow.ci95[1] - narrow.ci95[0]
    assert "long-running production" in wide.notes[0]
    compared = judge(old, Limits(), old.observed_at).baseline
    assert compared == ComparedWith(BaselineKind.PRODUCTION, LIVE, 0)
