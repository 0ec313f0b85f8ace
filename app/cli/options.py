"""Options that several commands share, and the parts that they work on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings, load_settings
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
