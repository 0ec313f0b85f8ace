"""`gatewright permissions`: what each installation lacks for which gate."""

import json
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table

from app.cli.options import AsJson, Config, settings_from
from app.core.text import visible
from app.service.permissions import report
from app.wiring import Parts


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("permissions")(permissions)


def permissions(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """Say which permission each gate lacks, and on which page to grant it; 1 if any is missing."""
    settings = settings_from(config)
    parts = Parts.build(settings)
    with parts.database.read() as connection:
        found = report(connection, settings.github_url)
    parts.close()
    if as_json:
        print(json.dumps([asdict(each) for each in found], indent=2))
    elif not found:
        print("every installation grants what the gates need")
    else:
        table = Table("Account", "Gate", "Permission", "Has", "Needs", "Grant it on")
        for each in found:
            row = (each.account, each.gate, each.permission, each.has, each.needs, each.page)
            table.add_row(*map(visible, row))
        Console().print(table)
    if found:
        raise typer.Exit(1)
