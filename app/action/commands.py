"""Workflow commands and output files: the only ways in which a job speaks to its runner.

Text of strangers can neither end a command nor begin another one.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path

# https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans(
    {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"},
)


def escape_message(text: str) -> str:
    """Return text that stays within the message of a workflow command."""
    return text.translate(_MESSAGE)


def escape_property(text: str) -> str:
    """Return text that stays within one property of a workflow command."""
    return text.translate(_PROPERTY)


def command(name: str, message: str, properties: Mapping[str, str | int]) -> str:
    """Return one workflow command on one line."""
    given = ",".join(f"{key}={escape_property(str(value))}" for key, value in properties.items())
    return f"::{name}{' ' if given else ''}{given}::{escape_message(message)}"


def append_outputs(file: Path, outputs: Mapping[str, str]) -> None:
    """Add outputs, each between marks that nobody can guess."""
    mark = f"gatewright-{secrets.token_hex(16)}"
    with file.open("a", encoding="utf-8", newline="\n") as out:
        for name, value in outputs.items():
            out.write(f"{name}<<{mark}\n{value}\n{mark}\n")
