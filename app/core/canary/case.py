"""One canary as its checks see it: what they all need, made ready once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import get_args

from app.core.canary.flaws import Flaw, flaws_of_baseline, flaws_of_samples, is_count, weighed
from app.core.canary.limits import CheckName, Limits, Statistics
from app.core.canary.samples import Baseline, BaselineKind, Readings, Samples
from app.core.canary.series import MINUTE, BadKind, Series, Tally, series, tally
from app.core.canary.verdict import Check, Code, Result

_RECENT = 5


@dataclass(frozen=True, slots=True)
class Case:
    """Samples, limits and the moment, with the minutes in order."""

    samples: Samples
    limits: Limits
    now: datetime
    canary: Series
    baseline: Series | None
    tallies: Mapping[BadKind, Tally | None]
    flaws: tuple[Flaw, ...]
    baseline_flaws: tuple[Flaw, ...]

    @classmethod
    def of(cls, samples: Samples, limits: Limits, now: datetime) -> "Case":
        """Order the minutes of both sides; numbers of another commit are not counted."""
        start, end = samples.traffic_start, samples.observed_at
        flaws = flaws_of_samples(samples, limits, now)
        if samples.canary.sha != samples.sha:
            nothing_own = replace(samples.canary, minutes=(), readings=Readings())
            samples = replace(samples, canary=nothing_own)
        own = series(samples.canary.minutes, start, end)
        base = samples.baseline
        return cls(
            samples,
            limits,
            now,
            own,
            None if base is None else series(base.minutes, start, end),
            {field: tally(own, field) for field in get_args(BadKind)},
            flaws,
            () if base is None else flaws_of_baseline(base, samples, limits, now),
        )

    @property
    def elapsed(self) -> timedelta:
        """How long the canary had taken traffic when it was observed."""
        return self.samples.observed_at - self.samples.traffic_start

    @property
    def comparison(self) -> Baseline | None:
        """The baseline, if it is one of the live version and not stale."""
        return None if self.baseline_flaws else self.samples.baseline

    @property
    def is_like_for_like(self) -> bool:
        """Whether the baseline is as fresh and as large as the canary."""
        base = self.samples.baseline
        return (
            base is not None
            and base.kind is BaselineKind.FRESH
            and base.instances == self.samples.canary.instances
        )

    def seen(self, check: Check) -> Check:
        """Add source and age, and what is wrong with the samples."""
        age = int((self.now - self.samples.observed_at).total_seconds())
        stamped = replace(check, age_seconds=age, source=self.samples.source)
        return weighed(stamped, self.flaws)

    def without_counts(self, check: Check) -> Check:
        """Let a number without counts pass only if the limits say so."""
        noted = replace(check, notes=(*check.notes, "n unknown"))
        if check.result is not Result.PASS or (self.limits.statistics is Statistics.WHEN_AVAILABLE):
            return noted
        return replace(
            noted,
            result=Result.INCONCLUSIVE,
            code=Code.NO_COUNTS,
            says=f"{check.says}, but counts are required",
            would_change="Deliver counts a minute.",
        )

    @property
    def minutes_left(self) -> int:
        """How many minutes lack to the shortest time."""
        return max(0, ceil((self.limits.shortest - self.elapsed) / MINUTE))

    def wait_for(self, requests: int) -> str:
        """Say how many more requests are needed, and how long they take at current traffic."""
        recent = self.canary.minutes[-_RECENT:]
        counts = [each.requests for each in recent if is_count(each.requests)]
        if not sum(counts):
            return f"{requests:,} more requests"
        minutes = max(ceil(requests * len(counts) / sum(counts)), self.minutes_left)
        late = minutes > (self.limits.longest - self.elapsed) / MINUTE
        beyond = ", which is beyond the longest time" if late else ""
        return f"{requests:,} more requests, about {minutes:,} min at current traffic{beyond}"


def nothing(name: CheckName, limit: str, unit: str, what: str) -> Check:
    """Say that a check had nothing to look at."""
    return Check(
        name,
        Result.INCONCLUSIVE,
        Code.NO_DATA,
        f"Could not tell: {what} was not measured",
        limit,
        unit,
        would_change=f"Measure {what}.",
    )


def point(name: CheckName, is_kept: bool, says: str, limit: str, unit: str) -> Check:  # noqa: FBT001 - the outcome
    """Return the outcome of a comparison without statistics."""
    return Check(
        name,
        Result.PASS if is_kept else Result.FAIL,
        Code.WITHIN if is_kept else Code.EXCEEDED,
        says,
        limit,
        unit,
        would_change="" if is_kept else "Fix it and start a new canary.",
    )


def percent(share: Decimal) -> str:
    """Write a share for people, exactly."""
    return f"{(share * 100).normalize():f}%"
