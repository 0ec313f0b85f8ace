"""The canary beside its baseline, minute by minute; bare numbers where there are no minutes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from math import ceil, log

from app.core.canary.case import Case, nothing, point
from app.core.canary.flaws import Flaw, flaw_of_number, is_positive, weighed
from app.core.canary.limits import CheckName
from app.core.canary.paired import RatioInterval, ratio_interval
from app.core.canary.samples import BaselineKind, Minute, Readings
from app.core.canary.series import MINUTE, Series
from app.core.canary.verdict import Check, Code, Result

_LIKE, _UNLIKE = 0.95, 0.99


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity that both sides have a value of in each minute."""

    name: CheckName
    what: str
    of_minute: Callable[[Minute], Decimal | None]
    of_readings: Callable[[Readings], Decimal | None]
    less_is_good: bool
    scales: bool

    def limit(self, tolerance: Decimal) -> str:
        """Write the limit for people."""
        upper = f"<= {1 + tolerance} x baseline"
        return upper if self.less_is_good else f">= {1 - tolerance} and {upper}"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Log-ratios of the minutes that both sides have, and what was wrong with the others."""

    logs: tuple[float, ...]
    ends: tuple[timedelta, ...]
    flaws: tuple[Flaw, ...]


def _requests(minute: Minute) -> Decimal | None:
    return Decimal(minute.requests)


LATENCY = Measure(
    CheckName.LATENCY,
    "the latency",
    lambda minute: None if minute.requests == 0 else minute.latency_ms,
    lambda readings: readings.p95_ms,
    less_is_good=True,
    scales=False,
)
THROUGHPUT = Measure(
    CheckName.THROUGHPUT,
    "the throughput",
    _requests,
    lambda readings: readings.requests_per_second,
    less_is_good=False,
    scales=True,
)


def latency(case: Case) -> Check:
    """Judge that the canary is at most 10% slower than its baseline."""
    return _compared(case, LATENCY)


def throughput(case: Case) -> Check:
    """Judge that an instance of the canary serves within 10% of what one of the baseline does."""
    return _compared(case, THROUGHPUT)


def confidence(case: Case) -> float:
    """Return the confidence of an interval: wider where the baseline is not like the canary."""
    return _LIKE if case.is_like_for_like else _UNLIKE


def _compared(case: Case, measure: Measure) -> Check:
    limit = measure.limit(case.limits.tolerance)
    if case.comparison is None:
        return without_baseline(case, measure.name, limit)
    paired = pairs(case, measure)
    check = _by_interval(case, measure, paired) if paired.logs else _by_readings(case, measure)
    flagged = replace(check, notes=(*check.notes, *_notes(case)))
    return case.seen(weighed(flagged, paired.flaws))


def without_baseline(case: Case, name: CheckName, limit: str) -> Check:
    """Say that there is nothing to compare with: no baseline, a stale one, one of other code."""
    check = nothing(name, limit, "ratio", "a baseline of the live version")
    check = replace(check, code=Code.NO_BASELINE)
    return case.seen(weighed(check, case.baseline_flaws))


def _notes(case: Case) -> tuple[str, ...]:
    base = case.samples.baseline
    if base is None or case.is_like_for_like:
        return ()
    if base.kind is BaselineKind.PRODUCTION:
        return ("the baseline is long-running production: the interval is widened to 99%",)
    return ("the baseline is not of the canary's size: the interval is widened to 99%",)


def pairs(case: Case, measure: Measure) -> Pairs:
    """Return the log-ratio of each minute that both sides measured."""
    base = case.samples.baseline
    if base is None or case.baseline is None or not _is_by_minute(case.baseline, measure):
        return Pairs((), (), ())
    if not _is_by_minute(case.canary, measure):
        return Pairs((), (), ())
    theirs = {each.at: each for each in case.baseline.minutes}
    scale = (
        Decimal(base.instances) / case.samples.canary.instances if measure.scales else Decimal(1)
    )
    logs, ends = [], []
    flaws = dict.fromkeys((*case.canary.flaws, *case.baseline.flaws))
    for minute in case.canary.minutes:
        other = theirs.get(minute.at)
        mine = measure.of_minute(minute)
        base_value = None if other is None else measure.of_minute(other)
        if is_positive(mine) and is_positive(base_value):
            logs.append(log(float(mine / base_value * scale)))
            ends.append(minute.at - case.canary.start + MINUTE)
        elif found := _flaw_of_pair(measure, minute, other):
            flaws[found] = None
    return Pairs(tuple(logs), tuple(ends), tuple(flaws))


def _is_by_minute(side: Series, measure: Measure) -> bool:
    return any(measure.of_minute(each) is not None for each in side.minutes)


def _flaw_of_pair(measure: Measure, minute: Minute, other: Minute | None) -> Flaw | None:
    if other is None:
        says = "the baseline lacks minutes that the canary has"
        return Flaw(Code.MINUTES_MISSING, says, "Measure both sides in the same minutes.")
    for value, each in ((measure.of_minute(minute), minute), (measure.of_minute(other), other)):
        flaw = _flaw_of_value(measure, value, each)
        if flaw is not None:
            return flaw
    return None


def _flaw_of_value(measure: Measure, value: Decimal | None, minute: Minute) -> Flaw | None:
    what = f"{measure.what} of a minute"
    if value is None:
        is_idle = minute.requests == 0
        return None if is_idle else Flaw(Code.NO_DATA, f"{what} is missing", f"Measure {what}.")
    if value == 0:
        return Flaw(Code.NO_BASELINE, f"{what} is zero", "Send traffic to both sides.")
    return flaw_of_number(value, what)


def _by_interval(case: Case, measure: Measure, paired: Pairs) -> Check:
    interval = ratio_interval(paired.logs, confidence(case))
    result, code = _outcome(case, measure, interval)
    low, high = interval.ends
    return Check(
        measure.name,
        result,
        code,
        f"{interval.ratio:.3f} x baseline, between {low:.3f} and {high:.3f}",
        measure.limit(case.limits.tolerance),
        "ratio",
        value=interval.ratio,
        n=interval.pairs,
        ci95=(low, high),
        would_change=_would_change(case, interval, result),
    )


def _outcome(case: Case, measure: Measure, interval: RatioInterval) -> tuple[Result, Code]:
    """Compare logarithms: equal minutes at the limit itself are within."""
    tolerance = case.limits.tolerance
    low, high = interval.mean - interval.half_width, interval.mean + interval.half_width
    upper = log(float(1 + tolerance))
    lower = -float("inf") if measure.less_is_good else log(float(1 - tolerance))
    if interval.pairs < case.limits.pairs:
        return Result.INCONCLUSIVE, Code.UNDECIDED
    if low > upper or high < lower:
        return Result.FAIL, Code.EXCEEDED
    if lower <= low and high <= upper:
        return Result.PASS, Code.WITHIN
    return Result.INCONCLUSIVE, Code.UNDECIDED


def _would_change(case: Case, interval: RatioInterval, result: Result) -> str:
    if result is Result.PASS:
        return ""
    if result is Result.FAIL:
        return "Fix what differs from the baseline and start a new canary."
    short = case.limits.pairs - interval.pairs
    if short > 0:
        return f"{short} more min measured on both sides"
    edges = (log(float(1 + case.limits.tolerance)), log(float(1 - case.limits.tolerance)))
    room = min(abs(interval.mean - edge) for edge in edges)
    if not room:
        return "Extend the canary."
    needed = interval.pairs * (interval.half_width / room) ** 2
    return f"about {max(1, ceil(needed - interval.pairs)):,} more min, if nothing changes"


def _by_readings(case: Case, measure: Measure) -> Check:
    """Compare bare numbers in decimal arithmetic: exactly 10% is within."""
    limit, base = measure.limit(case.limits.tolerance), case.samples.baseline
    mine = measure.of_readings(case.samples.canary.readings)
    theirs = None if base is None else measure.of_readings(base.readings)
    if base is None or mine is None or theirs is None:
        return nothing(measure.name, limit, "ratio", f"{measure.what} of both sides")
    flaw = flaw_of_number(mine, measure.what) or flaw_of_number(theirs, measure.what)
    if flaw is None and theirs == 0:
        flaw = Flaw(Code.NO_BASELINE, "the baseline is zero", "Send traffic to the baseline.")
    if flaw is not None:
        return weighed(nothing(measure.name, limit, "ratio", measure.what), (flaw,))
    if measure.scales:
        mine, theirs = mine * base.instances, theirs * case.samples.canary.instances
    tolerance = case.limits.tolerance
    kept = mine <= theirs * (1 + tolerance)
    if not measure.less_is_good:
        kept = kept and mine >= theirs * (1 - tolerance)
    says = f"{float(mine / theirs):.4g} x baseline"
    check = replace(point(measure.name, kept, says, limit, "ratio"), value=float(mine / theirs))
    return case.without_counts(check)
