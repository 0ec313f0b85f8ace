"""What commands print: strangers' text is escaped, and nothing of it is cut off."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from app.core.text import visible

_UNBROKEN = 100_000


def terminal() -> Console:
    """Return the standard output; lines that go into a file or a pipe are not broken."""
    width = None if sys.stdout.isatty() else _UNBROKEN
    return Console(highlight=False, emoji=False, width=width)


def safe(text: str) -> str:
    """Return text that a console shows as it is: no markup, nothing hidden."""
    return escape(visible(text))


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of any text; a cell that is too narrow goes on in the next line."""
    table = Table(*(Column(header, overflow="fold") for header in headers))
    for row in rows:
        table.add_row(*map(safe, row))
    terminal().print(table)
