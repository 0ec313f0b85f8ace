"""Freezes hold in local time, across the changes of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.deploy.freeze import Frozen, Once, Weekly, frozen

BERLIN, NEW_YORK, LORD_HOWE = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
)
DAY = 24 * 60
# Friday 16:00 to Monday 08:00.
WEEKEND = Weekly(4 * DAY + 16 * 60, 8 * 60, BERLIN, "weekend")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        pytest.param(utc(2026, 1, 9, 14, 59), None, id="Friday 15:59"),
        pytest.param(utc(2026, 1, 9, 15, 0), utc(2026, 1, 12, 7), id="Friday 16:00"),
        pytest.param(utc(2026, 1, 11, 12), utc(2026, 1, 12, 7), id="Sunday noon"),
        pytest.param(utc(2026, 1, 12, 6, 59), utc(2026, 1, 12, 7), id="Monday 07:59"),
        pytest.param(utc(2026, 1, 12, 7), None, id="Monday 08:00"),
        pytest.param(
            utc(2026, 3, 28, 12), utc(2026, 3, 30, 6), id="the weekend that loses an hour"
        ),
        pytest.param(
            utc(2026, 10, 24, 12), utc(2026, 10, 26, 7), id="the weekend that gains an hour"
        ),
        pytest.param(utc(2026, 7, 10, 13, 59), None, id="summer Friday 15:59"),
        pytest.param(utc(2026, 7, 10, 14, 0), utc(2026, 7, 13, 6), id="summer Friday 16:00"),
    ],
)
def test_a_weekly_freeze_follows_the_clock_on_the_wall(now, until):
    found = frozen([WEEKEND], now)
    assert found == (Frozen("weekend", "Europe/Berlin", until) if until else None)


def once(zone: ZoneInfo, start: str, end: str) -> Once:
    return Once(datetime.fromisoformat(start), datetime.fromisoformat(end), zone, "why")


@pytest.mark.parametrize(
    ("freeze", "first", "lifted"),
    [
        pytest.param(
            once(BERLIN, "2026-12-20T00:00", "2027-01-02T08:00"),
            utc(2026, 12, 19, 23),
            utc(2027, 1, 2, 7),
            id="over the holidays",
        ),
        pytest.param(
            once(BERLIN, "2026-03-29T02:30", "2026-03-29T05:00"),
            utc(2026, 3, 29, 1),
            utc(2026, 3, 29, 3),
            id="a start that the clocks leave out is the moment they jump",
        ),
        pytest.param(
            once(BERLIN, "2026-03-29T01:00", "2026-03-29T02:30"),
            utc(2026, 3, 29, 0),
            utc(2026, 3, 29, 1),
            id="an end that the clocks leave out is the moment they jump",
        ),
        pytest.param(
            once(BERLIN, "2026-10-25T02:30", "2026-10-25T05:00"),
            utc(2026, 10, 25, 0, 30),
            utc(2026, 10, 25, 4),
            id="a start that comes twice counts from the first",
        ),
        pytest.param(
            once(NEW_YORK, "2026-11-01T00:00", "2026-11-01T01:30"),
            utc(2026, 11, 1, 4),
            utc(2026, 11, 1, 6, 30),
            id="an end that comes twice counts until the second",
        ),
        pytest.param(
            once(LORD_HOWE, "2026-10-04T02:15", "2026-10-04T03:00"),
            utc(2026, 10, 3, 15, 30),
            utc(2026, 10, 3, 16),
            id="where the clocks jump by half an hour",
        ),
    ],
)
def test_a_single_freeze_holds_from_its_first_moment_to_before_its_last(freeze, first, lifted):
    second = timedelta(seconds=1)
    moments = [first - second, first, lifted - second, lifted]
    until = [each and each.until for each in (frozen([freeze], now) for now in moments)]
    assert until == [None, lifted, lifted, None]


def test_freezes_without_a_gap_are_told_as_one():
    holidays = once(BERLIN, "2026-12-21T07:00", "2026-12-28T00:00")
    found = frozen([WEEKEND, holidays], utc(2026, 12, 18, 20))
    assert found == Frozen("weekend", "Europe/Berlin", utc(2026, 12, 28, 7))


def test_a_freeze_of_the_whole_week_always_holds():
    always = Weekly(0, 0, BERLIN, "stop")
    assert frozen([always], utc(2026, 5, 5, 5)) is not None


def test_nothing_is_frozen_without_a_freeze():
    assert frozen([], utc(2026, 1, 10)) is None


@given(
    st.integers(0, 3 * 365 * DAY).map(lambda m: utc(2025, 1, 1) + timedelta(minutes=m)),
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE]),
    st.integers(0, 7 * DAY - 1),
    st.integers(0, 7 * DAY - 1),
)
def test_a_freeze_lifts_when_it_says(now, zone, start, end):
    freezes = [Weekly(start, end, zone, "why")]
    found = frozen(freezes, now)
    if found is not None and start != end:
        assert found.until > now
        assert frozen(freezes, found.until) is None
