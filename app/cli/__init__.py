"""The command line: one file a group of commands; exit status 0 good, 1 no, 2 could not tell."""

import io
import sys
from typing import Any

import sqlalchemy as sa
import typer
from typer.core import TyperGroup
from typing_extensions import override

from app.cli import (
    canary,
    database,
    doctor,
    dora,
    freeze,
    incidents,
    jobs,
    local,
    log,
    permissions,
    policy,
    readiness,
    run,
    schema,
    settings,
    setup,
)
from app.core.text import visible
from app.errors import GatewrightError
from app.store.database import complaint


class _Commands(TyperGroup):
    """Ends whatever Gatewright foresaw with one sentence on standard error and status 2."""

    @override
    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except GatewrightError as error:
            sentence = str(error)
        except sa.exc.SQLAlchemyError as error:
            sentence = complaint(error)
        shown = visible(" ".join(sentence.split()))
        typer.echo(f"gatewright: {shown}", err=True)
        raise typer.Exit(2)


application = typer.Typer(
    name="gatewright",
    help="Merge gates for GitHub, with a record that can be recomputed.",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
for group in (setup, doctor, run, local, freeze, incidents, permissions, schema, settings):
    group.register(application)
application.add_typer(canary.commands, name="canary")
application.add_typer(policy.commands, name="policy")
application.add_typer(dora.commands, name="dora")
application.add_typer(readiness.commands, name="readiness")
application.add_typer(jobs.commands, name="jobs")
application.add_typer(log.commands, name="log")
application.add_typer(database.commands, name="db")


def main() -> None:
    """Run the command of this process."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path that the terminal's encoding lacks is no reason to keep a verdict back.
        sys.stdout.reconfigure(errors="backslashreplace")
    application()
