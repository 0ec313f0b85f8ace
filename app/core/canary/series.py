"""Minutes made ready to be counted: in order, each once, whole, and inside the watched time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Literal

from app.core.canary.flaws import Flaw, flaw_of_count, is_count
from app.core.canary.samples import Count, Minute
from app.core.canary.verdict import Code

MINUTE = timedelta(minutes=1)

BadKind = Literal["errors", "slow", "outliers"]


@dataclass(frozen=True, slots=True)
class Series:
    """The minutes that count, and what was wrong with the others."""

    start: datetime
    minutes: tuple[Minute, ...]
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Requests and bad ones among them, added up to the end of each minute."""

    ends: tuple[timedelta, ...]
    requests: tuple[int, ...]
    bad: tuple[int, ...]
    flaws: tuple[Flaw, ...]

    @property
    def n(self) -> int:
        """All requests."""
        return self.requests[-1] if self.requests else 0

    @property
    def k(self) -> int:
        """All bad requests."""
        return self.bad[-1] if self.bad else 0

    def until(self, window: timedelta) -> "Tally":
        """Return what was counted up to a time after the start; that time itself is inside."""
        inside = sum(end <= window for end in self.ends)
        return Tally(self.ends[:inside], self.requests[:inside], self.bad[:inside], self.flaws)


def series(minutes: Iterable[Minute], start: datetime, end: datetime) -> Series:
    """Order the whole minutes between start and end, and name gaps and overlaps."""
    inside = [each for each in minutes if each.at >= start and end - each.at >= MINUTE]
    inside.sort(key=attrgetter("at"))
    kept: list[Minute] = []
    repeated = 0
    for at, group in groupby(inside, key=attrgetter("at")):
        versions = list(group)
        repeated += len(versions) > 1
        if kept and at - kept[-1].at < MINUTE:
            repeated += 1
        elif all(each == versions[0] for each in versions):
            kept.append(versions[0])
    return Series(start, tuple(kept), tuple(_flaws(kept, repeated, start, end)))


def _flaws(kept: list[Minute], repeated: int, start: datetime, end: datetime) -> Iterable[Flaw]:
    if repeated:
        says = f"{repeated} of the minutes repeat or overlap"
        yield Flaw(Code.MINUTES_REPEATED, says, "Deliver each minute once.")
    edges = [start - MINUTE, *(each.at for each in kept), end]
    gaps = [(one + MINUTE, (other - one) // MINUTE - 1) for one, other in pairwise(edges)]
    missing = [(since, count) for since, count in gaps if count > 0]
    if kept and missing:
        says = f"{sum(count for _, count in missing)} minutes are missing"
        first = missing[0][0].astimezone(UTC)
        remedy = f"Deliver them, the first from {first:%H:%M:%S} UTC on."
        yield Flaw(Code.MINUTES_MISSING, says, remedy)


def tally(source: Series, field: BadKind) -> Tally | None:
    """Add up a kind of bad request; None when the source does not count it at all."""
    values: list[Count | None] = [getattr(each, field) for each in source.minutes]
    if not any(value is not None for value in values):
        return None
    ends, requests, bad = [], [], []
    flaws: dict[Flaw, None] = dict.fromkeys(source.flaws)
    n = k = 0
    for minute, value in zip(source.minutes, values, strict=True):
        flaw = _flaw(minute.requests, value, field)
        if flaw is None and is_count(minute.requests) and is_count(value):
            n, k = n + minute.requests, k + value
            ends.append(minute.at - source.start + MINUTE)
            requests.append(n)
            bad.append(k)
        elif flaw is not None:
            flaws[flaw] = None
    return Tally(tuple(ends), tuple(requests), tuple(bad), tuple(flaws))


def _flaw(requests: Count, value: Count | None, field: BadKind) -> Flaw | None:
    if value is None:
        says = f"{field} of a minute was not counted"
        return Flaw(Code.NO_DATA, says, "Deliver the counts of every minute.")
    if not is_count(requests):
        return flaw_of_count(requests, "requests of a minute")
    if not is_count(value):
        return flaw_of_count(value, f"{field} of a minute")
    if value > requests:
        says = f"{field} of a minute are more than its requests"
        return Flaw(Code.IMPOSSIBLE, says, "Correct the source of the counts.")
    return None
