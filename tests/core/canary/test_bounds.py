"""Exact bounds: equal to slow sums of fractions, and to the tables of the rule."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.canary.bounds import at_least, at_most, lower_bound, upper_bound

TRIALS = st.integers(1, 120)
ALPHAS = st.sampled_from([0.05, 0.025, 0.0125, 0.00078125])


def slowly(count: int, trials: int, share: float) -> Fraction:
    """Return P(X <= count) as a sum of fractions."""
    p = Fraction(share)
    terms = (comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(count + 1))
    return sum(terms, Fraction(0))


@given(st.data(), TRIALS, st.floats(0.0005, 0.9995))
@settings(max_examples=40, deadline=None)
def test_both_tails_equal_the_sum_of_fractions(data, trials, share):
    count = data.draw(st.integers(0, trials))
    below = float(slowly(count, trials, share))
    above = float(1 - slowly(count - 1, trials, share))
    assert at_most(count, trials, share) == pytest.approx(below, rel=1e-9, abs=1e-300)
    assert at_least(count, trials, share) == pytest.approx(above, rel=1e-9, abs=1e-300)


@given(st.data(), TRIALS, ALPHAS)
@settings(max_examples=40, deadline=None)
def test_a_bound_is_where_the_fractions_leave_alpha(data, trials, alpha):
    count = data.draw(st.integers(1, trials))
    if count < trials:
        upper = upper_bound(count, trials, alpha)
        assert float(slowly(count, trials, upper)) == pytest.approx(alpha, rel=1e-7)
    lower = lower_bound(count, trials, alpha)
    assert float(1 - slowly(count - 1, trials, lower)) == pytest.approx(alpha, rel=1e-7)


@pytest.mark.parametrize(
    ("count", "trials"),
    [
        pytest.param(6_000, 5_000_000, id="more than 5,000 errors"),
        pytest.param(5_001, 10_000_000, id="ten million requests"),
        pytest.param(900_000, 1_000_000, id="mostly errors"),
    ],
)
def test_large_counts_need_no_approximation(count, trials):
    upper, lower = upper_bound(count, trials), lower_bound(count, trials)
    assert lower < count / trials < upper
    assert at_most(count, trials, upper) == pytest.approx(0.05, rel=1e-7)
    assert at_least(count, trials, lower) == pytest.approx(0.05, rel=1e-7)


@pytest.mark.parametrize(
    ("count", "trials", "low", "high"),
    [
        pytest.param(0, 0, 0, 1, id="nothing was tried"),
        pytest.param(0, 1, 0, 0.95, id="one success"),
        pytest.param(1, 1, 0.05, 1, id="one failure"),
        pytest.param(1, 10, 0.005116197, 0.3941633, id="1 of 10"),
    ],
)
def test_bounds_of_small_counts(count, trials, low, high):
    assert lower_bound(count, trials) == pytest.approx(low, abs=1e-7)
    assert upper_bound(count, trials) == pytest.approx(high, abs=1e-6)


@pytest.mark.parametrize(
    ("count", "errors", "slow"),
    [
        (0, 2_995, 299),
        (1, 4_742, 473),
        (2, 6_294, 628),
        (3, 7_752, 773),
        (4, 9_151, 913),
        (5, 10_511, 1_049),
    ],
)
def test_the_fewest_requests_that_keep_a_limit(count, errors, slow):
    for trials, limit in ((errors, 0.001), (slow, 0.01)):
        assert upper_bound(count, trials) < limit <= upper_bound(count, trials - 1)


@given(st.data(), st.integers(2, 10**7))
@settings(max_examples=60, deadline=None)
def test_bounds_hold_the_share_and_move_with_it(data, trials):
    count = data.draw(st.integers(0, min(trials - 1, 3000)))
    lower, upper = lower_bound(count, trials), upper_bound(count, trials)
    assert 0 <= lower <= count / trials <= upper <= 1
    assert upper_bound(count + 1, trials) > upper
    assert lower_bound(count + 1, trials) > lower
    assert upper_bound(count, trials * 2) < upper


def test_tails_outside_of_the_counts():
    assert (at_most(-1, 5, 0.5), at_most(5, 5, 0.5)) == (0, 1)
    assert (at_least(0, 5, 0.5), at_least(6, 5, 0.5)) == (1, 0)
    assert (at_most(1, 5, 0.0), at_most(1, 5, 1.0)) == (1, 0)
