"""DORA's published levels by report year, and the score that replaced them in 2025.

The tables describe clusters of answers; they are no thresholds, and nothing here is a verdict.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.core.dora.frequency import HALF_YEAR_S, MONTH_S, Frequency
from app.core.dora.statistics import rounded

_HOUR, _DAY, _WEEK = 3_600, 86_400, 604_800
_ORDER = tuple(Frequency)


class Level(StrEnum):
    """A cluster of a report, from best to worst."""

    ELITE = "elite"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Bands:
    """The rows of a report from its best level down; `percent` may have no order below elite."""

    best: Level
    lead_time_s: tuple[int, ...]
    frequency: tuple[Frequency, ...]
    percent: tuple[int, ...]
    recovery_s: tuple[int, ...]
    is_ordered: bool = True


_MANY, _DAILY, _WEEKLY = Frequency.MULTIPLE_PER_DAY, Frequency.DAY_OR_MORE, Frequency.DAY_TO_WEEK
_MONTHLY, _RARE = Frequency.WEEK_TO_MONTH, Frequency.MONTH_TO_HALF_YEAR
_E, _H = Level.ELITE, Level.HIGH

BANDS: Mapping[int, Bands] = {
    2018: Bands(
        _E,
        (_HOUR, _WEEK, MONTH_S),
        (_MANY, _DAILY, _MONTHLY),
        (15, 15, 15),
        (_HOUR, _DAY, _DAY),
    ),
    2019: Bands(
        _E,
        (_DAY, _WEEK, MONTH_S),
        (_MANY, _WEEKLY, _MONTHLY),
        (15, 15, 15),
        (_HOUR, _DAY, _DAY),
    ),
    2021: Bands(
        _E,
        (_HOUR, _WEEK, HALF_YEAR_S),
        (_MANY, _MONTHLY, _RARE),
        (15, 30, 30),
        (_HOUR, _DAY, _WEEK),
    ),
    2022: Bands(_H, (_WEEK, MONTH_S), (_MANY, _MONTHLY), (15, 30), (_DAY, _WEEK)),
    2023: Bands(
        _E,
        (_DAY, _WEEK, MONTH_S),
        (_MANY, _WEEKLY, _MONTHLY),
        (5, 10, 15),
        (_HOUR, _DAY, _WEEK),
    ),
    2024: Bands(
        _E,
        (_DAY, _WEEK, MONTH_S),
        (_MANY, _WEEKLY, _MONTHLY),
        (5,),
        (_HOUR, _DAY, _DAY),
        is_ordered=False,
    ),
}


def lead_time_level(year: int, seconds: int) -> Level | None:
    """Return the level of a lead time; a report without levels gives none."""
    bands = BANDS.get(year)
    return None if bands is None else _level(bands, [seconds < each for each in bands.lead_time_s])


def frequency_level(year: int, category: Frequency) -> Level | None:
    """Return the level of a frequency; a report without levels gives none."""
    bands = BANDS.get(year)
    rank = _ORDER.index(category)
    return (
        None
        if bands is None
        else _level(bands, [rank <= _ORDER.index(each) for each in bands.frequency])
    )


def fail_rate_level(year: int, share: Fraction) -> Level | None:
    """Return the level of a fail rate; in 2024 only the best one can be told."""
    bands = BANDS.get(year)
    if bands is None:
        return None
    found = _level(bands, [share <= Fraction(each, 100) for each in bands.percent])
    return found if bands.is_ordered or found is bands.best else None


def recovery_level(year: int, seconds: int) -> Level | None:
    """Return the level of a recovery time; a report without levels gives none."""
    bands = BANDS.get(year)
    return None if bands is None else _level(bands, [seconds < each for each in bands.recovery_s])


def _level(bands: Bands, held: Iterable[bool]) -> Level:
    """Return the first level whose bound holds; beyond the last row is low."""
    levels = list(Level)[list(Level).index(bands.best) :]
    return next((level for level, is_held in zip(levels, held, strict=False) if is_held), Level.LOW)


@dataclass(frozen=True, slots=True)
class Measured:
    """Five numbers to be scored; None is unknown and never scored as nothing."""

    lead_time_s: int | None
    frequency: Frequency | None
    recovery_s: int | None
    change_fail: Fraction | None
    rework: Fraction | None


@dataclass(frozen=True, slots=True)
class Categories:
    """The answer of the quick check that each number stands for, 6 the best."""

    lead_time: int | None
    deployment_frequency: int | None
    recovery: int | None


@dataclass(frozen=True, slots=True)
class Scores:
    """Zero to ten for each number that is known."""

    lead_time: float | None
    deployment_frequency: float | None
    recovery: float | None
    change_fail: float | None
    rework: float | None


@dataclass(frozen=True, slots=True)
class QuickCheck:
    """DORA's quick-check score; a mean leaves out what is unknown."""

    categories: Categories
    scores: Scores
    throughput: float | None
    stability: float | None
    overall: float | None


def quick_check(measured: Measured) -> QuickCheck:
    """Score five numbers as DORA's own page does."""
    categories = Categories(
        _time_category(measured.lead_time_s),
        None if measured.frequency is None else 6 - _ORDER.index(measured.frequency),
        _time_category(measured.recovery_s),
    )
    lead, often, recovery = (
        None if each is None else Fraction(2 * (each - 1))
        for each in (categories.lead_time, categories.deployment_frequency, categories.recovery)
    )
    fail, rework = (
        None if each is None else 10 - 10 * each for each in (measured.change_fail, measured.rework)
    )
    scores = Scores(
        *(None if each is None else _shown(each) for each in (lead, often, recovery, fail, rework))
    )
    return QuickCheck(
        categories=categories,
        scores=scores,
        throughput=_mean((lead, often, recovery)),
        stability=_mean((fail, rework)),
        overall=_mean((lead, often, recovery, fail, rework)),
    )


def _time_category(seconds: int | None) -> int | None:
    if seconds is None:
        return None
    bounds = (_HOUR, _DAY, _WEEK, MONTH_S, HALF_YEAR_S)
    return 6 - sum(seconds >= each for each in bounds)


def _mean(scores: Iterable[Fraction | None]) -> float | None:
    seen = [each for each in scores if each is not None]
    return _shown(sum(seen, Fraction()) / len(seen)) if seen else None


def _shown(score: Fraction) -> float:
    return rounded(score, 2)
