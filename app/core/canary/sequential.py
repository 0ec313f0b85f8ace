"""Looking more than once: errors allowed at planned looks, and evidence that may be watched."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache
from math import exp, log, log1p

from app.core.canary.bounds import at_most

ALPHA = 0.05
_FIRST = Decimal("3.7")
_LEVELS = 24
_MULTIPLES = (1.5, 2, 3, 5, 10, 20, 40)
_CEILING = 0.95


@dataclass(frozen=True, slots=True)
class Look:
    """One planned look: from how many requests on, and how much of the error budget it spends."""

    n: int
    alpha: float


@cache
def looks(limit: Decimal) -> tuple[Look, ...]:
    """Return the looks at a limit: sizes double, and the risk spent on each is halved.

    The first lies at 3.7 / limit, where no error at all is just good enough. All looks together
    let a share at the limit pass in at most 5% of cases (Bonferroni).
    """
    first = int((_FIRST / limit).to_integral_value(ROUND_CEILING))
    return tuple(Look(first << level, ALPHA / 2 ** (level + 1)) for level in range(_LEVELS))


def is_below(count: int, trials: int, limit: Decimal) -> bool:
    """Tell whether a look at this size refutes that the share is at the limit or above it."""
    reached = [look for look in looks(limit) if look.n <= trials]
    return bool(reached) and at_most(count, trials, float(limit)) <= reached[-1].alpha


def next_look(count: int, trials: int, limit: Decimal) -> Look | None:
    """Return the first look after this size that would be passed without another bad request."""
    for look in looks(limit):
        if look.n > trials and at_most(count, look.n, float(limit)) <= look.alpha:
            return look
    return None


def most_allowed(look: Look, limit: Decimal) -> int:
    """Return how many bad requests a look forgives."""
    low, high = 0, int(look.n * limit) + 1
    while low < high:
        middle = (low + high) // 2
        if at_most(middle, look.n, float(limit)) <= look.alpha:
            low = middle + 1
        else:
            high = middle
    return low - 1


def log_evidence(count: int, trials: int, limit: float) -> float:
    """Return the logarithm of the e-value against "the share is at most the limit".

    The mean of likelihood ratios over a grid of worse shares. It exceeds 20 at any time in at
    most 5% of healthy services, however often it is looked at (Ville 1939).
    """
    good = trials - count
    ratios = [count * bad + good * fine for bad, fine in _grid(limit)]
    top = max(ratios)
    return top + log(sum(exp(each - top) for each in ratios) / len(ratios))


@cache
def _grid(limit: float) -> tuple[tuple[float, float], ...]:
    shares = sorted({min(limit * each, _CEILING) for each in _MULTIPLES})
    worse = [share for share in shares if share > limit]
    return tuple((log(share / limit), log1p(-share) - log1p(-limit)) for share in worse)
