"""What keeps samples from passing: each flaw takes a pass away, and never a failure."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeGuard

from app.core.canary.limits import Limits
from app.core.canary.samples import Baseline, Count, Samples
from app.core.canary.verdict import Check, Code, Result

_DIGITS = 15
_LARGEST = 10**_DIGITS


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with the samples, and the next step."""

    code: Code
    says: str
    remedy: str


def is_finite(value: Decimal) -> bool:
    """Tell whether a number is one that could have been measured."""
    return value.is_finite() and (not value or -_DIGITS <= value.adjusted() < _DIGITS)


def is_positive(value: Decimal | None) -> TypeGuard[Decimal]:
    """Tell whether a number could have been measured and has a logarithm."""
    return value is not None and is_finite(value) and value > 0


def is_count(value: Count | None) -> TypeGuard[int]:
    """Tell whether a value can be a number of things."""
    return isinstance(value, int) and 0 <= value < _LARGEST


def flaw_of_number(value: Decimal, what: str) -> Flaw | None:
    """Return what is wrong with a measured number that cannot be negative."""
    if not is_finite(value):
        return Flaw(Code.NOT_FINITE, f"{what} is not a finite number", f"Measure {what} again.")
    if value < 0:
        return Flaw(Code.IMPOSSIBLE, f"{what} is negative", f"Correct the source of {what}.")
    return None


def flaw_of_count(value: Count, what: str) -> Flaw:
    """Return what is wrong with a value that is no count."""
    if isinstance(value, Decimal) and not is_finite(value):
        return Flaw(Code.NOT_FINITE, f"{what} is not a finite number", f"Measure {what} again.")
    return Flaw(Code.IMPOSSIBLE, f"{what} is no count", f"Correct the source of {what}.")


def flaws_of_samples(samples: Samples, limits: Limits, now: datetime) -> tuple[Flaw, ...]:
    """Return what is wrong with the samples as a whole."""
    found = []
    if samples.canary.sha != samples.sha:
        says = f"the samples are of {samples.canary.sha[:7]}, not of {samples.sha[:7]}"
        found.append(Flaw(Code.OTHER_SHA, says, f"Measure {samples.sha[:7]}."))
    if samples.observed_at > now or samples.traffic_start > samples.observed_at:
        says = "the observation or the start of traffic lies in the future"
        found.append(Flaw(Code.FUTURE, says, "Set the clocks right and observe again."))
    if now - samples.observed_at > limits.oldest:
        says = f"the observation is older than {_minutes(limits.oldest.total_seconds())}"
        found.append(Flaw(Code.STALE, says, "Observe again."))
    return tuple(found)


def flaws_of_baseline(
    baseline: Baseline, samples: Samples, limits: Limits, now: datetime
) -> tuple[Flaw, ...]:
    """Return what is wrong with the baseline as a whole."""
    found = []
    if baseline.sha != samples.live_sha:
        says = f"the baseline is of {baseline.sha[:7]}, live is {samples.live_sha[:7]}"
        found.append(Flaw(Code.OTHER_SHA, says, "Measure a baseline of the live version."))
    if baseline.observed_at > now:
        says = "the baseline's observation lies in the future"
        found.append(Flaw(Code.FUTURE, says, "Set the clocks right and observe again."))
    if now - baseline.observed_at > limits.oldest_baseline:
        says = f"the baseline is older than {limits.oldest_baseline.days} days"
        found.append(Flaw(Code.BASELINE_STALE, says, "Measure a baseline now."))
    return tuple(found)


def weighed(check: Check, flaws: tuple[Flaw, ...]) -> Check:
    """Take a pass away for a flaw, which explains "cannot tell" better than lack of data does."""
    if not flaws:
        return check
    notes = (*check.notes, *(flaw.says for flaw in flaws))
    if check.result is Result.FAIL:
        return replace(check, notes=notes)
    first = flaws[0]
    return replace(
        check,
        result=Result.INCONCLUSIVE,
        code=first.code,
        says=f"Could not tell: {first.says}",
        would_change=first.remedy,
        notes=notes,
    )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:g} min"
