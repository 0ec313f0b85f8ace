"""Samples that cannot be trusted: a pass is taken away, a failure never."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core.canary.judge import judge
from app.core.canary.limits import CheckName, Limits
from app.core.canary.samples import Minute, Poll, Readings, Scores
from app.core.canary.verdict import Code, Decision, Result
from tests.core.canary.builders import (
    FOREIGN,
    after,
    baseline,
    canary,
    check,
    ending,
    minute,
    minutes,
    ratio,
    samples,
    scalar,
)

NAN, INFINITE = Decimal("NaN"), Decimal("Infinity")


def with_tenth(**changes):
    """Return a canary whose tenth minute is different."""
    own = minutes(change=lambda number: changes if number == 9 else {})
    return samples(canary=canary(minutes=own))


def with_minutes(own: tuple[Minute, ...]):
    return samples(canary=canary(minutes=own))


WHOLE = minutes()
OVERLAP = minute(3, at=after(minutes=3, seconds=30))


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        pytest.param(with_tenth(errors=NAN), Code.NOT_FINITE, id="NaN errors"),
        pytest.param(with_tenth(requests=INFINITE), Code.NOT_FINITE, id="infinite requests"),
        pytest.param(with_tenth(requests=-INFINITE), Code.NOT_FINITE, id="minus infinity"),
        pytest.param(with_tenth(errors=Decimal("1.5")), Code.IMPOSSIBLE, id="half an error"),
        pytest.param(with_tenth(errors=-1), Code.IMPOSSIBLE, id="negative errors"),
        pytest.param(with_tenth(requests=-5), Code.IMPOSSIBLE, id="negative requests"),
        pytest.param(with_tenth(errors=6001), Code.IMPOSSIBLE, id="more errors than requests"),
        pytest.param(with_tenth(requests=10**40), Code.IMPOSSIBLE, id="beyond any count"),
        pytest.param(with_tenth(errors=None), Code.NO_DATA, id="a minute was not counted"),
        pytest.param(with_minutes(WHOLE[:9] + WHOLE[10:]), Code.MINUTES_MISSING, id="a gap"),
        pytest.param(with_minutes(WHOLE[1:]), Code.MINUTES_MISSING, id="no first minute"),
        pytest.param(with_minutes(WHOLE[:-1]), Code.MINUTES_MISSING, id="no last minute"),
        pytest.param(with_minutes((*WHOLE, WHOLE[3])), Code.MINUTES_REPEATED, id="a minute twice"),
        pytest.param(
            with_minutes((*WHOLE, minute(3, errors=1))),
            Code.MINUTES_REPEATED,
            id="two versions of a minute",
        ),
        pytest.param(with_minutes((*WHOLE, OVERLAP)), Code.MINUTES_REPEATED, id="an overlap"),
        pytest.param(with_minutes(()), Code.NO_DATA, id="no minutes at all"),
        pytest.param(with_minutes(minutes(requests=0)), Code.NO_DATA, id="no requests at all"),
        pytest.param(samples(canary=canary(sha=FOREIGN)), Code.OTHER_SHA, id="another commit"),
        pytest.param(
            samples(traffic_start=after(hours=1)), Code.FUTURE, id="traffic has not started"
        ),
    ],
)
def test_an_error_rate_from_such_samples_does_not_pass(seen, code):
    assert ending(CheckName.ERROR_RATE, seen) == (Result.INCONCLUSIVE, code)
    assert judge(seen, Limits(), seen.observed_at).decision is not Decision.GO


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        pytest.param(with_tenth(latency_ms=NAN), Code.NOT_FINITE, id="NaN"),
        pytest.param(with_tenth(latency_ms=INFINITE), Code.NOT_FINITE, id="infinity"),
        pytest.param(with_tenth(latency_ms=Decimal("1e400")), Code.NOT_FINITE, id="no float"),
        pytest.param(with_tenth(latency_ms=Decimal(-1)), Code.IMPOSSIBLE, id="negative"),
        pytest.param(with_tenth(latency_ms=Decimal(0)), Code.NO_BASELINE, id="zero"),
        pytest.param(with_tenth(latency_ms=None), Code.NO_DATA, id="missing"),
        pytest.param(samples(baseline=None), Code.NO_BASELINE, id="no baseline"),
        pytest.param(
            samples(baseline=baseline(sha=FOREIGN)), Code.OTHER_SHA, id="not the live one"
        ),
        pytest.param(
            samples(baseline=baseline(minutes=minutes(latency_ms=Decimal(0)))),
            Code.NO_BASELINE,
            id="a baseline of zero",
        ),
        pytest.param(
            samples(baseline=baseline(minutes=WHOLE[:20])),
            Code.MINUTES_MISSING,
            id="a shorter baseline",
        ),
        pytest.param(samples(baseline=baseline(minutes=())), Code.NO_DATA, id="an empty baseline"),
        pytest.param(
            samples(baseline=baseline(observed_at=after(hours=2))), Code.FUTURE, id="from tomorrow"
        ),
    ],
)
def test_a_latency_from_such_samples_does_not_pass(seen, code):
    assert ending(CheckName.LATENCY, seen) == (Result.INCONCLUSIVE, code)


@pytest.mark.parametrize("name", [CheckName.LATENCY_RISE, CheckName.P99_RISE])
def test_nothing_is_rolled_back_for_a_baseline_that_does_not_count(name):
    own = minutes(latency_ms=Decimal(900), outliers=6000)
    for base in (None, baseline(sha=FOREIGN)):
        seen = samples(canary=canary(minutes=own), baseline=base)
        assert ending(name, seen)[0] is Result.INCONCLUSIVE


@pytest.mark.parametrize(
    ("name", "seen", "code"),
    [
        pytest.param(CheckName.COMPLIANCE, samples(compliance=None), Code.NO_DATA, id="no score"),
        pytest.param(
            CheckName.COMPLIANCE,
            samples(compliance=Scores(NAN, Decimal(90))),
            Code.NOT_FINITE,
            id="a score that is none",
        ),
        pytest.param(
            CheckName.COMPLIANCE_DROP,
            samples(compliance=Scores(Decimal(90), INFINITE)),
            Code.NOT_FINITE,
            id="an infinite stored score",
        ),
        pytest.param(
            CheckName.COMPLIANCE_DROP, samples(compliance=None), Code.NO_DATA, id="no drop known"
        ),
        pytest.param(
            CheckName.SECURITY_ALERT, samples(alerts=None), Code.NO_DATA, id="nobody asked"
        ),
        pytest.param(CheckName.HEALTH, samples(polls=()), Code.NO_DATA, id="no poll"),
        pytest.param(
            CheckName.HEALTH,
            samples(polls=(Poll(after(minutes=29), 0, 4),)),
            Code.NO_DATA,
            id="one poll",
        ),
        pytest.param(
            CheckName.HEALTH,
            samples(polls=(Poll(after(minutes=1), 0, 4), Poll(after(minutes=2), 0, 4))),
            Code.STALE,
            id="polls stopped",
        ),
        pytest.param(
            CheckName.HEALTH,
            samples(polls=(*samples().polls, Poll(after(minutes=29), 5, 4))),
            Code.IMPOSSIBLE,
            id="more unhealthy than there are",
        ),
        pytest.param(
            CheckName.HEALTH,
            samples(polls=(*samples().polls, Poll(after(minutes=29), NAN, 4))),
            Code.NOT_FINITE,
            id="a poll that is no number",
        ),
        pytest.param(CheckName.P99, samples(sla_p99_ms=None), Code.NO_CONDITION, id="no SLA"),
        pytest.param(CheckName.P99, scalar(p99_ms=NAN), Code.NOT_FINITE, id="p99 is NaN"),
        pytest.param(CheckName.P99, scalar(), Code.NO_DATA, id="no p99"),
        pytest.param(
            CheckName.P95, with_tenth(latency_ms=NAN), Code.NOT_FINITE, id="p95 of a minute is NaN"
        ),
        pytest.param(
            CheckName.P95, with_tenth(requests=NAN), Code.IMPOSSIBLE, id="p95 without requests"
        ),
        pytest.param(
            CheckName.P95, with_tenth(latency_ms=None), Code.NO_DATA, id="p95 of a minute missing"
        ),
        pytest.param(CheckName.P95, scalar(p95_ms=NAN), Code.NOT_FINITE, id="p95 is NaN"),
        pytest.param(CheckName.P95, scalar(), Code.NO_DATA, id="no p95"),
        pytest.param(
            CheckName.THROUGHPUT_SLO,
            scalar(requests_per_second=INFINITE),
            Code.NOT_FINITE,
            id="infinite throughput satisfies nothing",
        ),
        pytest.param(CheckName.THROUGHPUT_SLO, scalar(), Code.NO_DATA, id="no throughput"),
        pytest.param(
            CheckName.THROUGHPUT_SLO,
            with_minutes(minutes(requests=NAN)),
            Code.NOT_FINITE,
            id="throughput without counts",
        ),
        pytest.param(
            CheckName.THROUGHPUT_SLO,
            with_tenth(requests=-1),
            Code.IMPOSSIBLE,
            id="throughput with a negative minute",
        ),
        pytest.param(
            CheckName.THROUGHPUT,
            with_tenth(requests=0),
            Code.NO_BASELINE,
            id="throughput of an idle minute",
        ),
        pytest.param(
            CheckName.ERROR_RATE,
            scalar(error_rate=ratio("NaN")),
            Code.NOT_FINITE,
            id="the rate is NaN",
        ),
        pytest.param(
            CheckName.ERROR_RATE,
            scalar(error_rate=ratio("1.5")),
            Code.IMPOSSIBLE,
            id="the rate is above one",
        ),
        pytest.param(
            CheckName.ERROR_BURST,
            scalar(error_rate=ratio("-1")),
            Code.IMPOSSIBLE,
            id="the rate is negative",
        ),
        pytest.param(CheckName.ERROR_BURST, scalar(), Code.NO_DATA, id="no rate"),
        pytest.param(CheckName.P99_RISE, scalar(p99_ms=NAN), Code.NOT_FINITE, id="p99 rise of NaN"),
        pytest.param(
            CheckName.P99_RISE,
            replace(scalar(p99_ms=Decimal(1)), baseline=baseline(minutes=())),
            Code.NO_DATA,
            id="p99 rise over nothing",
        ),
        pytest.param(
            CheckName.LATENCY_RISE, scalar(p95_ms=NAN), Code.NOT_FINITE, id="latency rise of NaN"
        ),
        pytest.param(CheckName.ERROR_BURST, with_minutes(()), Code.NO_DATA, id="no burst known"),
    ],
)
def test_what_was_not_measured_does_not_pass(name, seen, code):
    assert ending(name, seen) == (Result.INCONCLUSIVE, code)


@pytest.mark.parametrize("name", [CheckName.LATENCY, CheckName.P99_RISE, CheckName.LATENCY_RISE])
def test_a_single_number_over_zero_is_not_divided(name):
    zero = Readings(p95_ms=Decimal(0), p99_ms=Decimal(0))
    seen = scalar(p95_ms=Decimal(1), p99_ms=Decimal(1))
    seen = replace(seen, baseline=baseline(minutes=(), readings=zero))
    assert ending(name, seen) == (Result.INCONCLUSIVE, Code.NO_BASELINE)


def test_slow_requests_counted_at_another_edge_do_not_pass():
    limits = Limits(sla_p99_ms=Decimal(500))
    expected = (Result.INCONCLUSIVE, Code.OTHER_SLA)
    slow = samples(canary=canary(minutes=minutes(slow=6000)))
    assert ending(CheckName.P99, slow, limits) == expected
    assert ending(CheckName.P99, samples(), limits) == expected
    assert ending(CheckName.P99, samples(sla_p99_ms=None), limits) == expected
    assert ending(CheckName.P99, samples(sla_p99_ms=Decimal("500.0")), limits)[0] is Result.PASS


def test_a_flaw_never_hides_a_failure():
    own = minutes(change=lambda number: {"errors": NAN if number == 9 else 400})
    seen = samples(canary=canary(minutes=own))
    for name in (CheckName.ERROR_RATE, CheckName.ERROR_BURST):
        found = check(name, seen)
        assert found.result is Result.FAIL
        assert found.notes == ("errors of a minute is not a finite number",)


def test_a_rate_of_another_commit_is_no_reason_to_roll_back():
    seen = samples(canary=canary(sha=FOREIGN, minutes=minutes(errors=6000)))
    assert ending(CheckName.ERROR_BURST, seen) == (Result.INCONCLUSIVE, Code.OTHER_SHA)


def test_a_number_of_another_commit_is_no_reason_either():
    seen = scalar(error_rate=ratio("0.9"))
    foreign = replace(seen, canary=replace(seen.canary, sha=FOREIGN))
    assert ending(CheckName.ERROR_RATE, foreign) == (Result.INCONCLUSIVE, Code.OTHER_SHA)


def test_a_clock_that_runs_behind_makes_the_observation_a_future_one():
    seen = samples()
    verdict = judge(seen, Limits(), seen.observed_at - timedelta(seconds=1))
    assert {each.code for each in verdict.checks} == {Code.FUTURE}


def test_minutes_before_traffic_and_unfinished_ones_do_not_count():
    early = minute(-1, errors=6000)
    unfinished = minute(0, at=after(minutes=29, seconds=30), errors=6000)
    late = minute(30, errors=6000)
    seen = with_minutes((early, *WHOLE, late))
    assert check(CheckName.ERROR_RATE, seen) == check(CheckName.ERROR_RATE, samples())
    cut = replace(samples(), observed_at=after(minutes=29, seconds=45))
    cut = replace(cut, canary=canary(minutes=(*WHOLE[:29], unfinished)))
    assert check(CheckName.ERROR_RATE, cut).n == 29 * 6000


@pytest.mark.parametrize(
    ("again", "n"),
    [
        pytest.param(WHOLE[3], 30 * 6000, id="the same twice counts once"),
        pytest.param(minute(3, errors=9), 29 * 6000, id="of two versions none counts"),
    ],
)
def test_a_repeated_minute_is_not_counted_twice(again, n):
    for own in ((*WHOLE, again), (again, *WHOLE)):
        assert check(CheckName.ERROR_RATE, with_minutes(own)).n == n


def test_minutes_need_not_lie_on_the_clock_of_the_start():
    own = tuple(replace(each, at=each.at + timedelta(seconds=20)) for each in WHOLE[:29])
    assert ending(CheckName.ERROR_RATE, with_minutes(own)) == (Result.PASS, Code.WITHIN)


@pytest.mark.parametrize("latency", [None, NAN, INFINITE])
def test_an_idle_minute_has_no_latency_and_is_no_gap(latency):
    seen = with_tenth(requests=0, latency_ms=latency)
    assert check(CheckName.P95, seen).result is Result.PASS
    found = check(CheckName.LATENCY, seen)
    assert (found.n, found.code) == (29, Code.UNDECIDED)
