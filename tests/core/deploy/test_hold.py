"""Holds: which pull request is kept from which environment, and who is named for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.deploy.hold import EVERYWHERE, Hold, held
from app.core.deploy.observed import Refusal

THEN = datetime(2026, 3, 2, tzinfo=UTC)
HERE = Hold(12, "production", 7, "ann", "wait for the DBA", THEN)
BY_ANN = Refusal("held", "held by ann (wait for the DBA)")


@pytest.mark.parametrize(
    ("holds", "number", "refusal"),
    [
        pytest.param([], 12, None, id="nobody holds it"),
        pytest.param([HERE], 12, BY_ANN, id="this environment, whatever its case"),
        pytest.param([replace(HERE, environment=EVERYWHERE)], 12, BY_ANN, id="all of them"),
        pytest.param([replace(HERE, environment="dev")], 12, None, id="another environment"),
        pytest.param([HERE], 13, None, id="another pull request"),
        pytest.param([HERE], None, None, id="no pull request at all"),
        pytest.param(
            [replace(HERE, account_id=8, login="bob", at=THEN + timedelta(hours=1)), HERE],
            12,
            Refusal("held", "held by ann (wait for the DBA), and 1 more"),
            id="two people, the first of them named",
        ),
    ],
)
def test_a_hold_keeps_one_pull_request_from_where_it_says(holds, number, refusal):
    assert held(holds, number, "Production") == refusal
