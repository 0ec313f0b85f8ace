"""Options that several commands share, and the parts that they work on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from app.errors import GatewrightError, StoreError
from app.settings import Settings, load_settings
from app.store.database import Database
from app.store.tables import gw_log
from app.wiring import Parts

Config = Annotated[
    Path | None,
    typer.Option("--config", help="Settings file (TOML); the environment wins over it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def settings_from(config: Path | None) -> Settings:
    """Read the settings of this run."""
    return load_settings(config)


@contextmanager
def opened(config: Path | None) -> Iterator[Parts]:
    """Open the database of this run, brought up to date, and close it again."""
    parts = Parts.build(settings_from(config))
    try:
        yield parts
    finally:
        parts.close()


@contextmanager
def reading(settings: Settings) -> Iterator[sa.Connection]:
    """Read the database as it is; evidence is not touched, nor refused for what was done to it."""
    database = Database.open(settings.database)
    try:
        if not _is_there(database):
            raise StoreError("the database holds no record: is GATEWRIGHT_DATABASE right?")
        with database.read() as connection:
            yield connection
    finally:
        database.close()


def _is_there(database: Database) -> bool:
    # To connect to a SQLite file that is missing would make it.
    file = database.engine.url.database
    if database.is_sqlite and not Path(file or "").exists():
        return False
    return sa.inspect(database.engine).has_table(gw_log.name)


def moment_from(text: str, option: str = "--now") -> datetime:
    """Read the moment of a decision; one without a time zone is refused."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise GatewrightError(f"{option} needs a time zone, for example a Z at its end")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise GatewrightError(f"{option} must be a moment such as 2026-11-20T12:00:00Z") from error
