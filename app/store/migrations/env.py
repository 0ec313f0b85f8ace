"""Alembic's entry: uses the caller's connection and transaction."""

from alembic import context

from app.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="gw_schema",
    transaction_per_migration=False,
    include_object=lambda _item, name, kind, _reflected, _compared: (
        kind != "table" or name in metadata.tables
    ),
)
context.run_migrations()
