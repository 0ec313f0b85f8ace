"""`INSERT … ON CONFLICT` in the dialect of the connection."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Return an insert that knows `on_conflict_do_…` on this connection's database."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def insert_missing(connection: sa.Connection, table: sa.Table, **values: Any) -> bool:
    """Insert a row unless its key is there; tell whether it was inserted."""
    statement = insert(connection, table).values(values).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1


def put(connection: sa.Connection, table: sa.Table, **values: Any) -> None:
    """Insert a row or overwrite the columns given of the row with the same primary key."""
    keys = [column.name for column in table.primary_key]
    statement = insert(connection, table).values(values)
    changes = {name: statement.excluded[name] for name in values if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))
