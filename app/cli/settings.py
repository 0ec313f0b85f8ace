"""`gatewright settings` and `gatewright version`."""

import json
from dataclasses import asdict

import typer

from app import __version__
from app.cli.options import AsJson, Config, settings_from
from app.cli.terminal import print_table


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.command("settings")(show)
    application.command("version")(version)


def show(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """List every setting with its present value; secrets are masked."""
    listed = list(settings_from(config).listed())
    if as_json:
        print(json.dumps([asdict(each) for each in listed], indent=2))
        return
    rows = [(each.name, each.value, each.default, each.meaning) for each in listed]
    print_table(("Setting", "Value", "Default", "Meaning"), rows)


def version() -> None:
    """Print the version."""
    print(__version__)
