"""Exact tails of the binomial distribution and the Clopper-Pearson bounds made from them.

Both tails are regularised incomplete beta functions (Abramowitz & Stegun 26.5.24), which a
continued fraction gives in about as many steps for a million requests as for a thousand. So
there is no sum over counts, and no size above which an approximation would have to take over.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import exp, expm1, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist

_TINY = 1e-300
_KEPT = 64
_PRECISION = 1e-15
_MOST_TERMS = 100_000
_MOST_STEPS = 200
# Newton's next step would be of the order of this one's square.
_NEAR = 1e-8


def at_most(count: int, trials: int, share: float) -> float:
    """Return P(X <= count) for X ~ Binomial(trials, share)."""
    if count < 0:
        return 0.0
    if count >= trials:
        return 1.0
    return _Beta.of(count + 1, trials - count).tails(share)[1]


def at_least(count: int, trials: int, share: float) -> float:
    """Return P(X >= count) for X ~ Binomial(trials, share)."""
    if count <= 0:
        return 1.0
    if count > trials:
        return 0.0
    return _Beta.of(count, trials - count + 1).tails(share)[0]


@lru_cache(_KEPT)
def upper_bound(count: int, trials: int, alpha: float = 0.05) -> float:
    """Return the largest share that `count` of `trials` does not refute (Clopper-Pearson 1934).

    One-sided; without trials nothing is refuted.
    """
    if count >= trials:
        return 1.0
    if count == 0:
        return -expm1(log(alpha) / trials)
    start = _wilson(count, trials, alpha, 1)
    return _Beta.of(count + 1, trials - count).edge(alpha, 1, start)


@lru_cache(_KEPT)
def lower_bound(count: int, trials: int, alpha: float = 0.05) -> float:
    """Return the smallest share that `count` of `trials` does not refute (Clopper-Pearson 1934)."""
    if count <= 0:
        return 0.0
    if count >= trials:
        return exp(log(alpha) / trials)
    start = _wilson(count, trials, alpha, -1)
    return _Beta.of(count, trials - count + 1).edge(alpha, -1, start)


def _wilson(count: int, trials: int, alpha: float, side: int) -> float:
    """Return Wilson's bound (1927), near enough to begin a search with."""
    z = NormalDist().inv_cdf(1 - alpha)
    share = count / trials
    spread = z * sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    middle = share + z * z / (2 * trials)
    return (middle + side * spread) / (1 + z * z / trials)


@dataclass(frozen=True, slots=True)
class _Beta:
    """The beta distribution with two whole parameters."""

    a: int
    b: int
    log_scale: float

    @classmethod
    def of(cls, a: int, b: int) -> "_Beta":
        return cls(a, b, lgamma(a + b) - lgamma(a) - lgamma(b))

    def tails(self, x: float) -> tuple[float, float]:
        """Return the probabilities below and above x, each exact where it is small."""
        if x <= 0:
            return 0.0, 1.0
        if x >= 1:
            return 1.0, 0.0
        front = exp(self.log_scale + self.a * log(x) + self.b * log1p(-x))
        if x < (self.a + 1) / (self.a + self.b + 2):
            below = front * _fraction(x, self.a, self.b) / self.a
            return below, 1 - below
        above = front * _fraction(1 - x, self.b, self.a) / self.b
        return 1 - above, above

    def edge(self, alpha: float, side: int, start: float) -> float:
        """Return where alpha is left above (side 1) or below (side -1).

        Newton's steps on the logarithm of that tail, halving the bracket where one leaves it.
        """
        low, high, x = 0.0, 1.0, start
        for _ in range(_MOST_STEPS):
            below, above = self.tails(x)
            tail = above if side > 0 else below
            low, high = (x, high) if (tail > alpha) == (side > 0) else (low, x)
            step = self._step(x, tail, alpha)
            if abs(step) <= _NEAR * min(x, 1 - x):
                return x + side * step
            x += side * step
            if not low < x < high:
                x = (low + high) / 2
        return x

    def _step(self, x: float, tail: float, alpha: float) -> float:
        density = exp(self.log_scale + (self.a - 1) * log(x) + (self.b - 1) * log1p(-x))
        return tail / density * log(tail / alpha) if tail and density else inf


def _fraction(x: float, a: int, b: int) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's method.

    Press et al., Numerical Recipes, 3rd edition, section 6.4.
    """
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or _TINY)
    result = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / ((1 + even * d) or _TINY)
        c = (1 + even / c) or _TINY
        result *= c * d
        d = 1 / ((1 + odd * d) or _TINY)
        c = (1 + odd / c) or _TINY
        result *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return result
