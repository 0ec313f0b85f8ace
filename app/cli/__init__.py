"""The command line: one file a group of commands; exit status 0 good, 1 no, 2 could not tell."""

import sys

import typer

from app.cli import database, jobs, local, log, permissions, run, settings
from app.errors import GatewrightError

application = typer.Typer(
    name="gatewright",
    help="Merge gates for GitHub, with a record that can be recomputed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
for group in (run, local, permissions, settings):
    group.register(application)
application.add_typer(jobs.commands, name="jobs")
application.add_typer(log.commands, name="log")
application.add_typer(database.commands, name="db")


def main() -> None:
    """Run a command; an error that Gatewright foresaw is one sentence and status 2."""
    try:
        application()
    except GatewrightError as error:
        sys.stderr.write(f"gatewright: {error}\n")
        raise SystemExit(2) from error
