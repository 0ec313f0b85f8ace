"""`INSERT … ON CONFLICT` in the dialect of the connection.

Building a statement costs more than running it, so the common ones are built once.
"""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert


def insert_in(dialect: str, table: sa.Table) -> Insert:
    """Return an insert that knows `on_conflict_do_…` in a dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert(connection: sa.Connection, table: sa.Table) -> Insert:
    """Return an insert that knows `on_conflict_do_…` on this connection's database."""
    return insert_in(connection.dialect.name, table)


def insert_missing(connection: sa.Connection, table: sa.Table, **values: Any) -> bool:
    """Insert a row unless its key is there; tell whether it was inserted."""
    statement = _insert_missing(connection.dialect.name, table, tuple(values))
    return connection.execute(statement, values).rowcount == 1


def put(connection: sa.Connection, table: sa.Table, **values: Any) -> None:
    """Insert a row or overwrite the columns given of the row with the same primary key."""
    connection.execute(_put(connection.dialect.name, table, tuple(values)), values)


def parameters(names: tuple[str, ...]) -> dict[str, sa.BindParameter[Any]]:
    """Return a named parameter for each column."""
    return {name: sa.bindparam(name) for name in names}


@cache
def _insert_missing(dialect: str, table: sa.Table, names: tuple[str, ...]) -> sa.Insert:
    statement = insert_in(dialect, table).values(parameters(names)).on_conflict_do_nothing()
    # Without this the count of an insert is lost on PostgreSQL.
    return statement.execution_options(preserve_rowcount=True)


@cache
def _put(dialect: str, table: sa.Table, names: tuple[str, ...]) -> sa.Insert:
    keys = [column.name for column in table.primary_key]
    statement = insert_in(dialect, table).values(parameters(names))
    changes = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)
