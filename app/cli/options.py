"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings, load_settings

Config = Annotated[
    Path | None,
    typer.Option("--config", help="Settings file (TOML); the environment wins over it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def settings_from(config: Path | None) -> Settings:
    """Read the settings of this run."""
    return load_settings(config)
