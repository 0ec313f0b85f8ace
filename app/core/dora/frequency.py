"""How often something is deployed: days and weeks of local time, and the category of DORA."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.core.dora.rules import Question
from app.core.dora.statistics import median, quantile

MONTH_S = 2_629_800  # 30.4375 days
HALF_YEAR_S = 6 * MONTH_S
_WEEK = timedelta(days=7)


class Frequency(StrEnum):
    """How often, from most to least."""

    MULTIPLE_PER_DAY = "multiple_per_day"
    DAY_OR_MORE = "day_or_more"
    DAY_TO_WEEK = "day_to_week"
    WEEK_TO_MONTH = "week_to_month"
    MONTH_TO_HALF_YEAR = "month_to_half_year"
    RARER = "rarer"


_A_WEEK = {10: Frequency.MULTIPLE_PER_DAY, 5: Frequency.DAY_OR_MORE, 1: Frequency.DAY_TO_WEEK}


@dataclass(frozen=True, slots=True)
class Pace:
    """Deployments by local day and by local week; a week counts if the window holds all of it."""

    by_day: Mapping[date, int]
    by_week: Mapping[date, int]
    weekly_median: Fraction | None
    median_gap_s: int | None
    category: Frequency | None


def pace(moments: Iterable[int], question: Question) -> Pace:
    """Return how deployments at these moments are spread over the window."""
    ordered = sorted(moments)
    days = Counter(datetime.fromtimestamp(each, question.zone).date() for each in ordered)
    weeks = dict.fromkeys(_full_weeks(question), 0)
    for day, count in days.items():
        monday = monday_of(day)
        if monday in weeks:
            weeks[monday] += count
    a_week = quantile(weeks.values(), Fraction(1, 2))
    gaps = [later - earlier for earlier, later in pairwise(ordered)]
    category = frequency(a_week, len(ordered), question.seconds)
    return Pace(dict(sorted(days.items())), weeks, a_week, median(gaps), category)


def frequency(a_week: Fraction | None, count: int, window_s: int) -> Frequency | None:
    """Return the category of the median week, or of the mean interval where weeks are too long."""
    if a_week is not None:
        for least, category in _A_WEEK.items():
            if a_week >= least:
                return category
    if count == 0:
        return None
    if window_s <= MONTH_S * count:
        return Frequency.WEEK_TO_MONTH
    return Frequency.MONTH_TO_HALF_YEAR if window_s <= HALF_YEAR_S * count else Frequency.RARER


def monday_of(day: date) -> date:
    """Return the day that the week of a day began."""
    return day - timedelta(days=day.weekday())


def _full_weeks(question: Question) -> list[date]:
    """Return the Mondays of the weeks that lie wholly inside the window."""
    first = datetime.fromtimestamp(question.begin, question.zone).date()
    monday = monday_of(first)
    found: list[date] = []
    while _midnight(monday + _WEEK, question.zone) <= question.end:
        if _midnight(monday, question.zone) >= question.begin:
            found.append(monday)
        monday += _WEEK
    return found


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, time(), zone).timestamp()
