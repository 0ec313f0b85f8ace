"""Path patterns: what git's `:(glob)` path specifications match, with `!` for exclusion.

`*` and `?` stay within one directory, `**` crosses any number of them, `[abc]` is one character.
Patterns begin at the root of the repository, dot files match, upper and lower case differ. A
pattern whose last part has no wildcard names a file, or a directory with all that is in it.
Exclusions win whatever their order. Composed and decomposed letters are the same letter.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from app.core.linear_regex import compile_regex
from app.core.text import has_hidden_characters

_ANY_DEPTH = re.compile(r"\*\*+\Z")
_TOKEN = re.compile(
    r"(?P<stars>\*+)|(?P<one>\?)|\\(?P<escaped>[\\*?\[\]{}!# ])"
    r"|\[(?P<negated>[!^]?)(?P<set>(?:\]|\\.|[^\]\\])(?:\\.|[^\]\\])*)\]|(?P<plain>[^*?\\\[\]{}])",
    re.DOTALL,
)
_RANGE = re.compile(r"\\?(?P<low>.)(?:-\\?(?P<high>.))?", re.DOTALL)


class GlobError(ValueError):
    """A pattern that could not match what its author means."""


def check_glob(pattern: str) -> str:
    """Return the pattern if it can match something; `!` before it is allowed."""
    positive = pattern.removeprefix("!")
    if has_hidden_characters(pattern):
        raise GlobError("a pattern has no characters that nobody sees")
    _translate(positive)
    _translate(_caseless(positive))
    return pattern


@dataclass(frozen=True, slots=True)
class PathSet:
    """A set of paths described by patterns; empty patterns match nothing."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Self:
        """Split patterns into included and excluded (`!`) ones; only `!` patterns include all."""
        listed = tuple(patterns)
        excluded = tuple(pattern[1:] for pattern in listed if pattern.startswith("!"))
        included = tuple(pattern for pattern in listed if not pattern.startswith("!"))
        return cls(included or (("**",) if excluded else ()), excluded)

    def matches(self, path: str) -> bool:
        """Tell whether the path is included and not excluded."""
        name = unicodedata.normalize("NFC", path)
        return any(_matcher(pattern)(name) for pattern in self.included) and not any(
            _matcher(pattern)(name) for pattern in self.excluded
        )

    def any(self, paths: Iterable[str]) -> bool:
        """Tell whether at least one of the paths matches."""
        return any(self.matches(path) for path in paths)

    def has_twin(self, path: str) -> bool:
        """Tell whether the path matches only for a file system that ignores case or composition."""
        if self.matches(path):
            return False
        return _caseless_set(self).matches(fold(path))


def fold(path: str) -> str:
    """Return the name under which macOS or Windows would look the path up.

    Case, composition, invisible characters, and dots and spaces at the end of a part are lost.
    """
    return "/".join(part.rstrip(". ") or part for part in _caseless(path).split("/"))


@lru_cache(maxsize=256)
def _caseless_set(paths: PathSet) -> PathSet:
    return PathSet(tuple(map(_caseless, paths.included)), tuple(map(_caseless, paths.excluded)))


def _caseless(text: str) -> str:
    drawn = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", drawn).casefold())


@lru_cache(maxsize=4096)
def _matcher(pattern: str) -> Callable[[str], bool]:
    return compile_regex(_translate(unicodedata.normalize("NFC", pattern))).is_all_of


def _translate(pattern: str) -> str:
    """Return the RE2 expression of a pattern without `!`."""
    parts = pattern.removeprefix("/").removesuffix("/").split("/")
    for part in parts:
        _refuse_impossible(part, pattern)
    *parents, last = parts
    expression = "".join(map(_directory, parents))
    if _ANY_DEPTH.match(last):
        return f"(?s){expression}.+"
    below = "" if _has_wildcard(last) else "(?:/.*)?"
    return f"(?s){expression}{_part(last)}{below}"


def _refuse_impossible(part: str, pattern: str) -> None:
    if part in {"", ".", ".."}:
        raise GlobError(
            "a pattern is a path from the root of the repository, without empty parts, `.` or `..`"
        )
    if pattern != pattern.strip() or pattern.startswith("!"):
        raise GlobError("a pattern has one `!` at most and no blanks around it")


def _directory(part: str) -> str:
    return "(?:[^/]+/)*" if _ANY_DEPTH.match(part) else f"{_part(part)}/"


def _has_wildcard(part: str) -> bool:
    return any(token["stars"] or token["one"] or token["set"] for token in _TOKEN.finditer(part))


def _part(part: str) -> str:
    position, expression = 0, ""
    while position < len(part):
        token = _TOKEN.match(part, position)
        if token is None:
            raise GlobError(_mistake(part[position]))
        expression += _expression(token)
        position = token.end()
    return expression


def _mistake(character: str) -> str:
    if character in "{}":
        return "braces are not expanded: write a pattern for each alternative, or `\\{` for a brace"
    if character == "\\":
        return "a backslash stands only before a special character; directories are parted by `/`"
    return "a bracket is not closed; write `\\[` for a bracket"


def _expression(token: re.Match[str]) -> str:
    if token["stars"]:
        return "[^/]*"
    if token["one"]:
        return "[^/]"
    if token["set"] is not None:
        return _character_set(token["set"], is_negated=bool(token["negated"]))
    return _literal(token["escaped"] or token["plain"])


def _literal(character: str) -> str:
    return f"\\x{{{ord(character):x}}}"


def _character_set(body: str, *, is_negated: bool) -> str:
    if "[" in body:
        raise GlobError("a bracket in brackets, such as `[[:alpha:]]`, is not supported")
    ranges = "".join(
        _range(match["low"], match["high"] or match["low"]) for match in _RANGE.finditer(body)
    )
    return f"[^/{ranges}]" if is_negated else f"[{ranges}]"


def _range(low: str, high: str) -> str:
    if low > high:
        raise GlobError(f"the range `{low}-{high}` is empty")
    if low <= "/" <= high:
        return _range(low, ".") + _range("0", high)
    return f"{_literal(low)}-{_literal(high)}"
