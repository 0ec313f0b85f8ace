"""A command line as tokens: words, quoted texts and flags; what stands in no rule is refused.

A reason without quotation marks takes the rest of its line, and nothing looks into it again.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from app.core.text import quoted as shown

LONGEST_LINE = 500
MOST_TOKENS = 20
_FREE_TEXT_FLAG = "reason"

_SPACES = str.maketrans({"\u00a0": " ", "\t": " "})
_DASH = re.compile("[\u2013\u2014](?=[A-Za-z])")
_FLAG = re.compile(r"--(?P<name>[A-Za-z]+(?:-[A-Za-z]+)*)(?P<glue>=?)(?=(?P<end> |\Z)?)")
_BARE = re.compile(r"[A-Za-z0-9._/@:+-]+")
_QUOTED = re.compile(r'"(?P<text>(?:[^"\\]|\\["\\])*)"(?= |\Z)')
_ESCAPE = re.compile(r"\\(.)")


class Shape(StrEnum):
    """What a token is; `REST` is a reason without quotation marks, up to the end of its line."""

    WORD = "word"
    QUOTED = "quoted"
    REST = "rest"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a command line; `glued` flags were written with `=` before their value."""

    shape: Shape
    text: str
    glued: bool = False


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why a line has no tokens, as a sentence in Markdown."""

    message: str


def tokenize(text: str) -> tuple[Token, ...] | Malformed:
    """Cut what follows a verb into tokens, or say what is wrong with the first bad place."""
    if len(text.encode("utf-8", "replace")) > LONGEST_LINE:
        return Malformed(f"The line is longer than {LONGEST_LINE} bytes.")
    rest = text.translate(_SPACES).strip(" ")
    tokens: list[Token] = []
    while rest:
        cut = _next(rest, tokens)
        if isinstance(cut, Malformed):
            return cut
        token, rest = cut
        tokens.append(token)
        if len(tokens) > MOST_TOKENS:
            return Malformed(f"The line has more than {MOST_TOKENS} words.")
    return tuple(tokens)


def strange_character(text: str) -> str | None:
    """Name the first character that is not plain ASCII, because it may look like another one."""
    character = next((each for each in text if not " " <= each <= "~"), None)
    if character is None:
        return None
    name = unicodedata.name(character, "a control character")
    return f"U+{ord(character):04X} ({name})"


def _next(rest: str, before: list[Token]) -> tuple[Token, str] | Malformed:
    last = before[-1] if before else None
    if last == Token(Shape.FLAG, _FREE_TEXT_FLAG, last.glued if last else False):
        return _free_text(rest)
    if rest.startswith('"'):
        return _quoted_text(rest)
    return _flag_or_word(rest)


def _free_text(rest: str) -> tuple[Token, str] | Malformed:
    if rest.startswith('"'):
        return _quoted_text(rest)
    return Token(Shape.REST, rest), ""


def _quoted_text(rest: str) -> tuple[Token, str] | Malformed:
    match = _QUOTED.match(rest)
    if match is None:
        return Malformed(
            'A quotation mark is not closed, or something is attached to it. Write `"text"` with '
            'a space behind it, and `\\"` for a quotation mark inside.'
        )
    text = _ESCAPE.sub(r"\1", match["text"])
    return Token(Shape.QUOTED, text), rest[match.end() :].lstrip(" ")


def _flag_or_word(rest: str) -> tuple[Token, str] | Malformed:
    rest = _DASH.sub("--", rest, count=1) if _DASH.match(rest) else rest
    if rest.startswith("--"):
        return _flag(rest)
    match = _BARE.match(rest)
    end = match.end() if match else 0
    if match is None or rest[end : end + 1] not in {"", " "}:
        return _unreadable(rest)
    return Token(Shape.WORD, match[0]), rest[end:].lstrip(" ")


def _flag(rest: str) -> tuple[Token, str] | Malformed:
    match = _FLAG.match(rest)
    if match is None or (match["end"] is None and not match["glue"]):
        return _unreadable(rest)
    if match["glue"] and match["end"] is not None:
        return Malformed(f"Nothing follows `--{match['name'].lower()}=`.")
    token = Token(Shape.FLAG, match["name"].lower(), glued=bool(match["glue"]))
    return token, rest[match.end() :].lstrip(" ")


def _unreadable(rest: str) -> Malformed:
    word = rest.partition(" ")[0]
    strange = strange_character(word)
    if strange:
        return Malformed(
            f"{shown(word)} holds the character {strange}. Outside a quoted reason only plain "
            "letters, digits and `._/@:+-` are read."
        )
    return Malformed(
        f"{shown(word)} cannot be read. Outside quotation marks only letters, digits and "
        "`._/@:+-` stand in a word."
    )
