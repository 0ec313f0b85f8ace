from datetime import timedelta

import pytest

from app.github.etags import EtagCache, Stored
from app.github.limits import limit_in
from app.github.meter import Meter, Spent
from tests.builders import NOW

RESET = str(int(NOW.timestamp()) + 1800)
SPENT = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}
LEFT = {"x-ratelimit-remaining": "4000", "x-ratelimit-reset": RESET}
SECONDARY = '{"message": "You have exceeded a secondary rate limit. Please wait."}'
NO_RIGHT = '{"message": "Resource not accessible by integration"}'


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "seconds"),
    [
        pytest.param(403, SPENT, "", "primary", 1801, id="the hour's quota is spent"),
        pytest.param(429, SPENT, "", "primary", 1801, id="the same, as 429"),
        pytest.param(
            403,
            {**SPENT, "x-ratelimit-reset": "1"},
            "",
            "primary",
            1,
            id="a reset that is over already",
        ),
        pytest.param(403, {"retry-after": "30"}, SECONDARY, "secondary", 30, id="retry-after"),
        pytest.param(429, {"retry-after": "7"}, "", "secondary", 7, id="retry-after with 429"),
        pytest.param(
            403, {"retry-after": "30", **SPENT}, "", "secondary", 30, id="retry-after wins"
        ),
        pytest.param(429, {}, "", "secondary", 60, id="429 that says nothing"),
        pytest.param(429, LEFT, "", "secondary", 60, id="429 with quota left"),
        pytest.param(403, LEFT, SECONDARY, "secondary", 60, id="a 403 that speaks of it"),
        pytest.param(
            403, {"retry-after": "soon"}, SECONDARY, "secondary", 60, id="an odd retry-after"
        ),
        pytest.param(429, {"x-ratelimit-remaining": "0"}, "", "secondary", 60, id="no reset"),
    ],
)
def test_a_limit_says_when_to_come_back(status, headers, body, kind, seconds):
    limit = limit_in(status, headers, body, NOW)
    assert limit is not None
    assert (limit.kind, limit.until - NOW) == (kind, timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        pytest.param(403, LEFT, NO_RIGHT, id="a missing permission"),
        pytest.param(403, {}, NO_RIGHT, id="the same on a server without limits"),
        pytest.param(404, SPENT, "", id="not found with the last request of the hour"),
        pytest.param(200, SPENT, "", id="a success with the last request of the hour"),
        pytest.param(502, {"retry-after": "5"}, "", id="an outage"),
        pytest.param(401, {}, SECONDARY, id="bad credentials"),
    ],
)
def test_other_refusals_are_no_limits(status, headers, body):
    assert limit_in(status, headers, body, NOW) is None


def kept(text: str) -> Stored:
    return Stored(f'"{text}"', text, {})


def test_an_answer_is_kept_for_one_installation_only():
    cache = EtagCache()
    cache.put((1, "/a"), kept("one"))
    assert cache.get((1, "/a")) == kept("one")
    assert cache.get((2, "/a")) is None


def test_the_longest_unused_answers_go_when_there_is_no_room():
    cache = EtagCache(limit_bytes=10)
    for name in "abc":
        cache.put((1, name), kept(name * 3))
    cache.get((1, "a"))
    cache.put((1, "d"), kept("ddd"))
    assert [name for name in "abcd" if cache.get((1, name))] == ["a", "c", "d"]


def test_a_newer_answer_takes_the_place_of_the_older():
    cache = EtagCache(limit_bytes=10)
    for _ in range(50):
        cache.put((1, "a"), kept("x" * 8))
    cache.put((1, "b"), kept("y"))
    assert cache.get((1, "a")) == kept("x" * 8)


def test_an_answer_larger_than_the_store_is_not_kept_and_drops_its_elder():
    cache = EtagCache(limit_bytes=10)
    cache.put((1, "a"), kept("old"))
    cache.put((1, "b"), kept("b"))
    cache.put((1, "a"), kept("x" * 11))
    assert cache.get((1, "a")) is None
    assert cache.get((1, "b")) == kept("b")


def test_the_price_of_a_stretch_of_work_is_a_difference():
    meter = Meter()
    meter.count("GET", 200)
    before = meter.spent()
    for method, status in (("GET", 200), ("GET", 304), ("POST", 201), ("PATCH", 502)):
        meter.count(method, status)
    assert meter.spent() - before == Spent(reads=1, unchanged=1, writes=2)


def test_what_is_left_is_kept_by_installation():
    meter = Meter()
    meter.note_remaining(1, 4999)
    meter.note_remaining(2, 12)
    meter.note_remaining(1, 4998)
    assert meter.remaining() == {1: 4998, 2: 12}


@pytest.mark.parametrize(
    ("remaining", "minutes", "stops"),
    [
        pytest.param(51, 10, False, id="more than the reserve"),
        pytest.param(50, 10, True, id="only the reserve"),
        pytest.param(0, 10, True, id="nothing"),
        pytest.param(0, -1, False, id="an hour that is over"),
    ],
)
def test_reading_stops_at_the_reserve_for_publishing(remaining, minutes, stops):
    meter = Meter()
    reset = NOW + timedelta(minutes=minutes)
    meter.note_remaining(7, remaining, reset)
    assert meter.exhausted_until(7, NOW) == (reset if stops else None)
    assert meter.exhausted_until(8, NOW) is None
