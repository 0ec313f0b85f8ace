"""Regular expressions in time linear in the text: no pattern of a policy can stall a worker."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2


class RegexError(ValueError):
    """The expression is not one of RE2's."""


@dataclass(frozen=True, slots=True)
class Regex:
    """A compiled expression; bytes that were no UTF-8 take part as question marks."""

    _compiled: Any

    def found_in(self, text: str) -> bool:
        """Look for the expression anywhere in the text."""
        return self._compiled.search(_encodable(text)) is not None

    def is_all_of(self, text: str) -> bool:
        """Match the whole text, newlines included."""
        return self._compiled.fullmatch(_encodable(text)) is not None


@lru_cache(maxsize=4096)
def compile_regex(expression: str) -> Regex:
    """Compile RE2 syntax, which knows no look-around and no back-reference."""
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        return Regex(re2.compile(expression, options))
    except re2.error as error:
        raise RegexError(str(error.args[0], "utf-8", "replace")) from error


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
