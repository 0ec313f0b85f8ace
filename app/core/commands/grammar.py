"""Comments to commands: the entire line must parse, and all lines of a comment or none."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TypeVar

from app.core.commands.codes import Code
from app.core.commands.command import Command, Comment, Hint, Refusal, Vocabulary
from app.core.commands.definition import Verb
from app.core.commands.lexer import LONGEST_LINE, Malformed, strange_character, tokenize
from app.core.commands.lines import Line, live_lines
from app.core.commands.sentence import Misspelt, complete, example
from app.core.commands.spelling import is_one_apart
from app.core.commands.verbs import SIMULATE, VERBS
from app.core.text import quoted

MOST_CHANGES = 1
MOST_QUESTIONS = 5

_HEAD = re.compile(r"/(?P<word>[^ \t\u00a0]*)[ \t\u00a0]*(?P<rest>.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z][A-Za-z-]*")

_Kind = TypeVar("_Kind")
_Read = Command | Hint | Refusal


def parse(body: str, vocabulary: Vocabulary) -> Comment:
    """Read a comment: its commands, or why none of them may run, and hints about typing errors.

    A line that holds no known verb is somebody else's and says nothing.
    """
    read = [found for line in live_lines(body) if (found := _line(line, vocabulary))]
    commands = _only(read, Command)
    refusals = _only(read, Refusal) or _too_many(commands)
    return Comment(() if refusals else commands, _only(read, Hint), refusals)


def _only(read: Sequence[_Read], kind: type[_Kind]) -> tuple[_Kind, ...]:
    return tuple(each for each in read if isinstance(each, kind))


def _too_many(commands: Sequence[Command]) -> tuple[Refusal, ...]:
    changes = [each for each in commands if each.definition.changes_state]
    questions = len(commands) - len(changes)
    if len(changes) <= MOST_CHANGES and questions <= MOST_QUESTIONS:
        return ()
    message = (
        f"The comment holds {len(changes)} commands that change something and {questions} that "
        f"only read. At most {MOST_CHANGES} and {MOST_QUESTIONS} may stand in one comment, so none "
        "of them was carried out. Post them in comments of their own."
    )
    return (Refusal(Code.TOO_MANY_COMMANDS, message, try_next=commands[0].written()),)


def _line(line: Line, vocabulary: Vocabulary) -> _Read | None:
    begin = line.text.index("/")
    match = _HEAD.match(line.text, begin)
    word = match["word"] if match else ""
    if not word.isascii() or begin > 0:
        return _disguised(line, line.text[:begin] + word)
    if match is None or not _NAME.fullmatch(word):
        return None
    verb = VERBS.get(word.lower())
    if verb is None:
        return _hint(line, word.lower(), match["rest"], vocabulary)
    if len(line.text.encode("utf-8", "replace")) > LONGEST_LINE:
        message = f"The line is longer than {LONGEST_LINE} bytes."
        return Refusal(Code.PARSE_ERROR, message, line.number, example(verb, vocabulary))
    return _command(verb, match["rest"], line.number, vocabulary)


def _disguised(line: Line, word: str) -> Refusal | None:
    """Refuse a verb with invisible or look-alike characters instead of passing it over."""
    plain = "".join(letter for letter in word if letter.isascii()).lower()
    begin = "".join(takewhile(str.isascii, word)).lower()
    meant = [verb for verb in VERBS if verb in {plain, begin} or is_one_apart(plain, verb)]
    if not meant:
        return None
    message = f"{quoted(word)} holds the character {strange_character(word)}."
    return Refusal(Code.PARSE_ERROR, message, line.number, f"/help {meant[0]}")


def _hint(line: Line, word: str, rest: str, vocabulary: Vocabulary) -> Hint | None:
    """Suggest a verb for a word that stands alone, or that would make its line complete."""
    meant = [verb for verb in VERBS.values() if is_one_apart(word, verb.name)]
    read = [(verb, _command(verb, rest, line.number, vocabulary)) for verb in meant]
    suggestions = tuple(
        found.written() if isinstance(found, Command) else f"/{verb.name}"
        for verb, found in read
        if isinstance(found, Command) or not rest
    )
    return Hint(line.number, suggestions) if suggestions else None


def _command(verb: Verb, rest: str, number: int, vocabulary: Vocabulary) -> Command | Refusal:
    if verb.name == SIMULATE:
        return _simulation(verb, rest, number, vocabulary)
    tokens = tokenize(rest)
    if isinstance(tokens, Malformed):
        return Refusal(Code.PARSE_ERROR, tokens.message, number, example(verb, vocabulary))
    found = complete(verb, tokens, vocabulary)
    if isinstance(found, Misspelt):
        return Refusal(found.code, found.message, number, found.try_next)
    return replace(found, line=number)


def _simulation(verb: Verb, rest: str, number: int, vocabulary: Vocabulary) -> Command | Refusal:
    """Read the command that is to be simulated; its slash may be left out."""
    match = _HEAD.match(rest if rest.startswith("/") else f"/{rest}")
    word = match["word"].lower() if match and match["word"].isascii() else ""
    if match is None or word not in VERBS or word == SIMULATE:
        message = "After `/simulate` stands the command to simulate, with all its words."
        return Refusal(Code.PARSE_ERROR, message, number, example(verb, vocabulary))
    inner = _command(VERBS[word], match["rest"], number, vocabulary)
    if isinstance(inner, Command):
        return Command(SIMULATE, number, inner=inner)
    if inner.try_next and not inner.try_next.startswith("/help"):
        return replace(inner, try_next=f"/{SIMULATE} {inner.try_next.removeprefix('/')}")
    return inner
