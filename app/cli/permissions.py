"""`gatewright permissions`: what each installation lacks for which gate."""

import json
from dataclasses import asdict

import typer

from app.cli.options import AsJson, Config, reading, settings_from
from app.cli.terminal import print_table
from app.errors import GatewrightError
from app.service.permissions import report


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("permissions")(permissions)


def permissions(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """Say which permission each gate lacks; 1 if any is missing."""
    settings = settings_from(config)
    with reading(settings) as connection:
        found = report(connection, settings.github_url)
    if found is None:
        raise GatewrightError("no installation is known yet: install the App and start the service")
    if as_json:
        print(json.dumps([asdict(each) for each in found], indent=2))
    elif not found:
        print("every installation grants what the gates need")
    else:
        headers = ("Account", "Gate", "Permission", "Has", "Needs", "Grant it on")
        rows = [
            (each.account, each.gate, each.permission, each.has, each.needs, each.page)
            for each in found
        ]
        print_table(headers, rows)
    if found:
        raise typer.Exit(1)
