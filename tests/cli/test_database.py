"""`gatewright db`: migrate, rebuild, and the move from SQLite to PostgreSQL."""

import json

import psycopg
import pytest
import sqlalchemy as sa

from app.store import subjects
from app.store.database import Database
from app.store.subjects import Want
from app.store.tables import metadata
from tests.builders import NOW
from tests.cli.conftest import gatewright

PASSWORD = "planted"

DONE = ("pull_request:1#1", "pull_request:1#2")


def want(key: str) -> Want:
    return Want(key, "pull_request", 9, 1, "test")


def queued(database: Database) -> set[str]:
    schema = "" if database.is_sqlite else "dbos."
    query = f"SELECT queue_partition_key FROM {schema}workflow_status WHERE status = 'ENQUEUED'"
    with database.read() as connection:
        return set(connection.exec_driver_sql(query).scalars())


def rows(database: Database) -> dict[str, list]:
    """Return everything that our tables hold."""
    with database.read() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(table.select().order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
        }


@pytest.fixture
def busy(recorded) -> Database:
    """A recorded database with a finished job, one in work, one that waits and one parked."""
    with recorded.write() as connection:
        for key in ("busy", "waits", "parked", "sleeps"):
            subjects.mark(connection, want(key), NOW)
        subjects.queue(connection, "waits")
        subjects.take(connection, "busy", NOW)
        subjects.fail(connection, subjects.take(connection, "parked", NOW), "no", None)
        subjects.finish(connection, subjects.take(connection, "sleeps", NOW), NOW)
    return recorded


@pytest.fixture
def empty_postgres(postgres_server):
    """A PostgreSQL database without any table."""
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE gw_moved")
    yield postgres_server.url("gw_moved")
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE gw_moved WITH (FORCE)")


def test_migrate_makes_a_database_and_may_be_repeated(monkeypatch, tmp_path):
    monkeypatch.setenv("GATEWRIGHT_DATABASE", f"sqlite:///{tmp_path}/deep/er/new.db")
    for _ in range(2):
        done = gatewright("db", "migrate")
        assert (done.status, done.err) == (0, "")
        assert done.out == "the database is up to date, and the record is append-only\n"


def test_migrate_stops_when_the_record_could_be_changed(database):
    with database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_entry_no_delete")
    complaint = gatewright("db", "migrate").complaint
    assert complaint == "the database would let the application delete an entry"


def test_rebuild_queues_what_is_unfinished_and_nothing_else(busy):
    with busy.write() as connection:
        connection.exec_driver_sql("DELETE FROM workflow_status")
    done = gatewright("db", "rebuild")
    assert (done.status, done.out) == (0, "2 unfinished subject(s) queued again\n")
    assert queued(busy) == {"busy", "waits"}


@pytest.mark.postgres
def test_everything_moves_to_postgresql_and_the_record_stays_sound(
    busy, empty_postgres, monkeypatch
):
    before, sound = rows(busy), gatewright("log", "verify").out
    done = gatewright("db", "copy", empty_postgres)
    assert (done.status, done.err) == (0, "")
    assert "\nlog_entry: " in done.out
    monkeypatch.setenv("GATEWRIGHT_DATABASE", empty_postgres)
    target = Database.open(empty_postgres)
    assert rows(target) == before
    assert gatewright("log", "verify").out == sound
    assert queued(target) == set()
    assert gatewright("db", "rebuild").out == "2 unfinished subject(s) queued again\n"
    assert queued(target) == {"busy", "waits"}
    [verdict, *_] = [row[0] for row in rows(target)["verdict"]]
    assert gatewright("replay", verdict).status == 0
    target.close()


@pytest.mark.postgres
def test_numbers_go_on_after_the_move(busy, empty_postgres, clock):
    gatewright("db", "copy", empty_postgres)
    target = Database.open(empty_postgres)
    last = max(row[0] for row in rows(busy)["delivery"])
    insert = "INSERT INTO delivery (guid, event, account_id, decision, received_at)"
    with target.write() as connection:
        made = connection.execute(
            sa.text(f"{insert} VALUES ('new', 'ping', 1, '', '') RETURNING seq")
        )
        assert made.scalar_one() == last + 1
    target.close()


def test_a_target_that_is_not_empty_is_refused_and_unchanged(busy, tmp_path):
    other = f"sqlite:///{tmp_path}/other.db"
    assert gatewright("db", "copy", other).status == 0
    target = Database.open(other)
    before = rows(target)
    complaint = gatewright("db", "copy", other).complaint
    assert complaint.startswith("the target database is not empty: ")
    assert rows(target) == before
    target.close()


def test_a_target_that_cannot_be_used_is_a_sentence_without_its_password(database):
    complaint = gatewright("db", "copy", f"postgresql://u:{PASSWORD}@127.0.0.1:1/x").complaint
    assert "planted" not in complaint
    assert "connection" in complaint


def test_what_is_parked_stays_parked_after_a_copy(busy, tmp_path, monkeypatch):
    other = f"sqlite:///{tmp_path}/other.db"
    gatewright("db", "copy", other)
    monkeypatch.setenv("GATEWRIGHT_DATABASE", other)
    listed = json.loads(gatewright("jobs", "list", "--json").out)
    states = {each["key"]: each["state"] for each in listed}
    assert (states["parked"], states["busy"], states["waits"]) == ("parked", "running", "queued")
