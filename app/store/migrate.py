"""Schema migrations, run by every role under a lock of their own."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from app.store.database import Database

_LOCK = 0x6761746577726967  # "gatewrig": one migration at a time on PostgreSQL


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def migrate(database: Database) -> None:
    """Bring our tables to the newest version; safe to call from several processes at once."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(_config(connection), "head")
