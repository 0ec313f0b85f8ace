"""`gatewright jobs`: what is waiting, running, sleeping or parked."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from app.cli.options import AsJson, Config, opened, reading, settings_from
from app.cli.terminal import print_table
from app.core.text import visible
from app.store import subjects

commands = typer.Typer(help="Show and repeat work.", no_args_is_help=True)

All = Annotated[bool, typer.Option("--all", help="Show finished subjects too.")]
JobKey = Annotated[str, typer.Argument(metavar="KEY", help="A subject, as `jobs list` shows it.")]


@commands.command("list")
def list_jobs(config: Config = None, everything: All = False, as_json: AsJson = False) -> None:  # noqa: FBT002 - flags
    """List the subjects that are not finished, the longest waiting first."""
    with reading(settings_from(config)) as connection:
        found = subjects.standings(connection, include_done=everything)
    if as_json:
        print(json.dumps([asdict(each) for each in found], indent=2))
        return
    rows = [
        (each.key, each.state, each.cause, str(each.attempts), each.wanted_at, each.error or "")
        for each in found
    ]
    print_table(("Subject", "State", "Because of", "Failures", "Since", "Error"), rows)


@commands.command("retry")
def retry(key: JobKey, config: Config = None) -> None:
    """Give a parked subject a fresh start; status 1 if it is not parked."""
    with opened(config) as parts, parts.database.write() as connection:
        want = subjects.unpark(connection, key)
        if want is not None:
            parts.scheduler.want(connection, [want])
    if want is None:
        print(f"{visible(key)} is not parked; `gatewright jobs list` shows what is")
        raise typer.Exit(1)
    print(f"{visible(key)} is queued again")
