"""The interval of a ratio: t quantiles, coverage with and without autocorrelation."""

from math import log
from random import Random
from statistics import median

import pytest

from app.core.canary.paired import ratio_interval, student_t


@pytest.mark.parametrize(
    ("freedom", "quantile", "error"),
    [(3, 3.18245, 0.005), (5, 2.57058, 4e-4), (10, 2.22814, 2e-5), (29, 2.04523, 1e-5)],
)
def test_the_series_is_near_the_tables_of_t(freedom, quantile, error):
    assert student_t(freedom) == pytest.approx(quantile, abs=error)


def noise(random: Random, correlation: float, pairs: int = 30) -> list[float]:
    """Return log-ratios around 0 with a deviation of 8%, each a bit like the one before."""
    fresh = (1 - correlation**2) ** 0.5
    values = [random.gauss(0, 0.08)]
    while len(values) < pairs:
        values.append(correlation * values[-1] + fresh * random.gauss(0, 0.08))
    return values


@pytest.mark.parametrize(("correlation", "coverage"), [(0.0, 97), (0.3, 94), (0.6, 93), (0.8, 91)])
def test_the_interval_holds_the_truth_as_often_as_written(correlation, coverage):
    random, runs = Random(7), 1_500
    held = 0
    for _ in range(runs):
        low, high = ratio_interval(noise(random, correlation)).ends
        held += low <= 1 <= high
    assert 100 * held / runs == pytest.approx(coverage, abs=2.5)


@pytest.mark.parametrize(("correlation", "half"), [(0.0, 0.03), (0.6, 0.065)])
def test_the_half_width_is_the_written_one(correlation, half):
    random = Random(8)
    widths = [ratio_interval(noise(random, correlation)).half_width for _ in range(400)]
    assert median(widths) == pytest.approx(half, rel=0.1)


def test_equal_ratios_have_no_width_at_all():
    interval = ratio_interval([log(1.1)] * 30)
    assert (interval.mean, interval.half_width, interval.pairs) == (log(1.1), 0, 30)


def test_independent_minutes_give_the_interval_of_the_textbook():
    """Mean 0, deviation of the sample 0.1 * sqrt(30 / 29), t of 29 degrees of freedom."""
    interval = ratio_interval([0.1, -0.1] * 15)
    assert interval.half_width == pytest.approx(
        2.04523 * 0.1 * (30 / 29) ** 0.5 / 30**0.5, rel=1e-5
    )


def test_more_confidence_is_a_wider_interval():
    values = noise(Random(9), 0.0)
    assert ratio_interval(values, 0.99).half_width > ratio_interval(values).half_width


def test_a_trend_counts_as_few_minutes():
    """A drift is one story told thirty times, not thirty measurements."""
    drift = [number / 300 for number in range(30)]
    shuffled = Random(10).sample(drift, 30)
    assert ratio_interval(drift).half_width > 3 * ratio_interval(shuffled).half_width
