"""Locks: one holder, an end, and a number that only grows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.deploy.lease import Lock, acquire, may_write, release
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


@pytest.mark.parametrize(
    ("found", "may"),
    [
        pytest.param(FIRST, True, id="its own lease"),
        pytest.param(None, False, id="no lock"),
        pytest.param(replace(FIRST, fencing=9), False, id="a later lease of the same holder"),
        pytest.param(replace(FIRST, holder="d2"), False, id="another holder"),
        pytest.param(replace(FIRST, until=NOW), False, id="a lease that ran out"),
    ],
)
def test_T81_a_late_writer_is_told_from_the_holder(found, may):
    assert may_write(found, "d1", 8, NOW) is may


@pytest.mark.parametrize(
    ("found", "may"),
    [
        pytest.param(FIRST, True, id="its own"),
        pytest.param(replace(FIRST, until=GONE), True, id="its own that ran out"),
        pytest.param(replace(FIRST, fencing=9), False, id="taken anew since"),
        pytest.param(THEIRS, False, id="another one's"),
        pytest.param(None, False, id="none"),
    ],
)
def test_T77_only_the_lock_that_was_taken_is_given_up(found, may):
    assert release(found, "d1", 8) is may
