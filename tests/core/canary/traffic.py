"""Watches of made-up traffic: so many requests a minute, of which a share is bad."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import exp
from random import Random

from app.core.canary.case import Case
from app.core.canary.judge import CHECKS
from app.core.canary.limits import CheckName, Limits
from app.core.canary.samples import Samples
from app.core.canary.verdict import Result
from tests.core.canary.builders import canary, lasting, minutes

Watch = Sequence[tuple[int, int]]


def watch(random: Random, per_minute: int, share: float, count: int = 15) -> Watch:
    """Return requests and bad ones of each minute; requests arrive when they like."""
    sizes = [_arrivals(random, per_minute) for _ in range(count)]
    return [(size, sum(random.random() < share for _ in range(size))) for size in sizes]


def _arrivals(random: Random, mean: int) -> int:
    """Return a Poisson number (Knuth's product of uniform numbers)."""
    arrived, left, least = 0, random.random(), exp(-mean)
    while left > least:
        arrived += 1
        left *= random.random()
    return arrived


@cache
def _healthy(count: int) -> Samples:
    return lasting(count)


def observed(seen: Watch, field: str = "errors") -> Samples:
    """Return the samples of a canary after these minutes."""

    def change(number: int) -> dict:
        requests, bad = seen[number]
        return {"requests": requests, field: bad}

    return replace(_healthy(len(seen)), canary=canary(minutes=minutes(len(seen), change)))


def fires(name: CheckName, samples: Samples) -> bool:
    """Tell whether a trigger fires."""
    return CHECKS[name](Case.of(samples, Limits(), samples.observed_at)).result is Result.FAIL
