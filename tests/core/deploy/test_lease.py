"""Locks: one holder, an end, and a number that only grows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.deploy.lease import Lock, acquire
from app.core.deploy.observed import Refusal

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOON, GONE = NOW + timedelta(seconds=60), NOW - timedelta(seconds=1)
MINE = Lock("production", "d1", 0, SOON)
THEIRS = Lock("production", "d2", 7, SOON)
FIRST = replace(MINE, fencing=8)


@pytest.mark.parametrize(
    ("found", "result"),
    [
        pytest.param(None, FIRST, id="nobody holds it"),
        pytest.param(THEIRS, Refusal("locked", "production is held by d2"), id="T80 another does"),
        pytest.param(replace(THEIRS, until=GONE), FIRST, id="another one's lease ran out"),
        pytest.param(replace(THEIRS, until=NOW), FIRST, id="another one's lease ends this moment"),
        pytest.param(
            replace(THEIRS, until=None),
            Refusal("locked", "production is held by d2"),
            id="a person's lock has no end",
        ),
        pytest.param(
            replace(FIRST, until=NOW + timedelta(seconds=5)), FIRST, id="F51 asking again renews"
        ),
        pytest.param(
            replace(FIRST, fencing=3, until=GONE),
            FIRST,
            id="T81 after its end even the holder gets a new number",
        ),
    ],
)
def test_a_lock_has_one_holder(found, result):
    assert acquire(found, MINE, NOW, highest=7) == result
