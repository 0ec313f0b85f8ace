"""The interval of a ratio measured minute by minute, honest about minutes that resemble theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import exp, sqrt
from statistics import NormalDist

_FEWEST = 3
_STRONGEST = 0.95


@dataclass(frozen=True, slots=True)
class RatioInterval:
    """A mean log-ratio and its interval; the properties are ratios again."""

    mean: float
    half_width: float
    pairs: int

    @property
    def ratio(self) -> float:
        """The geometric mean of the minutes' ratios."""
        return exp(self.mean)

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends as ratios."""
        return exp(self.mean - self.half_width), exp(self.mean + self.half_width)


def ratio_interval(logs: Sequence[float], confidence: float = 0.95) -> RatioInterval:
    """Return the t interval of log-ratios with the number of pairs cut for autocorrelation.

    Effective size n(1-r)/(1+r) of a first-order autoregression (Bayley & Hammersley 1946), its
    estimate of r freed from bias by (1+4r)/n (Kendall 1954).
    """
    mean, squares = _moments(logs)
    if not squares:
        return RatioInterval(mean, 0.0, len(logs))
    shifts = [each - mean for each in logs]
    lagged = sum(one * other for one, other in pairwise(shifts))
    size = _effective(len(logs), lagged / squares)
    spread = sqrt(squares / (len(logs) - 1))
    return RatioInterval(mean, student_t(size - 1, confidence) * spread / sqrt(size), len(logs))


def _moments(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and sum of squared shifts by Welford's method; equal values give exactly 0."""
    mean = squares = 0.0
    for count, value in enumerate(values, 1):
        shift = value - mean
        mean += shift / count
        squares += shift * (value - mean)
    return mean, squares


def _effective(pairs: int, correlation: float) -> float:
    unbiased = correlation + (1 + 4 * correlation) / pairs
    r = min(max(unbiased, 0.0), _STRONGEST)
    return max(_FEWEST, pairs * (1 - r) / (1 + r))


def student_t(freedom: float, confidence: float = 0.95) -> float:
    """Return the two-sided t quantile from the normal one (Abramowitz & Stegun 26.7.5)."""
    quantile = 0.0
    for power, coefficient in enumerate(_series(confidence)):
        quantile += coefficient / freedom**power
    return quantile


@cache
def _series(confidence: float) -> tuple[float, ...]:
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
