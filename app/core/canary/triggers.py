"""Rollback triggers that count: error bursts, the rise of p99, the rise of latency.

Looked at every minute, so they rest on evidence that may be, and on the written threshold.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from math import log

from app.core.canary.case import Case, nothing, percent
from app.core.canary.flaws import Flaw, flaw_of_number, weighed
from app.core.canary.limits import CheckName
from app.core.canary.paired import ratio_interval
from app.core.canary.ratios import LATENCY, confidence, pairs, without_baseline
from app.core.canary.sequential import log_evidence
from app.core.canary.series import Tally
from app.core.canary.shares import flaw_of_share
from app.core.canary.verdict import Check, Code, Result

_TRAILING = timedelta(minutes=5)


def fired(name: CheckName, says: str, limit: str, unit: str) -> Check:
    """Say that a trigger fired."""
    roll_back = "Roll back; fix it and start a new canary."
    return Check(name, Result.FAIL, Code.TRIGGERED, says, limit, unit, would_change=roll_back)


def quiet(name: CheckName, says: str, limit: str, unit: str) -> Check:
    """Say that a trigger without an end of its watch has not fired."""
    return Check(name, Result.PASS, Code.QUIET, says, limit, unit)


def watched(case: Case, check: Check, window: timedelta) -> Check:
    """Keep a quiet trigger from passing before its watch is over."""
    left = window - case.elapsed
    if check.result is not Result.PASS or left <= timedelta(0):
        return check
    return replace(
        check,
        result=Result.INCONCLUSIVE,
        code=Code.WATCHING,
        would_change=f"{-(-left // timedelta(minutes=1))} more min without it",
    )


def error_burst(case: Case) -> Check:
    """Fire on more than 5% errors in 5 minutes together with evidence of more than 1%."""
    name, rules = CheckName.ERROR_BURST, case.limits.triggers
    limit = f"> {percent(rules.errors)} in 5 min, watched for {_minutes(rules.window)}"
    counted = case.tallies["errors"]
    if counted is None:
        return _error_reading(case, limit)
    inside = counted.until(rules.window)
    since = _first(inside, lambda index: _is_burst(case, inside, index))
    check = _counted(name, inside, since, limit, "errors")
    return case.seen(weighed(watched(case, check, rules.window), counted.flaws))


def p99_rise(case: Case) -> Check:
    """Fire when p99 is more than 50% above the baseline's, seen as a share of slow requests."""
    name, rules = CheckName.P99_RISE, case.limits.triggers
    limit = f"> {1 + rules.p99_rise} x baseline p99, watched for {_minutes(rules.window)}"
    if case.comparison is None:
        return without_baseline(case, name, limit)
    counted = case.tallies["outliers"]
    if counted is None:
        return _p99_reading(case, limit)
    inside = counted.until(rules.window)
    since = _first(inside, lambda index: _is_slow(case, inside, index))
    check = _counted(name, inside, since, limit, "slower than that")
    return case.seen(weighed(watched(case, check, rules.window), counted.flaws))


def latency_rise(case: Case) -> Check:
    """Fire when the interval of the latency lies above +10% at two consecutive minutes."""
    name, rules = CheckName.LATENCY_RISE, case.limits.triggers
    limit = f"> {1 + rules.latency_rise} x baseline, watched for {_minutes(rules.window)}"
    if case.comparison is None:
        return without_baseline(case, name, limit)
    paired = pairs(case, LATENCY)
    if not paired.logs:
        return case.seen(weighed(_latency_reading(case, limit), paired.flaws))
    inside = sum(end <= rules.window for end in paired.ends)
    check = _latency(case, paired.logs[:inside], limit)
    return case.seen(weighed(watched(case, check, rules.window), paired.flaws))


def _is_burst(case: Case, inside: Tally, index: int) -> bool:
    rules, start = case.limits.triggers, inside.ends[index] - _TRAILING
    before = sum(end <= start for end in inside.ends)
    n, k = inside.requests[index], inside.bad[index]
    if before:
        n, k = n - inside.requests[before - 1], k - inside.bad[before - 1]
    return k > rules.errors * n and _is_evident(case, inside, index)


def _is_slow(case: Case, inside: Tally, index: int) -> bool:
    is_large = inside.bad[index] > case.limits.triggers.outliers * inside.requests[index]
    return is_large and _is_evident(case, inside, index)


def _is_evident(case: Case, inside: Tally, index: int) -> bool:
    """Tell whether the e-value against a healthy share has reached the asked evidence."""
    rules = case.limits.triggers
    evidence = log_evidence(inside.bad[index], inside.requests[index], float(rules.healthy))
    return evidence >= log(rules.evidence)


def _first(inside: Tally, fires: Callable[[int], bool]) -> timedelta | None:
    return next((end for index, end in enumerate(inside.ends) if fires(index)), None)


def _counted(
    name: CheckName, inside: Tally, since: timedelta | None, limit: str, bad: str
) -> Check:
    if not inside.n:
        return nothing(name, limit, "ratio", "any request")
    says = f"{inside.k:,} of {inside.n:,} requests {bad}"
    check = quiet(name, says, limit, "ratio")
    if since is not None:
        check = fired(name, f"{says}; fired after {_minutes(since)}", limit, "ratio")
    return replace(check, value=inside.k / inside.n, n=inside.n)


def _error_reading(case: Case, limit: str) -> Check:
    """Compare the bare rate: exactly 5% does not fire, nor does anything after the watch."""
    name, rules = CheckName.ERROR_BURST, case.limits.triggers
    reading = case.samples.canary.readings.error_rate
    if reading is None:
        return case.seen(nothing(name, limit, "ratio", "the error rate"))
    flaw = flaw_of_share(reading)
    if flaw is not None:
        return case.seen(weighed(nothing(name, limit, "ratio", "the error rate"), (flaw,)))
    says = f"The rate is {percent(reading.ratio)}"
    is_fired = reading.ratio > rules.errors and case.elapsed <= rules.window
    check = (fired if is_fired else quiet)(name, says, limit, "ratio")
    check = case.without_counts(replace(check, value=float(reading.ratio)))
    return case.seen(watched(case, check, rules.window))


def _p99_reading(case: Case, limit: str) -> Check:
    """Compare both p99: exactly 1.5 times the baseline's does not fire."""
    name, base = CheckName.P99_RISE, case.comparison
    mine = case.samples.canary.readings.p99_ms
    theirs = None if base is None else base.readings.p99_ms
    check = _compared(case, name, (mine, theirs, 1 + case.limits.triggers.p99_rise), limit)
    return case.seen(watched(case, check, case.limits.triggers.window))


def _latency_reading(case: Case, limit: str) -> Check:
    """Compare both p95; one reading cannot show two minutes in a row, so it never fires."""
    base, rules = case.samples.baseline, case.limits.triggers
    mine = case.samples.canary.readings.p95_ms
    theirs = None if base is None else base.readings.p95_ms
    name = CheckName.LATENCY_RISE
    check = _compared(case, name, (mine, theirs, 1 + rules.latency_rise), limit)
    if check.result is Result.FAIL:
        says = f"{check.says}, but not seen at two consecutive minutes"
        remedy = "Deliver the latency of each minute."
        check = replace(
            check,
            result=Result.INCONCLUSIVE,
            code=Code.UNDECIDED,
            says=says,
            would_change=remedy,
        )
    return watched(case, check, rules.window)


def _compared(
    case: Case,
    name: CheckName,
    sides: tuple[Decimal | None, Decimal | None, Decimal],
    limit: str,
) -> Check:
    mine, theirs, factor = sides
    if mine is None or theirs is None:
        return nothing(name, limit, "ratio", "the latency of both sides")
    flaw = flaw_of_number(mine, "the latency") or flaw_of_number(theirs, "the latency")
    if flaw is None and theirs == 0:
        flaw = Flaw(Code.NO_BASELINE, "the baseline is zero", "Send traffic to the baseline.")
    if flaw is not None:
        return weighed(nothing(name, limit, "ratio", "the latency"), (flaw,))
    says = f"{float(mine / theirs):.4g} x baseline"
    is_fired = mine > factor * theirs and case.elapsed <= case.limits.triggers.window
    check = (fired if is_fired else quiet)(name, says, limit, "ratio")
    return case.without_counts(replace(check, value=float(mine / theirs)))


def _latency(case: Case, logs: tuple[float, ...], limit: str) -> Check:
    name, rules = CheckName.LATENCY_RISE, case.limits.triggers
    if len(logs) <= rules.latency_pairs:
        return _too_few(case, len(logs), limit)
    sizes = range(rules.latency_pairs, len(logs) + 1)
    intervals = [ratio_interval(logs[:size], confidence(case)) for size in sizes]
    edge = log(float(1 + rules.latency_rise))
    above = [each.mean - each.half_width > edge for each in intervals]
    is_fired = any(one and other for one, other in pairwise(above))
    low, high = intervals[-1].ends
    says = f"{intervals[-1].ratio:.3f} x baseline, between {low:.3f} and {high:.3f}"
    check = (fired if is_fired else quiet)(name, says, limit, "ratio")
    return replace(check, value=intervals[-1].ratio, n=len(logs), ci95=(low, high))


def _too_few(case: Case, pairs: int, limit: str) -> Check:
    """Ask for more minutes, as long as the watch can still see them."""
    rules = case.limits.triggers
    check = nothing(CheckName.LATENCY_RISE, limit, "ratio", "the latency of enough minutes")
    says = f"Could not tell: only {pairs} minutes measured on both sides"
    short = f"{rules.latency_pairs + 1 - pairs} more min measured on both sides"
    over = "Start a new canary with a latency in every minute."
    return replace(
        check,
        code=Code.UNDECIDED,
        says=says,
        n=pairs,
        would_change=short if case.elapsed < rules.window else over,
    )


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:g} min"
