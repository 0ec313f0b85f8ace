"""Append-only enforcement, statement by statement; `tests/audit` has what concerns whole logs."""

import pytest
import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.audit.log import AuditLog
from app.errors import AppendOnlyError
from app.store.database import Database
from app.store.enforcement import self_test
from app.store.tables import APPEND_ONLY, detail, log_state, metadata
from app.store.verdicts import keep_detail

FORBIDDEN = [
    "UPDATE gw_log SET origin = 'elsewhere'",
    "DELETE FROM gw_log",
    "UPDATE log_entry SET leaf_hash = 'x' WHERE seq = 0",
    "UPDATE log_entry SET seq = 9 WHERE seq = 1",
    "DELETE FROM log_entry WHERE seq = 1",
    "UPDATE log_idem SET idem_key = 'other'",
    "DELETE FROM log_idem",
    "INSERT INTO log_entry (log_id, seq, leaf, leaf_hash) VALUES (9, 7, 'x', 'x')",
    "INSERT INTO log_entry (log_id, seq, leaf, leaf_hash) VALUES (9, 1, 'x', 'x')",
    "INSERT INTO log_entry (log_id, seq, leaf, leaf_hash) VALUES (9, -1, 'x', 'x')",
    "INSERT INTO log_idem (idem_key, log_id, seq) VALUES ('other', 9, 1)",
    "UPDATE log_state SET size = size - 1",
    "UPDATE log_state SET log_id = 10",
    "DELETE FROM log_state",
    "UPDATE detail SET body = 'x'",
    "UPDATE detail SET sha256 = 'x'",
]
ON_SQLITE = [
    "REPLACE INTO gw_log VALUES (9, 'elsewhere', 1, '')",
    "REPLACE INTO log_state VALUES (9, 0, 'x', '')",
    "REPLACE INTO log_idem VALUES ('one', 9, 0)",
    "UPDATE OR REPLACE log_entry SET seq = 0 WHERE seq = 1",
    "INSERT INTO log_entry VALUES (9, 1, 'x', 'x') ON CONFLICT DO UPDATE SET leaf = 'x'",
    "INSERT INTO log_entry VALUES (9, NULL, 'x', 'x')",
]
ON_POSTGRESQL = [
    *(f"TRUNCATE {table} CASCADE" for table in (*APPEND_ONLY, "log_state")),
    "SET LOCAL session_replication_role = replica; DELETE FROM log_entry",
    "INSERT INTO log_entry VALUES (9, 1, 'x', 'x') ON CONFLICT (log_id, seq) DO UPDATE SET seq = 2",
]


REASONS = ("append-only", "gap or overwrite", "rewind", "content-addressed", "constraint")


@pytest.fixture
def written(database, clock) -> Database:
    """A database of each kind with a log of two entries and a detail."""
    with database.write() as connection:
        draft = Draft(EntryType.VERDICT_ISSUED, "one", {})
        AuditLog("gate.example").append(connection, 9, [draft], clock())
        keep_detail(connection, "text/plain", b"x")
    return database


def contents(database: Database) -> dict[str, list]:
    names = (*APPEND_ONLY, "log_state", "detail")
    with database.read() as connection:
        return {name: connection.execute(metadata.tables[name].select()).all() for name in names}


def is_refused(database: Database, statement: str) -> bool:
    """Tell whether a guard stopped it; a mistake in the statement itself proves nothing."""
    try:
        with database.write() as connection:
            connection.exec_driver_sql(statement)
    except sa.exc.DBAPIError as error:
        return any(reason in str(error.orig) for reason in REASONS)
    return False


def test_every_forbidden_statement_is_refused_and_changes_nothing(written):
    before = contents(written)
    statements = (*FORBIDDEN, *(ON_SQLITE if written.is_sqlite else ON_POSTGRESQL))
    allowed = [each for each in statements if not is_refused(written, each)]
    assert (allowed, contents(written)) == ([], before)


def test_details_can_be_erased(written):
    with written.write() as connection:
        assert connection.execute(detail.delete()).rowcount == 1


def test_a_log_may_grow(written):
    with written.write() as connection:
        connection.execute(log_state.update().values(size=log_state.c.size + 1))


def guards(database: Database) -> list[tuple[str, str]]:
    """Return, for each guard, what takes it away and what brings it back."""
    if database.is_sqlite:
        query = "SELECT 'DROP TRIGGER ' || name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = """
            SELECT format('ALTER TABLE %I DISABLE TRIGGER %I', relname, tgname),
                   format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', relname, tgname)
            FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid
            WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace
        """
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def is_noticed(database: Database) -> bool:
    try:
        self_test(database.engine)
    except AppendOnlyError:
        return True
    return False


def test_the_self_test_notices_the_absence_of_any_guard(database):
    unnoticed = []
    for away, back in guards(database):
        with database.write() as connection:
            connection.exec_driver_sql(away)
        unnoticed += [] if is_noticed(database) else [away.split()[-1]]
        with database.write() as connection:
            connection.exec_driver_sql(back)
    # Emptying the names would empty the entries too, which have a guard of their own.
    assert unnoticed == ([] if database.is_sqlite else ["gw_log_no_truncate"])
    assert not is_noticed(database)
