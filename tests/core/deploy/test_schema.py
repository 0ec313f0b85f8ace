"""Schemas by their migrations: which code can still run after a version."""

import pytest

from app.core.deploy.schema import Schema, brought_by

COMPATIBLE = ("db/*_add.sql",)
ONE = frozenset({"db/1.sql"})


@pytest.mark.parametrize(
    ("own", "before", "floor", "schema"),
    [
        pytest.param(ONE, ONE, 1, Schema(1, 1), id="nothing new"),
        pytest.param(ONE | {"db/2.sql"}, ONE, 1, Schema(2, 2), id="a migration that changes"),
        pytest.param(ONE | {"db/2_add.sql"}, ONE, 1, Schema(2, 1), id="one that only adds"),
        pytest.param(
            ONE | {"db/2_add.sql", "db/3.sql"}, ONE, 1, Schema(3, 3), id="one of each kind"
        ),
        pytest.param(
            ONE | {"db/2_add.sql"}, ONE, None, Schema(2, 1), id="an earlier floor nobody knows"
        ),
        pytest.param(
            frozenset({"db/2.sql"}),
            ONE,
            1,
            Schema(1, 2),
            id="T91 as many migrations as before, but another one",
        ),
        pytest.param(frozenset(), ONE, 1, Schema(0, 1), id="an older version"),
        pytest.param(frozenset(), frozenset(), None, Schema(0, 0), id="none at all"),
    ],
)
def test_a_schema_says_which_code_still_runs(own, before, floor, schema):
    assert brought_by(own, before, floor, COMPATIBLE) == schema
