"""The verdict: the worst check decides, and it says what would change it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core.canary.judge import CHECKS, judge
from app.core.canary.limits import TRIGGERS, CheckName, Limits, Statistics
from app.core.canary.samples import BaselineKind, Readings, Scores
from app.core.canary.verdict import MEANING, Code, Decision, Result, decide
from tests.core.canary.builders import (
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

UNKNOWN, GOOD, BAD = Result.INCONCLUSIVE, Result.PASS, Result.FAIL


def judged(seen, limits=None):
    return judge(seen, limits or Limits(), seen.observed_at)


def counting(n: int, k: int, field: str = "errors", count: int = 30):
    """Return a canary with n requests in equal minutes, and k bad ones in the first."""
    share, rest = divmod(n, count)
    own = minutes(
        count,
        lambda number: {
            "requests": share + (rest if number == 0 else 0),
            field: k if number == 0 else 0,
        },
    )
    return replace(lasting(count), canary=canary(minutes=own))


def test_a_healthy_canary_goes_after_exactly_half_an_hour():
    verdict = judged(samples())
    assert (verdict.decision, verdict.code) == (Decision.GO, Code.WITHIN)
    assert verdict.title == "All 15 checks pass"
    assert {each.result for each in verdict.checks} == {GOOD}
    assert {(each.source, each.age_seconds) for each in verdict.checks} == {("prometheus", 0)}


@pytest.mark.parametrize(
    ("results", "decision"),
    [
        pytest.param((), Decision.SHADOW_ONLY, id="nothing is no reason to go"),
        pytest.param((GOOD, GOOD), Decision.GO, id="all pass"),
        pytest.param((GOOD, UNKNOWN), Decision.SHADOW_ONLY, id="one cannot tell"),
        pytest.param((UNKNOWN, BAD, GOOD), Decision.PAUSE_AND_FIX, id="one fails"),
        pytest.param((GOOD,) * 99 + (BAD,), Decision.PAUSE_AND_FIX, id="nothing buys a failure"),
    ],
)
def test_the_worst_decides(results, decision):
    assert decide(results) is decision


def test_every_check_is_judged_in_the_order_of_its_name():
    assert list(CHECKS) == list(CheckName)
    assert set(CheckName) > TRIGGERS
    assert set(MEANING) == set(Code)


def test_compliance_is_named_before_latency_and_latency_before_throughput():
    slow = samples(canary=canary(minutes=minutes(latency_ms=Decimal(600), requests=100)))
    assert judged(slow).title.startswith("latency_rise: ")
    both = replace(slow, compliance=Scores(Decimal(90), Decimal(91)))
    assert judged(both).title.startswith("compliance: 90 points, 91 at the deployment")
    few = samples(canary=canary(minutes=minutes(requests=100)))
    assert judged(few).title.startswith("throughput_slo: ")


def test_only_expected_checks_are_judged():
    limits = Limits(expected=(CheckName.DURATION, CheckName.COMPLIANCE))
    verdict = judged(samples(canary=canary(minutes=())), limits)
    assert [each.name for each in verdict.checks] == [CheckName.COMPLIANCE, CheckName.DURATION]
    assert verdict.decision is Decision.GO


@pytest.mark.parametrize(
    ("n", "k", "expected"),
    [
        pytest.param(3_699, 0, (UNKNOWN, Code.UNDECIDED), id="before the first look"),
        pytest.param(3_700, 0, (GOOD, Code.WITHIN), id="the first look forgives nothing"),
        pytest.param(3_700, 1, (UNKNOWN, Code.UNDECIDED), id="one error needs the second look"),
        pytest.param(7_400, 1, (GOOD, Code.WITHIN), id="the second look forgives one"),
        pytest.param(7_400, 2, (UNKNOWN, Code.UNDECIDED), id="and not two"),
        pytest.param(10_000, 10, (UNKNOWN, Code.UNDECIDED), id="exactly at the limit"),
        pytest.param(10_000, 15, (UNKNOWN, Code.UNDECIDED), id="above it by chance, perhaps"),
        pytest.param(10_000, 17, (BAD, Code.EXCEEDED), id="above it beyond doubt"),
    ],
)
def test_the_error_rate_is_decided_by_exact_bounds(n, k, expected):
    assert ending(CheckName.ERROR_RATE, counting(n, k)) == expected


@pytest.mark.parametrize(
    ("n", "k", "expected"),
    [(370, 0, GOOD), (369, 0, UNKNOWN), (740, 1, GOOD), (740, 2, UNKNOWN), (1000, 30, BAD)],
)
def test_p99_is_a_share_of_slow_requests(n, k, expected):
    assert ending(CheckName.P99, counting(n, k, "slow"))[0] is expected


def test_a_check_shows_what_it_rests_on():
    found = check(CheckName.ERROR_RATE, counting(10_000, 2))
    assert (found.n, found.value, found.limit, found.unit) == (10_000, 0.0002, "< 0.1%", "ratio")
    assert found.ci95 == pytest.approx((3.5537e-05, 6.29406e-04), rel=1e-3)
    assert found.says == "2 of 10,000 requests, at most 0.063% (95%)"


@pytest.mark.parametrize(
    ("n", "k", "result"),
    [
        pytest.param(100, 1, UNKNOWN, id="one of a hundred is chance"),
        pytest.param(100, 2, BAD, id="two are evidence of more than 20"),
        pytest.param(300, 2, UNKNOWN, id="two of three hundred are not"),
    ],
)
def test_before_the_first_look_only_evidence_fails(n, k, result):
    assert ending(CheckName.ERROR_RATE, counting(n, k, count=4))[0] is result


def test_before_half_an_hour_many_requests_do_not_pass():
    found = check(CheckName.ERROR_RATE, lasting(29))
    assert (found.result, found.would_change) == (UNKNOWN, "1 more min")


@pytest.mark.parametrize(
    ("n", "k", "says"),
    [
        pytest.param(
            1_952,
            0,
            "1,748 more requests, about 27 min at current traffic, with at most 0 bad in all",
            id="no errors yet",
        ),
        pytest.param(
            3_700,
            2,
            "11,100 more requests, about 91 min at current traffic, with at most 5 bad in all",
            id="two errors need the third look",
        ),
        pytest.param(
            60,
            0,
            "3,640 more requests, about 1,820 min at current traffic,"
            " which is beyond the longest time, with at most 0 bad in all",
            id="too little traffic for a day",
        ),
    ],
)
def test_what_would_change_an_open_error_rate(n, k, says):
    assert check(CheckName.ERROR_RATE, counting(n, k)).would_change == says


def test_looks_are_planned_and_not_taken_every_minute():
    """One error of 6,700 would pass a first look; but the first look was spent at 3,700."""
    spent = counting(3_700, 1).canary.minutes
    more = replace(spent[-1], at=after(minutes=30), requests=3_000, errors=0)
    seen = replace(lasting(31), canary=canary(minutes=(*spent, more)))
    assert ending(CheckName.ERROR_RATE, seen)[0] is UNKNOWN
    assert ending(CheckName.ERROR_RATE, counting(6_700, 1))[0] is GOOD


def test_no_look_is_taken_a_minute_early():
    """After 29 minutes it would have been passed; the error came in the thirtieth."""
    own = minutes(change=lambda number: {"requests": 170, "errors": int(number == 29)})
    assert ending(CheckName.ERROR_RATE, samples(canary=canary(minutes=own)))[0] is UNKNOWN


def test_a_look_that_was_passed_does_not_hide_later_errors():
    found = {}
    for errors in (30, 38, 60):
        own = minutes(60, lambda number, each=errors: {"errors": each if number > 50 else 0})
        seen = replace(lasting(60), canary=canary(minutes=own))
        found[errors] = ending(CheckName.ERROR_RATE, seen)[0]
    assert found == {30: GOOD, 38: UNKNOWN, 60: BAD}


@pytest.mark.parametrize(
    ("statistics", "reading", "expected"),
    [
        pytest.param(Statistics.WHEN_AVAILABLE, "0", (GOOD, Code.WITHIN), id="may pass"),
        pytest.param(Statistics.REQUIRED, "0", (UNKNOWN, Code.NO_COUNTS), id="may not pass"),
        pytest.param(Statistics.REQUIRED, "0.5", (BAD, Code.EXCEEDED), id="may still fail"),
    ],
)
def test_a_number_without_counts(statistics, reading, expected):
    seen = scalar(error_rate=ratio(reading))
    limits = Limits(statistics=statistics)
    assert ending(CheckName.ERROR_RATE, seen, limits) == expected
    assert check(CheckName.ERROR_RATE, seen, limits).n is None


def test_all_single_numbers_together_may_go():
    seen = scalar(
        error_rate=ratio("0.0005"),
        p95_ms=Decimal(210),
        p99_ms=Decimal(420),
        requests_per_second=Decimal(190),
    )
    assert judged(seen).decision is Decision.GO
    assert judged(seen, Limits(statistics=Statistics.REQUIRED)).decision is Decision.SHADOW_ONLY


def test_a_single_latency_cannot_show_two_minutes_in_a_row():
    seen = scalar(p95_ms=Decimal(300))
    inside = replace(seen, observed_at=after(minutes=10))
    assert ending(CheckName.LATENCY_RISE, inside) == (UNKNOWN, Code.UNDECIDED)


def test_throughput_is_compared_for_one_instance():
    base = baseline(instances=4, minutes=minutes(requests=24_000))
    assert ending(CheckName.THROUGHPUT, samples(baseline=base))[0] is GOOD
    readings = Readings(requests_per_second=Decimal(400))
    alone = scalar(requests_per_second=Decimal(100))
    base = baseline(instances=4, minutes=(), readings=readings)
    assert ending(CheckName.THROUGHPUT, replace(alone, baseline=base))[0] is GOOD


def test_a_noisy_latency_says_how_much_longer():
    noisy = minutes(change=lambda number: {"latency_ms": Decimal(160 + 110 * (number % 2))})
    found = check(CheckName.LATENCY, samples(canary=canary(minutes=noisy)))
    assert (found.result, found.n) == (UNKNOWN, 30)
    assert found.would_change.startswith("about ")


def test_fewer_than_30_pairs_do_not_decide():
    seen = lasting(29)
    found = check(CheckName.LATENCY, seen)
    assert (found.result, found.would_change) == (UNKNOWN, "1 more min measured on both sides")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"kind": BaselineKind.PRODUCTION}, id="long-running production"),
        pytest.param({"instances": 3}, id="another size"),
    ],
)
def test_an_unlike_baseline_widens_the_interval_and_is_flagged(change):
    own = minutes(change=lambda number: {"latency_ms": Decimal(190 + number)})
    like = samples(canary=canary(minutes=own))
    unlike = replace(like, baseline=baseline(**change))
    narrow, wide = check(CheckName.LATENCY, like), check(CheckName.LATENCY, unlike)
    assert narrow.ci95[0] > wide.ci95[0]
    assert narrow.ci95[1] < wide.ci95[1]
    assert narrow.notes == ()
    assert wide.notes[0].endswith("the interval is widened to 99%")


def test_a_day_without_a_decision_is_shadow_only():
    seen = replace(lasting(30), observed_at=after(hours=24, seconds=1))
    found = [each for each in judged(seen).checks if each.name is CheckName.DURATION]
    assert [each.code for each in found] == [Code.TOO_LONG]
    assert judged(seen).decision is Decision.SHADOW_ONLY


def test_an_observation_of_five_minutes_ago_counts_and_one_older_does_not():
    seen = samples()
    for span, decision in ((300, Decision.GO), (301, Decision.SHADOW_ONLY)):
        verdict = judge(seen, Limits(), seen.observed_at + timedelta(seconds=span))
        assert verdict.decision is decision
        assert {each.age_seconds for each in verdict.checks} == {span}
