"""Append-only enforcement by triggers on both databases, and the self-test that proves it.

Rules: a row of the log is never updated or deleted; `log_entry.seq` is dense from 0; a log's
size only rises. On SQLite the insert trigger also stops `INSERT OR REPLACE`.
"""

import sqlalchemy as sa

from app.errors import AppendOnlyError
from app.store.tables import APPEND_ONLY

_DENSE = "(SELECT COALESCE(MAX(seq) + 1, 0) FROM log_entry WHERE log_id = NEW.log_id)"


def _sqlite_frozen(table: str) -> tuple[str, ...]:
    stop = "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {stop}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {stop}",
    )


def sqlite_statements() -> tuple[str, ...]:
    """Return the triggers for SQLite."""
    frozen = tuple(line for table in APPEND_ONLY for line in _sqlite_frozen(table))
    return (
        *frozen,
        f"CREATE TRIGGER log_entry_dense BEFORE INSERT ON log_entry WHEN NEW.seq IS NOT {_DENSE} "
        "BEGIN SELECT RAISE(ABORT, 'gap or overwrite'); END",
        "CREATE TRIGGER detail_no_update BEFORE UPDATE ON detail "
        "BEGIN SELECT RAISE(ABORT, 'content-addressed'); END",
        "CREATE TRIGGER log_state_rises BEFORE UPDATE ON log_state "
        "WHEN NEW.size < OLD.size OR NEW.log_id <> OLD.log_id "
        "BEGIN SELECT RAISE(ABORT, 'rewind'); END",
        "CREATE TRIGGER log_state_no_delete BEFORE DELETE ON log_state "
        "BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    )


_PG_FUNCTIONS = (
    # OLD and NEW are null for TRUNCATE: the operation is looked at before anything else.
    """CREATE FUNCTION gw_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'append-only: %% on %%', TG_OP, TG_TABLE_NAME; END $$""",
    f"""CREATE FUNCTION gw_log_dense() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.seq <> {_DENSE} THEN RAISE EXCEPTION 'gap or overwrite'; END IF;
      RETURN NEW;
    END $$""",
    """CREATE FUNCTION gw_log_rises() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.size < OLD.size OR NEW.log_id <> OLD.log_id THEN RAISE EXCEPTION 'rewind'; END IF;
      RETURN NEW;
    END $$""",
)


def _pg_trigger(
    table: str, name: str, when: str, function: str, each: str = "ROW"
) -> tuple[str, ...]:
    trigger = f"{table}_{name}"
    return (
        f"CREATE TRIGGER {trigger} BEFORE {when} ON {table} FOR EACH {each} "
        f"EXECUTE FUNCTION {function}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}",
    )


def postgres_statements() -> tuple[str, ...]:
    """Return the functions and triggers for PostgreSQL; ALWAYS holds in replica mode too."""
    triggers = [
        line
        for table in APPEND_ONLY
        for line in (
            *_pg_trigger(table, "frozen", "UPDATE OR DELETE", "gw_append_only"),
            *_pg_trigger(table, "no_truncate", "TRUNCATE", "gw_append_only", "STATEMENT"),
        )
    ]
    triggers += _pg_trigger("log_entry", "dense", "INSERT", "gw_log_dense")
    triggers += _pg_trigger("log_state", "rises", "UPDATE", "gw_log_rises")
    triggers += _pg_trigger("log_state", "kept", "DELETE", "gw_append_only")
    triggers += _pg_trigger("detail", "frozen", "UPDATE", "gw_append_only")
    triggers += _pg_trigger("log_state", "no_truncate", "TRUNCATE", "gw_append_only", "STATEMENT")
    return (*_PG_FUNCTIONS, *triggers)


_PROBE = -1
# A log without entries: of one that has some, the foreign key alone would guard the name.
_EMPTY = -2


def _probes(*, sqlite: bool) -> tuple[tuple[str, str], ...]:
    """Return forbidden statements on rows that the self-test has just written itself."""
    insert = "INSERT INTO log_entry (log_id, seq, leaf, leaf_hash) VALUES"
    common = (
        ("change an entry", f"UPDATE log_entry SET leaf = leaf WHERE log_id = {_PROBE}"),
        ("delete an entry", f"DELETE FROM log_entry WHERE log_id = {_PROBE}"),
        ("leave a gap", f"{insert} ({_PROBE}, 7, 'x', 'x')"),
        ("rewind a log", f"UPDATE log_state SET size = 0 WHERE log_id = {_PROBE}"),
        ("forget a log", f"DELETE FROM log_state WHERE log_id = {_PROBE}"),
        ("rename a log", f"UPDATE gw_log SET origin = origin WHERE log_id = {_PROBE}"),
        ("delete a log", f"DELETE FROM gw_log WHERE log_id = {_EMPTY}"),
        ("change a key", f"UPDATE log_idem SET seq = seq WHERE log_id = {_PROBE}"),
        ("delete a key", f"DELETE FROM log_idem WHERE log_id = {_PROBE}"),
        ("change a detail", "UPDATE detail SET body = body WHERE sha256 = 'probe'"),
    )
    if sqlite:
        replace = insert.replace("INSERT", "INSERT OR REPLACE")
        return (*common, ("replace an entry", f"{replace} ({_PROBE}, 0, 'x', 'x')"))
    emptied = ("log_entry", "log_idem", "log_state")
    return (*common, *((f"empty {table}", f"TRUNCATE {table}") for table in emptied))


def _plant(connection: sa.Connection) -> None:
    for statement in (
        f"INSERT INTO gw_log VALUES ({_PROBE}, 'self-test', 1, '')",
        f"INSERT INTO gw_log VALUES ({_EMPTY}, 'self-test of names', 1, '')",
        f"INSERT INTO log_state VALUES ({_PROBE}, 1, 'x', '')",
        f"INSERT INTO log_entry VALUES ({_PROBE}, 0, 'x', 'x')",
        f"INSERT INTO log_idem VALUES ('self-test', {_PROBE}, 0)",
        "INSERT INTO detail VALUES ('probe', 'text/plain', 'x')",
    ):
        connection.exec_driver_sql(statement)


def _is_refused(connection: sa.Connection, statement: str) -> bool:
    savepoint = connection.begin_nested()
    try:
        connection.exec_driver_sql(statement)
    except sa.exc.DBAPIError:
        savepoint.rollback()
        return True
    savepoint.rollback()
    return False


def self_test(engine: sa.Engine) -> tuple[str, ...]:
    """Try every forbidden statement on planted rows, roll back, and name what was tried.

    Raises AppendOnlyError naming whatever the database would have allowed.
    """
    probes = _probes(sqlite=engine.dialect.name == "sqlite")
    with engine.connect() as connection:
        transaction = connection.begin()
        _plant(connection)
        allowed = [what for what, statement in probes if not _is_refused(connection, statement)]
        transaction.rollback()
    if allowed:
        raise AppendOnlyError(f"the database would let the application {', '.join(allowed)}")
    return tuple(what for what, _ in probes)
