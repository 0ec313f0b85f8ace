"""Rules about single numbers, in decimal arithmetic: compliance, p95, throughput, duration."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from app.core.canary.case import Case, nothing, point
from app.core.canary.flaws import Flaw, flaw_of_count, flaw_of_number, is_count, weighed
from app.core.canary.limits import CheckName
from app.core.canary.samples import Number
from app.core.canary.verdict import Check, Code, Result


def compliance(case: Case) -> Check:
    """Pass while the score is not below the one stored at the deployment."""
    name, limit = CheckName.COMPLIANCE, ">= the score at the deployment"
    scores = case.samples.compliance
    if scores is None:
        return case.seen(nothing(name, limit, "points", "the compliance score"))
    flaw = flaw_of_number(scores.now, "the score") or flaw_of_number(scores.at_deploy, "the score")
    if flaw is not None:
        return case.seen(weighed(nothing(name, limit, "points", "the score"), (flaw,)))
    says = f"{scores.now} points, {scores.at_deploy} at the deployment"
    check = point(name, scores.now >= scores.at_deploy, says, f">= {scores.at_deploy}", "points")
    return case.seen(replace(check, value=float(scores.now)))


def p95(case: Case) -> Check:
    """Judge p95 by its mean over requests, since shares slower than its limit are not counted."""
    name, limit = CheckName.P95, f"< {case.limits.slo_p95_ms} ms"
    reading, n, flaws = _p95(case)
    if reading is None:
        return case.seen(weighed(nothing(name, limit, "ms", "p95"), flaws))
    kept = reading < case.limits.slo_p95_ms
    check = point(name, kept, f"p95 is {reading:.6g} ms", limit, "ms")
    check = replace(check, value=float(reading))
    if n is None:
        return case.seen(weighed(case.without_counts(check), flaws))
    return case.seen(weighed(replace(check, n=n), flaws))


def _p95(case: Case) -> tuple[Decimal | None, int | None, tuple[Flaw, ...]]:
    if any(each.latency_ms is not None for each in case.canary.minutes):
        return _mean_p95(case)
    reading = case.samples.canary.readings.p95_ms
    flaw = None if reading is None else flaw_of_number(reading, "p95")
    return (reading, None, ()) if flaw is None else (None, None, (flaw,))


def _mean_p95(case: Case) -> tuple[Decimal | None, int | None, tuple[Flaw, ...]]:
    flaws = dict.fromkeys(case.canary.flaws)
    total, requests = Decimal(0), 0
    for minute in case.canary.minutes:
        flaw = _flaw_of_latency(minute.requests, minute.latency_ms)
        if flaw is not None:
            flaws[flaw] = None
        elif minute.latency_ms is not None and is_count(minute.requests) and minute.requests:
            total += minute.latency_ms * minute.requests
            requests += minute.requests
    return (total / requests if requests else None), requests, tuple(flaws)


def _flaw_of_latency(requests: object, latency: Number | None) -> Flaw | None:
    """Return what is wrong with a minute; a minute without requests has no latency."""
    if requests == 0:
        return None
    if not isinstance(requests, int) or requests < 0:
        return Flaw(Code.IMPOSSIBLE, "requests of a minute are no count", "Correct the counts.")
    if latency is None:
        return Flaw(Code.NO_DATA, "the latency of a minute is missing", "Measure every minute.")
    return flaw_of_number(latency, "the latency of a minute")


def throughput_slo(case: Case) -> Check:
    """Judge the canary's own requests a second, over all of its minutes."""
    name, least = CheckName.THROUGHPUT_SLO, case.limits.slo_requests_per_second
    limit = f">= {least} requests/s"
    minutes = case.canary.minutes
    if not minutes:
        return _throughput_reading(case, name, limit)
    counts = [each.requests for each in minutes if is_count(each.requests)]
    flaws = tuple(
        dict.fromkeys(
            flaw_of_count(each.requests, "requests of a minute")
            for each in minutes
            if not is_count(each.requests)
        )
    )
    if not counts:
        return case.seen(weighed(nothing(name, limit, "requests/s", "any request"), flaws))
    rate = Decimal(sum(counts)) / (60 * len(counts))
    check = point(name, rate >= least, f"{rate:.6g} requests/s", limit, "requests/s")
    check = replace(check, value=float(rate), n=sum(counts))
    return case.seen(weighed(check, (*case.canary.flaws, *flaws)))


def _throughput_reading(case: Case, name: CheckName, limit: str) -> Check:
    reading = case.samples.canary.readings.requests_per_second
    if reading is None:
        check = nothing(name, limit, "requests/s", "the throughput")
        return case.seen(weighed(check, case.canary.flaws))
    flaw = flaw_of_number(reading, "the throughput")
    if flaw is not None:
        return case.seen(weighed(nothing(name, limit, "requests/s", "the throughput"), (flaw,)))
    kept = reading >= case.limits.slo_requests_per_second
    check = point(name, kept, f"{reading} requests/s", limit, "requests/s")
    return case.seen(case.without_counts(replace(check, value=float(reading))))


def duration(case: Case) -> Check:
    """Pass between the shortest and the longest time, both ends inside; nothing fails here."""
    shortest, longest = case.limits.shortest, case.limits.longest
    limit = f">= {_span(shortest)} and <= {_span(longest)}"
    check = Check(
        CheckName.DURATION,
        Result.PASS,
        Code.WITHIN,
        f"{_span(case.elapsed)} of traffic",
        limit,
        "s",
        value=case.elapsed.total_seconds(),
    )
    if case.elapsed < shortest:
        check = replace(
            check,
            result=Result.INCONCLUSIVE,
            code=Code.TOO_SHORT,
            would_change=f"{case.minutes_left} more min",
        )
    elif case.elapsed > longest:
        check = replace(
            check,
            result=Result.INCONCLUSIVE,
            code=Code.TOO_LONG,
            would_change="Decide by hand, or start a new canary.",
        )
    return case.seen(check)


def _span(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, rest = divmod(minutes, 60)
    if not minutes:
        return f"{seconds} s"
    parts = [(hours, "h"), (rest, "min"), (seconds, "s")]
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount)
