"""`gatewright replay` on a database that a bot has filled."""

import json

import pytest

from app.core.verdict import GateName
from app.store import verdicts
from app.store.tables import detail, verdict
from tests.cli.conftest import LEAKED, gatewright


@pytest.fixture
def newest(recorded):
    """The verdicts of the record, the newest first."""
    with recorded.read() as connection:
        return verdicts.newest(connection)


def change(database, statement) -> None:
    """Change a row as whoever owns the database could."""
    with database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS detail_no_update")
        assert connection.execute(statement).rowcount == 1


def test_every_verdict_is_recomputed_byte_for_byte(newest):
    assert [each.outcome(GateName.MERGE) for each in newest] == ["pass", "pending", "fail"]
    for each in newest:
        done = gatewright("replay", each.id)
        assert (done.status, done.err) == (0, "")
        assert done.out.startswith(f"{each.id} is recomputed byte for byte (")


def test_the_recomputed_judgement_is_printed_for_programs(newest):
    for each in newest:
        done = gatewright("replay", each.id, "--json")
        assert json.loads(done.out)["verdict"] == each.outcome(GateName.MERGE)
        assert LEAKED not in done.out


def test_the_start_of_an_id_is_enough(newest):
    assert gatewright("replay", newest[0].id[:9]).out.startswith(f"{newest[0].id} is recomputed")


def test_a_start_that_several_share_is_refused(newest):
    complaint = gatewright("replay", "v-").complaint
    assert complaint == "several verdicts start with 'v-'; write more of the id"


@pytest.mark.parametrize("unknown", ["v-0000", "%", "v_", "\x1b[31m"])
def test_an_unknown_id_is_refused(recorded, unknown):
    assert gatewright("replay", "--", unknown).complaint == f"there is no verdict {unknown!r}"


@pytest.mark.parametrize(
    ("column", "what"), [("facts_sha256", "facts"), ("judgement_sha256", "judgement")]
)
def test_details_that_were_changed_are_refused(recorded, newest, column, what):
    digest = getattr(newest[0], column)
    change(recorded, detail.update().where(detail.c.sha256 == digest).values(body=b"{}"))
    complaint = gatewright("replay", newest[0].id).complaint
    assert complaint == f"the stored {what} are not those that were recorded"


def test_details_that_were_erased_are_refused(recorded, newest):
    change(recorded, detail.delete().where(detail.c.sha256 == newest[0].facts_sha256))
    complaint = gatewright("replay", newest[0].id).complaint
    assert complaint == "the facts of this verdict are not stored any more"


@pytest.mark.parametrize("column", ["facts_sha256", "judgement_sha256", "decided_at"])
def test_a_verdict_that_was_given_parts_of_another_differs(recorded, newest, column):
    mine, other = newest[0], newest[1]
    row = verdict.update().where(verdict.c.id == mine.id)
    change(recorded, row.values({column: getattr(other, column)}))
    done = gatewright("replay", mine.id)
    assert (done.status, done.err) == (1, "")
    assert "is NOT what is recorded" in done.out


def test_a_verdict_that_was_exchanged_as_a_whole_differs(recorded, newest):
    mine, other = newest[0], newest[1]
    names = ("facts_sha256", "policy_sha256", "judgement_sha256", "decided_at")
    parts = {name: getattr(other, name) for name in names}
    change(recorded, verdict.update().where(verdict.c.id == mine.id).values(parts))
    assert gatewright("replay", mine.id).status == 1
