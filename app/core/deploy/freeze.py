"""Freezes: times in which nothing is deployed, in the local time of those who decided them.

A time that the clocks leave out counts as the moment they jump; of a time that comes twice a
freeze begins with the first and ends with the second, so that a change never shortens it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_WEEK = timedelta(days=7)
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Once:
    """A freeze between two local times."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    reason: str


@dataclass(frozen=True, slots=True)
class Weekly:
    """A freeze of every week; minutes count from Monday 00:00, the end may lie in the next week."""

    start: int
    end: int
    zone: ZoneInfo
    reason: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A freeze that holds now."""

    reason: str
    zone: str
    until: datetime


Freeze = Once | Weekly


def frozen(freezes: Iterable[Freeze], now: datetime) -> Frozen | None:
    """Return the freeze that holds at a moment, the longest of several; None when there is none.

    Freezes that follow each other without a gap are told as one.
    """
    every = list(freezes)
    found = _longest(every, now)
    if found is None:
        return None
    until = found.until
    for _ in range(len(every) * 8):
        following = _longest(every, until)
        if following is None:
            break
        until = following.until
    return Frozen(found.reason, found.zone, until)


def _longest(freezes: Iterable[Freeze], now: datetime) -> Frozen | None:
    holding = [
        Frozen(freeze.reason, freeze.zone.key, end)
        for freeze in freezes
        for start, end in _spans(freeze, now)
        if start <= now < end
    ]
    return max(holding, key=lambda each: (each.until, each.reason), default=None)


def _spans(freeze: Freeze, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans in absolute time that could hold a moment."""
    if isinstance(freeze, Once):
        yield _begins(freeze.start, freeze.zone), _ends(freeze.end, freeze.zone)
        return
    local = now.astimezone(freeze.zone).replace(tzinfo=None)
    monday = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(local.weekday())
    length = (freeze.end - freeze.start) % (7 * _MINUTES_A_DAY) or 7 * _MINUTES_A_DAY
    for week in (monday - _WEEK, monday, monday + _WEEK):
        start = week + timedelta(minutes=freeze.start)
        yield (
            _begins(start, freeze.zone),
            _ends(start + timedelta(minutes=length), freeze.zone),
        )


def _begins(local: datetime, zone: ZoneInfo) -> datetime:
    return _absolute(local, zone, fold=0)


def _ends(local: datetime, zone: ZoneInfo) -> datetime:
    return _absolute(local, zone, fold=1)


def _absolute(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    """Return the moment of a local time; in a gap both folds lie around the jump (PEP 495)."""
    first, second = (local.replace(tzinfo=zone, fold=each).astimezone(UTC) for each in (0, 1))
    if second < first:
        return _jump(second, first, zone)
    return second if fold else first


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment between two at which the zone's offset changes, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
