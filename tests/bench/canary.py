"""The canary judge beside naive thresholds: wrong rollbacks, misses, wrong passes, and its time."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random

from app.core.canary.case import Case
from app.core.canary.judge import CHECKS, judge
from app.core.canary.limits import CheckName, Limits
from app.core.canary.samples import Samples
from app.core.canary.verdict import Result
from tests.core.canary.builders import canary, lasting, minutes, samples
from tests.core.canary.traffic import Watch, fires, observed, watch

_RUNS = 1_000
_LIMITS = Limits()


def rollbacks() -> None:
    """Print how often a watch of 15 minutes ends in a rollback, ours beside naive thresholds."""
    print("errors: fired in 15 min, in % of watches       any minute > 5%   and >= 20/min   ours")
    for per_minute, share in (
        (2, 0.001),
        (2, 0.2),
        (2, 1.0),
        (10, 0.001),
        (10, 0.005),
        (10, 0.08),
        (10, 1.0),
        (60, 0.005),
        (60, 0.055),
        (600, 0.055),
    ):
        should = "must" if share > 0.05 else "must not"
        watches = _watches(per_minute, share)
        row = (_percent(watches, _any_minute), _percent(watches, _any_busy_minute))
        ours = _percent(watches, lambda each: fires(CheckName.ERROR_BURST, observed(each)))
        what = f"{per_minute:>4}/min at {share:>6.1%}, {should} fire"
        print(f"{what:<44}{row[0]:>17.1f}%{row[1]:>15.1f}%{ours:>6.1f}%")
    print("p99: fired in 15 min, in % of watches          any minute's p99            ours")
    for per_minute, share in ((60, 0.001), (600, 0.01), (600, 0.02)):
        watches = _watches(per_minute, share, 200)
        naive = _percent(watches, _any_slow_minute)
        ours = _percent(watches, lambda each: fires(CheckName.P99_RISE, observed(each, "outliers")))
        what = f"{per_minute:>4}/min, {share:.1%} slow"
        print(f"{what:<44}{naive:>18.1f}%{ours:>15.1f}%")


def passes() -> None:
    """Print how often a canary of 30 minutes passes the error rate, ours beside the bare rate."""
    print("error rate < 0.1%: passed, in %             bare rate      ours")
    for requests, share in (
        (100, 0.005),
        (300, 0.005),
        (3_000, 0.002),
        (3_700, 0.001),
        (15_000, 0.001),
        (15_000, 0.0002),
        (30_000, 0.0003),
        (60_000, 0.0005),
    ):
        random, bare, ours = Random(11), 0, 0
        for _ in range(300):
            bad = sum(random.random() < share for _ in range(requests))
            bare += bad / requests < 0.001
            ours += _passes(requests, bad)
        what = f"{requests:>7,} requests at {share:.2%}"
        print(f"{what:<40}{bare / 3:>12.1f}%{ours / 3:>9.1f}%")


def decision() -> None:
    """Print the time of one decision on 30 minutes, and on a whole day."""
    for what, count, runs in (("30 minutes", 30, 300), ("24 hours", 1_440, 20)):
        seen = [_busy(seed, count) for seed in range(10)]
        times = []
        for number in range(runs):
            each = seen[number % len(seen)]
            start = time.perf_counter()
            judge(each, _LIMITS, each.observed_at)
            times.append(time.perf_counter() - start)
        times.sort()
        p50, p99 = statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000
        print(f"a decision on {what}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, 15 checks (n={runs})")


def _watches(per_minute: int, share: float, runs: int = 0) -> Sequence[Watch]:
    random = Random(12)
    enough = runs or (_RUNS if per_minute < 600 else _RUNS // 10)
    return [watch(random, per_minute, share) for _ in range(enough)]


def _percent(watches: Sequence[Watch], fired: Callable[[Watch], bool]) -> float:
    return 100 * sum(map(fired, watches)) / len(watches)


def _any_minute(seen: Watch) -> bool:
    return any(bad > 0.05 * requests for requests, bad in seen)


def _any_busy_minute(seen: Watch) -> bool:
    return any(requests >= 20 and bad > 0.05 * requests for requests, bad in seen)


def _any_slow_minute(seen: Watch) -> bool:
    """Tell whether p99 of some minute is slow: more than 1% of its requests are."""
    return any(bad > 0.01 * requests for requests, bad in seen)


def _passes(requests: int, bad: int) -> bool:
    each, rest = divmod(requests, 30)

    def change(number: int) -> dict:
        # The bad ones come first: a minute of these has room for them, and one look is taken.
        return {
            "requests": each + rest if number == 0 else each,
            "errors": bad if number == 0 else 0,
        }

    seen = samples(canary=canary(minutes=minutes(30, change)))
    case = Case.of(seen, _LIMITS, seen.observed_at)
    return CHECKS[CheckName.ERROR_RATE](case).result is Result.PASS


def _busy(seed: int, count: int) -> Samples:
    random = Random(seed)

    def change(_: int) -> dict:
        return {
            "requests": random.randrange(5_000, 7_000),
            "errors": int(random.random() < 0.1),
            "slow": random.randrange(20),
            "latency_ms": Decimal(random.randrange(180, 221)),
        }

    return replace(lasting(count), canary=canary(minutes=minutes(count, change)))
