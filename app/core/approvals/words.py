"""Small pieces of text about people and commits that are safe to show."""

import re
from collections.abc import Sequence

from app.core.facts import Account, Sha

_NOT_A_LOGIN = re.compile(r"[^A-Za-z0-9._-]")
_BOT = "[bot]"
_LONGEST_LOGIN = 100


def name(account: Account | None) -> str:
    """Show a login without any character that logins do not have; ids stand in for empty ones."""
    if account is None:
        return "a deleted account"
    suffix = _BOT if account.login.endswith(_BOT) else ""
    plain = _NOT_A_LOGIN.sub("", account.login.removesuffix(_BOT))[:_LONGEST_LOGIN]
    return plain + suffix if plain else f"account {account.id}"


def short(commit: Sha | None) -> str:
    """Abbreviate a commit as GitHub does."""
    return "no commit" if commit is None else commit[:7]


def listed(words: Sequence[str], joint: str = "and", limit: int = 5) -> str:
    """Join words as in a sentence; what is beyond the limit is counted, never dropped silently."""
    shown = list(words)
    if len(shown) > limit:
        shown = [*shown[: limit - 1], f"{len(shown) - limit + 1} more"]
    *first, last = shown or [""]
    return f"{', '.join(first)} {joint} {last}" if first else last
