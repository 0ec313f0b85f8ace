"""Opening a database and the two ways to use it, with many threads at once."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.errors import StoreError
from app.store.database import AWAY, Database, complaint
from app.store.tables import detail, gw_log

PASSWORD = "planted"

THREADS = 8
WRITES = 50


def count(database: Database, table: sa.Table) -> int:
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def keep(connection: sa.Connection, name: str) -> None:
    connection.execute(detail.insert().values(sha256=name, media_type="text/plain", body=b"x"))


# Addresses


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            "postgresql://u:p%40w@h:5/x?sslmode=require",
            "postgresql://u:p%40w@h:5/x?sslmode=require",
        ),
        ("postgres://u@h/x", "postgresql://u@h/x"),
        ("postgresql+psycopg://u@h/x", "postgresql://u@h/x"),
    ],
)
def test_an_address_of_postgresql_is_kept_in_the_form_that_every_library_reads(given, kept):
    opened = Database.open(given)
    assert (opened.url, opened.is_sqlite) == (kept, False)
    assert opened.engine.url.render_as_string(hide_password=False) == kept.replace(
        "postgresql:", "postgresql+psycopg:"
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gatewright.db",
        f"mysql://u:{PASSWORD}@h/x",
        f"postgresql+psycopg2://u:{PASSWORD}@h/x",
        "sqlite+aiosqlite:///x.db",
        f"postgresql://u:{PASSWORD}@h:port/x",
    ],
)
def test_another_kind_of_database_is_refused_without_its_password(url):
    with pytest.raises(StoreError, match="must be sqlite:///FILE or postgresql://") as refused:
        Database.open(url)
    assert "planted" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?cache=shared&uri=true",
        "sqlite:///file:x?mode=memory&cache=shared&uri=true",
    ],
)
def test_memory_is_no_place_for_a_record(url):
    with pytest.raises(StoreError, match="must name a file"):
        Database.open(url)


def test_the_folder_of_a_file_is_made_and_a_home_is_found(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    opened = Database.open("sqlite:///~/deep/er/x.db")
    with opened.write() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    opened.close()
    assert opened.url == f"sqlite:///{tmp_path}/deep/er/x.db"
    assert (tmp_path / "deep/er/x.db").is_file()


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="folder cannot be made: "):
        Database.open(f"sqlite:///{tmp_path}/file/x.db")


def test_a_complaint_names_the_reason_and_neither_statement_nor_values(database):
    with pytest.raises(sa.exc.DBAPIError) as failed, database.write() as connection:
        for _ in range(2):
            keep(connection, "planted")
    said = complaint(failed.value)
    assert said.startswith("the database cannot be used: ")
    assert "unique constraint" in said.lower()
    assert "planted" not in said
    assert "INSERT" not in said


def test_a_complaint_leaves_out_the_values_that_postgresql_adds():
    said = Exception("a key is there twice\nDETAIL:  Key (login)=(planted) already exists.")
    error = sa.exc.IntegrityError("INSERT", {}, said)
    assert complaint(error) == "the database cannot be used: a key is there twice"


def test_an_error_that_somebody_logs_does_not_hold_the_values(database):
    with pytest.raises(sa.exc.DBAPIError) as failed, database.write() as connection:
        connection.execute(sa.text("SELECT * FROM nowhere WHERE name = :name"), {"name": "planted"})
    assert "planted" not in str(failed.value)


# Transactions


def test_a_failed_transaction_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        keep(connection, "lost")
        _ = 1 / 0
    assert count(database, detail) == 0


def test_what_is_written_while_reading_is_taken_back(database):
    with database.read() as connection:
        keep(connection, "lost")
    assert count(database, detail) == 0


def test_many_writers_wait_for_each_other_and_none_fails(database):
    def write(thread: int) -> None:
        for number in range(WRITES):
            with database.write() as connection:
                seen = connection.execute(sa.select(sa.func.count()).select_from(detail))
                seen.scalar_one()
                keep(connection, f"{thread}/{number}")

    with ThreadPoolExecutor(THREADS) as threads:
        done = wait([threads.submit(write, thread) for thread in range(THREADS)]).done
    assert [each.exception() for each in done] == [None] * THREADS
    assert count(database, detail) == THREADS * WRITES


def test_a_new_file_can_be_opened_by_many_at_once(tmp_path):
    """Each sets the file up; SQLite's own waiting does not cover that."""

    def open_together(file: Path) -> list:
        databases = [Database.open(f"sqlite:///{file}") for _ in range(THREADS)]
        together = threading.Barrier(THREADS)

        def begin(database: Database) -> None:
            together.wait(10)
            with database.write() as connection:
                connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS t (x)")
            database.close()

        with ThreadPoolExecutor(THREADS) as threads:
            return [each.exception() for each in [threads.submit(begin, db) for db in databases]]

    failed = [open_together(tmp_path / f"{number}.db") for number in range(15)]
    assert failed == [[None] * THREADS] * 15


def test_a_new_file_that_somebody_writes_is_set_up_as_soon_as_they_are_done(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/x.db")
    first = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    first.execute("BEGIN IMMEDIATE")
    first.execute("CREATE TABLE t (x)")
    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(sa.inspect, database.engine)
        assert not wait([second], timeout=0.3).done
        first.execute("COMMIT")
        assert second.result(10).has_table("t")
    first.close()
    database.close()


def test_a_reader_does_not_wait_for_a_writer_and_sees_what_was_there(database):
    with database.write() as writer:
        keep(writer, "not yet")
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(count, database, detail).result(timeout=5) == 0
    assert count(database, detail) == 1


def test_a_reader_sees_one_moment_on_sqlite(sqlite_url):
    database = Database.open(sqlite_url)
    with database.read() as reader:
        query = sa.select(sa.func.count()).select_from(detail)
        before = reader.execute(query).scalar_one()
        with database.write() as writer:
            keep(writer, "later")
        assert (before, reader.execute(query).scalar_one()) == (0, 0)
    database.close()


def test_a_writer_on_sqlite_is_the_only_one_from_its_first_statement(sqlite_url):
    database, entered, order = Database.open(sqlite_url), threading.Event(), []

    def second() -> None:
        entered.set()
        with database.write() as connection:
            order.append("second")
            keep(connection, "second")

    with ThreadPoolExecutor(1) as threads:
        with database.write() as connection:
            # Nothing was written yet, and still the other one has to wait.
            waits = threads.submit(second)
            assert entered.wait(5)
            wait([waits], timeout=0.2)
            order.append("first")
            keep(connection, "first")
        waits.result(timeout=10)
    database.close()
    assert order == ["first", "second"]


def test_who_has_little_patience_does_not_wait_for_locks(database, database_url):
    hasty = Database.open(database_url, timedelta(milliseconds=50))
    with database.write() as other:
        if not database.is_sqlite:
            other.execute(sa.text("LOCK TABLE detail IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(AWAY), hasty.write() as connection:
            keep(connection, "in a hurry")
    with hasty.write() as connection:
        keep(connection, "there is time")
    assert count(database, detail) == 1
    hasty.close()


@pytest.mark.postgres
def test_who_has_little_patience_does_not_wait_for_connections(postgres_url):
    hasty = Database.open(postgres_url, timedelta(milliseconds=50))
    with ExitStack() as opened, pytest.raises(AWAY):
        for _ in range(100):
            opened.enter_context(hasty.engine.connect())
    hasty.close()


@pytest.mark.postgres
def test_others_on_postgresql_wait_without_a_limit_for_statements(postgres_url):
    database = Database.open(postgres_url)
    with database.read() as connection:
        found = [
            connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("lock_timeout", "statement_timeout")
        ]
    database.close()
    assert found == ["0", "0"]


def test_a_sqlite_file_is_durable_and_guards_its_references(sqlite_url):
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "secure_delete": 1,
    }
    database = Database.open(sqlite_url)
    with database.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in expected
        }
    database.close()
    assert found == expected


def test_an_entry_needs_its_log(database):
    insert = "INSERT INTO log_entry (log_id, seq, leaf, leaf_hash) VALUES (5, 0, 'x', 'x')"
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.exec_driver_sql(insert)
    assert count(database, gw_log) == 0


def test_what_was_deleted_is_not_in_the_file_any_more(sqlite_url, tmp_path):
    database = Database.open(sqlite_url)
    with database.write() as connection:
        connection.execute(
            detail.insert().values(sha256="x", media_type="text/plain", body=b"planted" * 999)
        )
    with database.write() as connection:
        connection.execute(detail.delete())
    database.close()
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert b"planted" not in file.read_bytes()
