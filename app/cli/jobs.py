"""`gatewright jobs`: what is waiting, running, sleeping or parked."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.cli.options import AsJson, Config, settings_from
from app.core.text import visible
from app.store import subjects
from app.wiring import Parts

commands = typer.Typer(help="Show and repeat work.", no_args_is_help=True)

All = Annotated[bool, typer.Option("--all", help="Show finished subjects too.")]


@commands.command("list")
def list_jobs(config: Config = None, everything: All = False, as_json: AsJson = False) -> None:  # noqa: FBT002 - flags
    """List the subjects that are not finished, the longest waiting first."""
    parts = Parts.build(settings_from(config))
    with parts.database.read() as connection:
        found = subjects.standings(connection, include_done=everything)
    parts.close()
    if as_json:
        print(json.dumps([asdict(each) for each in found], indent=2))
        return
    table = Table("Subject", "State", "Because of", "Failures", "Since", "Error")
    for each in found:
        row = (each.key, each.state, each.cause, str(each.attempts), each.wanted_at)
        table.add_row(*(visible(text) for text in row), visible(each.error or ""))
    Console().print(table)


@commands.command("retry")
def retry(key: str, config: Config = None) -> None:
    """Give a parked subject a fresh start."""
    parts = Parts.build(settings_from(config))
    with parts.database.write() as connection:
        want = subjects.unpark(connection, key)
        if want is not None:
            parts.scheduler.want(connection, [want])
    parts.close()
    if want is None:
        print(f"{visible(key)} is not parked; `gatewright jobs list` shows what is")
        raise typer.Exit(1)
    print(f"{visible(key)} is queued again")
