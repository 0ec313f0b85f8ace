"""Exact quantiles and rates, and how far a small number can be trusted."""

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

_Z = 1.959963984540054  # the standard normal distribution's 97.5 %
_TAIL = 0.025
_HALVINGS = 60
_REACH = 6
_NOTHING = 1e-17


def quantile(values: Iterable[int], share: Fraction) -> Fraction | None:
    """Return a quantile by linear interpolation at the rank `share * (n - 1)`; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    rank = share * (len(ordered) - 1)
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])


def median(values: Iterable[int]) -> int | None:
    """Return the median, rounded half up to a whole."""
    return _whole(quantile(values, Fraction(1, 2)))


def p90(values: Iterable[int]) -> int | None:
    """Return the 90th percentile, rounded half up to a whole."""
    return _whole(quantile(values, Fraction(9, 10)))


def rounded(value: Fraction, digits: int) -> float:
    """Return a number with so many decimals, half up."""
    scale: int = 10**digits
    return math.floor(value * scale + Fraction(1, 2)) / scale


def rate(part: int, whole: int) -> float | None:
    """Return a share with six decimals; of nothing there is none."""
    return rounded(Fraction(part, whole), 6) if whole else None


def wilson95(part: int, whole: int) -> tuple[float, float] | None:
    """Return Wilson's interval (1927) of a share; of nothing there is none."""
    if whole == 0:
        return None
    share, spread = part / whole, _Z * _Z / whole
    middle = share + spread / 2
    half = math.sqrt(spread * (share * (1 - share) + spread / 4))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return (0.0 if part == 0 else round(low, 6), 1.0 if part == whole else round(high, 6))


def median_ranks95(n: int) -> tuple[int, int] | None:
    """Return between which two of n sorted values the median lies, 1 the first; None below six."""
    # What is further than twelve deviations away weighs less than the last digit.
    rank = max(0, n // 2 - math.isqrt(n) * _REACH)
    weight = 0.5**n if rank == 0 else _binomial(n, rank)
    below = weight
    while below <= _TAIL:
        weight *= (n - rank) / (rank + 1)
        rank += 1
        below += weight
    return (rank, n + 1 - rank) if rank else None


def median_interval95(values: Sequence[int]) -> tuple[int, int] | None:
    """Return the values between which the median lies; None if there are fewer than six."""
    ranks = median_ranks95(len(values))
    ordered = sorted(values)
    return ranks and (ordered[ranks[0] - 1], ordered[ranks[1] - 1])


def poisson95(count: int) -> tuple[float, float]:
    """Return Garwood's exact interval (1936) of a count."""
    low = 0.0
    if count:
        low = _solved(lambda mean: _at_most(count - 1, mean) > 1 - _TAIL, count)
    return round(low, 4), round(_solved(lambda mean: _at_most(count, mean) > _TAIL, count), 4)


def _whole(value: Fraction | None) -> int | None:
    return None if value is None else math.floor(value + Fraction(1, 2))


def _binomial(n: int, rank: int) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(rank + 1) - math.lgamma(n - rank + 1)
    return math.exp(ways - n * math.log(2))


def _at_most(count: int, mean: float) -> float:
    """Return P(X <= count) of a Poisson variable, from its largest term to both sides."""
    top = min(count, int(mean))
    largest = math.exp(top * math.log(mean) - mean - math.lgamma(top + 1))
    down = _sum_of_terms(largest, (each / mean for each in range(top, 0, -1)))
    up = _sum_of_terms(largest, (mean / each for each in range(top + 1, count + 1)))
    return min(1.0, down + up - largest)


def _sum_of_terms(first: float, ratios: Iterable[float]) -> float:
    """Add terms, each the one before times a ratio, until they no longer matter."""
    total = term = first
    for ratio in ratios:
        term *= ratio
        total += term
        if term < total * _NOTHING:
            break
    return total


def _solved(is_below: Callable[[float], bool], count: int) -> float:
    """Halve the means between none and far too many until they are one number."""
    low, high = 0.0, count + 10 * math.sqrt(count + 1) + 10
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return low
