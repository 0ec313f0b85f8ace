"""`gatewright db`: migrate, rebuild the queue, move from SQLite to PostgreSQL."""

from typing import Annotated

import typer

from app.cli.options import Config, opened
from app.engine.durable import prepare
from app.store.copy import copy_tables
from app.store.database import Database
from app.store.migrate import migrate as migrate_tables

commands = typer.Typer(help="Look after the database.", no_args_is_help=True)

Target = Annotated[
    str, typer.Argument(metavar="URL", help="URL of an empty database to copy into.")
]


@commands.command("migrate")
def migrate(config: Config = None) -> None:
    """Bring the tables to the newest version and prove that the record is append-only."""
    with opened(config):
        print("the database is up to date, and the record is append-only")


@commands.command("rebuild")
def rebuild(config: Config = None) -> None:
    """Queue again whatever is not done, from our own tables alone."""
    with opened(config) as parts, parts.database.write() as connection:
        count = parts.scheduler.rebuild(connection)
    print(f"{count} unfinished subject(s) queued again")


@commands.command("copy")
def copy(target: Target, config: Config = None) -> None:
    """Copy everything into another database; stop the service first, then rebuild there."""
    with opened(config) as source:
        destination = Database.open(target)
        try:
            migrate_tables(destination)
            prepare(destination)
            counts = copy_tables(source.database, destination)
        finally:
            destination.close()
    for table, rows in counts.items():
        print(f"{table}: {rows}")
    print("set GATEWRIGHT_DATABASE to the new URL, run `gatewright db rebuild`, then start")
