"""Moves our own tables to another database; the queue is rebuilt there, not copied."""

import sqlalchemy as sa

from app.errors import StoreError
from app.store.database import Database
from app.store.schema import metadata

_BATCH = 500
_STAYS = ("worker",)


def copy_tables(source: Database, target: Database) -> dict[str, int]:
    """Copy every row in one transaction and return the count by table.

    Raises StoreError when the target holds anything already.
    """
    counts: dict[str, int] = {}
    with source.read() as reader, target.write() as writer:
        for table in metadata.sorted_tables:
            if table.name in _STAYS:
                continue
            if writer.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
                raise StoreError(f"the target database is not empty: {table.name} has rows")
            counts[table.name] = _copy(reader, writer, table)
        _reset_sequences(writer)
    return counts


def _copy(reader: sa.Connection, writer: sa.Connection, table: sa.Table) -> int:
    """Copy in primary-key order: the log's density is checked row by row."""
    count = 0
    rows = reader.execute(sa.select(table).order_by(*table.primary_key))
    for batch in rows.mappings().partitions(_BATCH):
        for row in batch:
            writer.execute(table.insert(), dict(row))
        count += len(batch)
    return count


def _reset_sequences(writer: sa.Connection) -> None:
    if writer.dialect.name == "sqlite":
        return
    writer.exec_driver_sql(
        "SELECT setval(pg_get_serial_sequence('delivery', 'seq'), "
        "greatest(1, (SELECT coalesce(max(seq), 1) FROM delivery)))"
    )
