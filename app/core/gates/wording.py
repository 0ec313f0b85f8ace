"""Small words of the gates' sentences: short names, lists, numbers with their nouns."""

from collections.abc import Iterable

from app.core.text import code_span, visible

TITLE_LENGTH = 100
_NAME_LENGTH = 60


def clip(text: str, length: int = TITLE_LENGTH) -> str:
    """Shorten a text so that it fits, with three dots where something was cut off."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def quoted(text: str, length: int = _NAME_LENGTH) -> str:
    """Show a name as short code that fits into a title."""
    return code_span(clip(visible(text), length))


def listed(names: Iterable[str], most: int = 3) -> str:
    """Join quoted names, sorted, and say how many more there are."""
    ordered = sorted(set(names))
    shown = ", ".join(quoted(name) for name in ordered[:most])
    return f"{shown} and {len(ordered) - most} more" if len(ordered) > most else shown


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun, for example "1 commit" and "2 commits"."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
