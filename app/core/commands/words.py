"""What a word of a command means: each kind of word is read strictly or refused with a reason."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from app.core.commands.codes import Code
from app.core.commands.command import Vocabulary
from app.core.commands.definition import Kind
from app.core.commands.spelling import nearest
from app.core.commands.verbs import VERBS
from app.core.facts import Sha
from app.core.gates.wording import listed
from app.core.policy.values import parse_duration
from app.core.text import quoted

_SHA = re.compile(r"[0-9a-f]{40}")
_SHA_BEGINNING = re.compile(r"[0-9a-f]{7,40}")
_DURATION = re.compile(r"[1-9][0-9]{0,4}[mhd]")
LONGEST_DURATION = timedelta(days=30)
_PERCENT = re.compile(r"[1-9][0-9]?")
_TICKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:#-]{0,99}")
_NUMBER = "-[1-9][0-9]{0,11}"
# `req-7` was asked for by a comment, `req-r7` by a workflow run of that number.
_REQUEST = re.compile(f"(?:req|ord)-r?{_NUMBER[1:]}")
# `inc-7` and `inc-r7` were opened by a deployment, `inc-a7` by an alert, `inc-i7` by an issue.
_INCIDENT = re.compile(f"inc-[air]?{_NUMBER[1:]}")
_REVIEWED = re.compile(f"inc-[air]?{_NUMBER[1:]}|ovr-r?{_NUMBER[1:]}")
_LOAN = re.compile(f"(?:apr|ovr|ord)-r?{_NUMBER[1:]}")
_REASON_CODE = re.compile(r"[A-Za-z]{1,30}(?:_[A-Za-z0-9]{1,30}){1,8}")

Value = str | int | timedelta


@dataclass(frozen=True, slots=True)
class Misread:
    """Why a word does not stand for what it should; the message is a sentence in Markdown."""

    code: Code
    message: str
    nearest: str | None = None


def read(kind: Kind, text: str, vocabulary: Vocabulary) -> Value | Misread:
    """Return the value a word stands for, names as they are configured."""
    return _READERS[kind](text, vocabulary)


def _environment(text: str, vocabulary: Vocabulary) -> Value | Misread:
    found = vocabulary.environment(text)
    if found:
        return found.name
    names = [each.name for each in vocabulary.environments]
    aliases = [alias for each in vocabulary.environments for alias in each.aliases]
    return Misread(
        Code.UNKNOWN_ENVIRONMENT,
        f"{quoted(text)} is no environment. {_known('environment', names)}",
        nearest(text.casefold(), [*names, *aliases]),
    )


def _gate(text: str, vocabulary: Vocabulary) -> Value | Misread:
    found = vocabulary.gate(text)
    if found is not None:
        return found
    return Misread(
        Code.UNKNOWN_GATE,
        f"{quoted(text)} is no gate. {_known('gate', vocabulary.gates)}",
        nearest(text.casefold(), vocabulary.gates),
    )


def _verb(text: str, _: Vocabulary) -> Value | Misread:
    name = text.removeprefix("/").lower() if text.isascii() else text
    if name in VERBS:
        return name
    message = f"{quoted(text)} is no command. `/help` lists them all."
    return Misread(Code.PARSE_ERROR, message, nearest(name, VERBS))


def _topic(text: str, _: Vocabulary) -> Value | Misread:
    known = text.lower() in set(Code) or _REASON_CODE.fullmatch(text)
    if known:
        return text
    return _request(text, _)


def _id(pattern: re.Pattern[str], examples: str) -> Callable[[str, Vocabulary], Value | Misread]:
    def reader(text: str, _: Vocabulary) -> Value | Misread:
        if text.isascii() and pattern.fullmatch(text.lower()):
            return text.lower()
        return _unlike(text, examples)

    return reader


def _exact(pattern: re.Pattern[str], wanted: str) -> Callable[[str, Vocabulary], Value | Misread]:
    def reader(text: str, _: Vocabulary) -> Value | Misread:
        return text if pattern.fullmatch(text) else _unlike(text, wanted)

    return reader


def _commit(text: str, _: Vocabulary) -> Value | Misread:
    if _SHA.fullmatch(text):
        return Sha(text)
    return _unlike(text, "a commit: all 40 characters, digits and the letters a to f")


def _duration(text: str, _: Vocabulary) -> Value | Misread:
    if _DURATION.fullmatch(text) and parse_duration(text) <= LONGEST_DURATION:
        return parse_duration(text)
    return _unlike(text, "a duration from `1m` to `30d`, for example `30m`, `4h` or `2d`")


def _percent(text: str, _: Vocabulary) -> Value | Misread:
    return int(text) if _PERCENT.fullmatch(text) else _unlike(text, "a whole number from 1 to 99")


def _text(text: str, _: Vocabulary) -> Value | Misread:
    trimmed = text.strip()
    return trimmed or Misread(Code.PARSE_ERROR, "The reason is empty.")


def _unlike(text: str, wanted: str) -> Misread:
    return Misread(Code.PARSE_ERROR, f"{quoted(text)} is not {wanted}.")


def _known(noun: str, names: Iterable[str]) -> str:
    every = sorted(set(names))
    if not every:
        return f"The policy names no {noun}."
    return f"There {'is' if len(every) == 1 else 'are'} {listed(every, most=20)}."


_request = _id(_REQUEST, "a request, for example `req-7` or `ord-7`")

_READERS: Mapping[Kind, Callable[[str, Vocabulary], Value | Misread]] = MappingProxyType(
    {
        Kind.ENVIRONMENT: _environment,
        Kind.GATE: _gate,
        Kind.VERB: _verb,
        Kind.TOPIC: _topic,
        Kind.REQUEST: _request,
        Kind.INCIDENT: _id(_INCIDENT, "an incident, for example `inc-7`"),
        Kind.REVIEWED: _id(_REVIEWED, "an incident or override, for example `inc-7` or `ovr-7`"),
        Kind.LOAN: _id(_LOAN, "an approval, override or order, for example `apr-7` or `ovr-7`"),
        Kind.COMMIT: _commit,
        Kind.COMMIT_BEGINNING: _exact(
            _SHA_BEGINNING, "the beginning of a commit: 7 to 40 digits and letters a to f"
        ),
        Kind.DURATION: _duration,
        Kind.PERCENT: _percent,
        Kind.TICKET: _exact(_TICKET, "a ticket, for example `OPS-7`"),
        Kind.TEXT: _text,
    }
)
