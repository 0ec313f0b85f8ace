"""When people are called about an incident: a function of what is known and of the time.

Every call has a key of its own, so that whoever sends it can tell whether it was sent. Source: the
reference on ChatOps, section 4.5.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.canary.samples import Severity

WARN_AFTER = timedelta(minutes=5)
PAGE_AFTER = timedelta(minutes=8)
REPEAT_EVERY = timedelta(minutes=10)
REMIND_AFTER = timedelta(hours=24)
ESCALATE_AFTER = timedelta(hours=72)
# Six hours and one hour of calls: whoever does not come then is not woken by the next one either.
MOST_FAILED = 37
MOST_UNACKNOWLEDGED = 7


@dataclass(frozen=True, slots=True)
class Since:
    """Something that goes on, and since when; `name` stays the same as long as it does."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sight:
    """What decides about calls; None for what is not so at the moment.

    `waits` is since when nothing is missing any more but the review.
    """

    severity: Severity
    detected_at: datetime
    is_acknowledged: bool = False
    is_mitigated: bool = False
    is_resolved: bool = False
    rolling_back: Since | None = None
    failed: Since | None = None
    waits: Since | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One call; the key also tells whom it names, since it outlives whoever sends it."""

    key: str
    at: datetime
    title: str


_Series = tuple[Page, ...]
_WARNING = ":warning"
_ESCALATION = ":escalation"


def names_people(key: str) -> bool:
    """Tell whether a call mentions anybody; a warning is only written down."""
    return not key.endswith(_WARNING)


def escalates(key: str) -> bool:
    """Tell whether a call mentions those too who are called last."""
    return key.endswith(_ESCALATION)


def due(sight: Sight, sent: Collection[str], now: datetime) -> tuple[Page, ...]:
    """Return the calls to be made now: of each series the newest, unless it was made.

    What was missed while nobody looked is not made up for.
    """
    newest = [[page for page in series if page.at <= now][-1:] for series in _series(sight)]
    return tuple(page for pages in newest for page in pages if page.key not in sent)


def next_at(sight: Sight, now: datetime) -> datetime | None:
    """Return when the next call comes; None when only events bring one."""
    later = (page.at for series in _series(sight) for page in series if page.at > now)
    return min(later, default=None)


def _series(sight: Sight) -> Iterator[_Series]:
    if sight.is_resolved:
        return
    if sight.rolling_back is not None:
        yield _rolling_back(sight.rolling_back)
    if sight.failed is not None:
        yield tuple(_failed(sight.failed))
    elif _is_unattended(sight):
        yield tuple(_unacknowledged(sight.detected_at))
    if sight.waits is not None:
        yield _review(sight.waits)


def _rolling_back(since: Since) -> _Series:
    return (
        Page(
            f"rollback:{since.name}{_WARNING}",
            since.at + WARN_AFTER,
            "The rollback has taken five of its ten minutes.",
        ),
        Page(
            f"rollback:{since.name}:call",
            since.at + PAGE_AFTER,
            "The rollback has taken eight of its ten minutes: get ready to do it by hand.",
        ),
    )


def _failed(since: Since) -> Iterator[Page]:
    for count in range(MOST_FAILED):
        minutes = f" for {count * 10} minutes" if count else ""
        last = " This is the last call." if count == MOST_FAILED - 1 else ""
        yield Page(
            f"failed:{since.name}:{count}",
            since.at + count * REPEAT_EVERY,
            f"The rollback did not work{minutes}: people have to act now.{last}",
        )


def _is_unattended(sight: Sight) -> bool:
    is_worst = sight.severity is Severity.SEV1
    return is_worst and not (sight.is_acknowledged or sight.is_mitigated)


def _unacknowledged(since: datetime) -> Iterator[Page]:
    for count in range(MOST_UNACKNOWLEDGED):
        minutes = f" for {count * 10} minutes" if count else ""
        last = " This is the last call." if count == MOST_UNACKNOWLEDGED - 1 else ""
        yield Page(
            f"unacknowledged:{count}",
            since + count * REPEAT_EVERY,
            f"A SEV1 incident is open and nobody has taken it on{minutes}.{last}",
        )


def _review(since: Since) -> _Series:
    return (
        Page(
            f"review:{since.name}:reminder",
            since.at + REMIND_AFTER,
            "The incident has waited a day for its review.",
        ),
        Page(
            f"review:{since.name}{_ESCALATION}",
            since.at + ESCALATE_AFTER,
            "The incident has waited three days for its review.",
        ),
    )
