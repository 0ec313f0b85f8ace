"""Shares of bad requests: exact bounds at planned looks, or the bare number without counts."""

from dataclasses import dataclass, replace
from decimal import Decimal
from math import log

from app.core.canary.bounds import at_least, lower_bound, upper_bound
from app.core.canary.case import Case, nothing, percent, point
from app.core.canary.flaws import Flaw, flaw_of_number, weighed
from app.core.canary.limits import CheckName
from app.core.canary.samples import Share
from app.core.canary.sequential import (
    ALPHA,
    is_below,
    log_evidence,
    looks,
    most_allowed,
    next_look,
)
from app.core.canary.series import MINUTE, BadKind, Tally
from app.core.canary.verdict import Check, Code, Result

_SURE = log(1 / ALPHA)


@dataclass(frozen=True, slots=True)
class ShareLimit:
    """A share that must be refuted to be as large as its limit."""

    name: CheckName
    field: BadKind
    limit: Decimal

    @property
    def text(self) -> str:
        """The limit for people."""
        return f"< {percent(self.limit)}"


def error_rate(case: Case) -> Check:
    """Judge the written limit of the error rate."""
    return _errors(case, ShareLimit(CheckName.ERROR_RATE, "errors", case.limits.error_rate))


def slo_errors(case: Case) -> Check:
    """Judge the error rate of the service level objective."""
    return _errors(case, ShareLimit(CheckName.SLO_ERRORS, "errors", case.limits.slo_errors))


def p99(case: Case) -> Check:
    """Judge the p99 within the SLA: as good as "at most 1% of requests are slower"."""
    share = ShareLimit(CheckName.P99, "slow", case.limits.slow)
    counted = case.tallies[share.field]
    edge = case.samples.sla_p99_ms
    if edge is None and case.limits.sla_p99_ms is None:
        return _no_sla(case, share)
    if counted is None:
        return _p99_reading(case, share)
    if edge is None or (case.limits.sla_p99_ms or edge) != edge:
        return _other_sla(case, share)
    return _judged(case, share, counted)


def _no_sla(case: Case, share: ShareLimit) -> Check:
    check = nothing(share.name, share.text, "ratio", "the SLA of p99")
    return case.seen(replace(check, code=Code.NO_CONDITION, would_change="Set `sla_p99_ms`."))


def _other_sla(case: Case, share: ShareLimit) -> Check:
    """Decide nothing from requests slower than something else, not even a failure."""
    says = "slow requests were counted at another edge than the SLA"
    flaw = Flaw(Code.OTHER_SLA, says, "Count the requests slower than the SLA.")
    return case.seen(weighed(nothing(share.name, share.text, "ratio", "p99"), (flaw,)))


def _p99_reading(case: Case, share: ShareLimit) -> Check:
    limit = case.limits.sla_p99_ms or case.samples.sla_p99_ms
    value = case.samples.canary.readings.p99_ms
    if value is None or limit is None:
        return case.seen(nothing(share.name, share.text, "ratio", "the share of slow requests"))
    flaw = flaw_of_number(value, "p99") or flaw_of_number(limit, "the SLA of p99")
    if flaw is not None:
        return case.seen(weighed(nothing(share.name, f"<= {limit} ms", "ms", "p99"), (flaw,)))
    check = point(share.name, value <= limit, f"p99 is {value} ms", f"<= {limit} ms", "ms")
    return case.seen(case.without_counts(replace(check, value=float(value))))


def _errors(case: Case, share: ShareLimit) -> Check:
    counted = case.tallies[share.field]
    if counted is not None:
        return _judged(case, share, counted)
    reading = case.samples.canary.readings.error_rate
    if reading is None:
        return case.seen(nothing(share.name, share.text, "ratio", "the error rate"))
    return _reading(case, share, reading)


def _reading(case: Case, share: ShareLimit, reading: Share) -> Check:
    """Compare the bare number, in decimal arithmetic: the limit itself fails."""
    flaw = flaw_of_share(reading)
    if flaw is not None:
        return case.seen(weighed(nothing(share.name, share.text, "ratio", "the rate"), (flaw,)))
    says = f"The rate is {percent(reading.ratio)}"
    check = point(share.name, reading.ratio < share.limit, says, share.text, "ratio")
    check = replace(check, value=float(reading.ratio))
    return case.seen(case.without_counts(check))


def flaw_of_share(reading: Share) -> Flaw | None:
    """Return what is wrong with a share that came without counts."""
    flaw = flaw_of_number(reading.value, "the rate")
    if flaw is None and reading.ratio > 1:
        return Flaw(Code.IMPOSSIBLE, "the rate is above 100%", "Correct its unit.")
    return flaw


def _judged(case: Case, share: ShareLimit, counted: Tally) -> Check:
    if not counted.n:
        check = nothing(share.name, share.text, "ratio", "any request")
        return case.seen(weighed(check, counted.flaws))
    low, high = lower_bound(counted.k, counted.n), upper_bound(counted.k, counted.n)
    result, code = _outcome(case, share, counted, high)
    check = Check(
        share.name,
        result,
        code,
        f"{counted.k:,} of {counted.n:,} requests, at most {high:.3%} (95%)",
        share.text,
        "ratio",
        value=counted.k / counted.n,
        n=counted.n,
        ci95=(low, high),
        would_change=_would_change(case, share, counted, result),
    )
    return case.seen(weighed(check, counted.flaws))


def _outcome(case: Case, share: ShareLimit, counted: Tally, high: float) -> tuple[Result, Code]:
    """Fail on the lower bound or on evidence; pass if a look passed and the bound still holds."""
    decides = case.elapsed >= case.limits.shortest and counted.n >= looks(share.limit)[0].n
    if _is_exceeded(share, counted, at_a_look=decides):
        return Result.FAIL, Code.EXCEEDED
    if decides and high < share.limit and _has_passed(case, share, counted):
        return Result.PASS, Code.WITHIN
    return Result.INCONCLUSIVE, Code.UNDECIDED


def _is_exceeded(share: ShareLimit, counted: Tally, *, at_a_look: bool) -> bool:
    limit = float(share.limit)
    if counted.k <= counted.n * limit:
        return False
    # Before the first look any minute may be looked at: only evidence bears that.
    if log_evidence(counted.k, counted.n, limit) >= _SURE:
        return True
    return at_a_look and at_least(counted.k, counted.n, limit) <= ALPHA


def _has_passed(case: Case, share: ShareLimit, counted: Tally) -> bool:
    """Tell whether one of the planned looks was passed when its size was reached."""
    sizes = [look.n for look in looks(share.limit)]
    level = 0
    for end, n, k in zip(counted.ends, counted.requests, counted.bad, strict=True):
        if end <= case.limits.shortest - MINUTE or n < sizes[level]:
            continue
        if is_below(k, n, share.limit):
            return True
        level = sum(size <= n for size in sizes)
        if level == len(sizes):
            break
    return False


def _would_change(case: Case, share: ShareLimit, counted: Tally, result: Result) -> str:
    if result is Result.PASS:
        return ""
    if result is Result.FAIL:
        return "Fix what makes these requests bad and start a new canary."
    if case.elapsed < case.limits.shortest and is_below(counted.k, counted.n, share.limit):
        return f"{case.minutes_left} more min"
    look = next_look(counted.k, counted.n, share.limit)
    if look is None:
        return "Start a new canary with fewer bad requests."
    allowed = most_allowed(look, share.limit)
    return f"{case.wait_for(look.n - counted.n)}, with at most {allowed:,} bad in all"
