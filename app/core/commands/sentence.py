"""A verb and its tokens to one complete command, or to the first thing that is wrong with them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.core.commands.codes import Code
from app.core.commands.command import Command, Vocabulary, written_word
from app.core.commands.definition import Argument, Kind, Verb
from app.core.commands.lexer import Shape, Token
from app.core.commands.scales import Tier
from app.core.commands.spelling import nearest
from app.core.commands.verbs import FLAGS, SIMULATE, VERBS
from app.core.commands.words import Misread, read
from app.core.gates.wording import listed
from app.core.text import quoted

_FLAG_IN_TEXT = re.compile("(?<!\\S)(?:--|[\u2013\u2014])([A-Za-z-]+)(?![^\\s=])")
_SAMPLES = {
    Kind.INCIDENT: "inc-7",
    Kind.REVIEWED: "inc-7",
    Kind.LOAN: "apr-7",
    Kind.DURATION: "4h",
    Kind.TICKET: "OPS-7",
    Kind.TEXT: '"why"',
}


@dataclass(frozen=True, slots=True)
class Misspelt:
    """Why tokens are no command, in Markdown, and a command line that would be one."""

    code: Code
    message: str
    try_next: str


@dataclass(slots=True)
class _Draft:
    """A command in the making."""

    verb: Verb
    vocabulary: Vocabulary
    values: dict[str, Any] = field(default_factory=dict)
    waiting: list[Argument] = field(default_factory=list)
    written: set[str] = field(default_factory=set)


def complete(verb: Verb, tokens: Sequence[Token], vocabulary: Vocabulary) -> Command | Misspelt:
    """Give every token its place; one that has none refuses the command."""
    draft = _Draft(verb, vocabulary, waiting=list(verb.arguments))
    rest = list(tokens)
    while rest:
        place = len(tokens) - len(rest)
        token = rest.pop(0)
        wrong = (
            _take_flag(draft, token, rest)
            if token.shape is Shape.FLAG
            else _take_word(draft, token.text)
        )
        if wrong:
            return _misspelt(draft, tokens, place, wrong)
    missing = _missing(draft) or _contradiction(draft)
    if missing:
        return Misspelt(Code.PARSE_ERROR, missing, _complete_line(draft))
    return Command(verb.name, **draft.values)


def example(verb: Verb, vocabulary: Vocabulary, environment: str | None = None) -> str:
    """Write the shortest complete line of a command, with names that are configured."""
    if verb.name == SIMULATE:
        return f"/{SIMULATE} {example(VERBS['deploy'], vocabulary).removeprefix('/')}"
    names = {
        Kind.ENVIRONMENT: environment or _least_risky(vocabulary),
        Kind.GATE: next(iter(vocabulary.gates), None),
    }
    samples = _SAMPLES | {kind: written_word(name) for kind, name in names.items() if name}
    kinds = [argument.kind for argument in verb.arguments if argument.required]
    kinds += [FLAGS[name].kind for name in verb.required]
    if not samples.keys() >= set(kinds):
        return f"/help {verb.name}"
    words = [samples[each.kind] for each in verb.arguments if each.required]
    flags = [f"--{name} {samples[FLAGS[name].kind]}" for name in verb.required]
    return " ".join([f"/{verb.name}", *words, *flags])


def _least_risky(vocabulary: Vocabulary) -> str | None:
    order = list(Tier)
    known = sorted(vocabulary.environments, key=lambda each: order.index(each.tier))
    return known[0].name if known else None


def _complete_line(draft: _Draft) -> str:
    return example(draft.verb, draft.vocabulary, draft.values.get("environment"))


def _take_word(draft: _Draft, text: str) -> Misread | None:
    """Give a word to the first waiting argument that can be it; optional ones may be passed."""
    if not draft.waiting:
        return Misread(
            Code.PARSE_ERROR,
            f"{quoted(text)} is one word too many for `/{draft.verb.name}`, so the line was not "
            "carried out.",
        )
    first: Misread | None = None
    for place, argument in enumerate(draft.waiting):
        value = read(argument.kind, text, draft.vocabulary)
        if not isinstance(value, Misread):
            draft.values[argument.field] = value
            del draft.waiting[: place + 1]
            return None
        first = first or value
        if argument.required:
            break
    return first


def _take_flag(draft: _Draft, token: Token, rest: list[Token]) -> Misread | None:
    name = token.text
    if name not in draft.verb.flags:
        return _strange_flag(draft.verb, name)
    if name in draft.written:
        return Misread(Code.PARSE_ERROR, f"`--{name}` stands twice.")
    draft.written.add(name)
    flag = FLAGS[name]
    if flag.kind is Kind.SWITCH:
        draft.values[flag.field] = True
        return Misread(Code.PARSE_ERROR, f"`--{name}` has no value.") if token.glued else None
    if not rest or rest[0].shape is Shape.FLAG:
        return Misread(Code.PARSE_ERROR, f"`--{name}` needs a value ({flag.kind.value}).")
    token = rest.pop(0)
    value = _swallowed(draft, token) or read(flag.kind, token.text, draft.vocabulary)
    if isinstance(value, Misread):
        return replace(value, message=f"`--{name}`: {value.message}", nearest=None)
    draft.values[flag.field] = value
    return None


def _swallowed(draft: _Draft, token: Token) -> Misread | None:
    """Refuse a reason without quotation marks that holds a flag of the command (T12).

    Whether the flag was meant is not guessed: to read it as one is as wrong as to lose it.
    """
    found = _FLAG_IN_TEXT.findall(token.text) if token.shape is Shape.REST else []
    lost = next((name for each in found if (name := each.lower()) in draft.verb.flags), None)
    if lost is None:
        return None
    message = (
        f"`--{lost}` stands in a reason without quotation marks, which goes to the end of the line."
        " Put the reason in quotation marks."
    )
    return Misread(Code.PARSE_ERROR, message)


def _strange_flag(verb: Verb, name: str) -> Misread:
    known = (
        f"It has {listed(f'--{each}' for each in verb.flags)}." if verb.flags else "It has none."
    )
    near = nearest(name, verb.flags)
    hint = f" Did you mean `--{near}`?" if near else ""
    message = f"`/{verb.name}` has no flag {quoted(f'--{name}')}. {known}{hint}"
    return Misread(Code.PARSE_ERROR, message)


def _missing(draft: _Draft) -> str | None:
    arguments = [
        each.kind.value
        for each in draft.waiting
        if each.required and not (each.kind is Kind.ENVIRONMENT and "everywhere" in draft.values)
    ]
    if arguments:
        return f"`/{draft.verb.name}` needs {_a(arguments)}; none is taken by default."
    flags = [name for name in _required(draft) if name not in draft.written]
    if flags:
        return f"`/{draft.verb.name}` needs {listed(f'--{name}' for name in flags)}."
    return None


def _required(draft: _Draft) -> Iterable[str]:
    return ("reason",) if draft.values.get("force") else draft.verb.required


def _contradiction(draft: _Draft) -> str | None:
    values = draft.values
    if "environment" in values and "everywhere" in values:
        return "Either an environment or `--global` may stand, not both."
    if values.get("canary") and _tier(draft) is not Tier.PRODUCTION:
        return "`--canary` is for production environments; others have no canary."
    return None


def _tier(draft: _Draft) -> Tier | None:
    found = draft.vocabulary.environment(draft.values["environment"])
    return found.tier if found else None


def _a(nouns: Sequence[str]) -> str:
    return " and ".join(f"an {noun}" if noun[0] in "aeiou" else f"a {noun}" for noun in nouns)


def _misspelt(draft: _Draft, tokens: Sequence[Token], place: int, wrong: Misread) -> Misspelt:
    """Offer the line with the nearest name in the place of the wrong one, or else an example."""
    line = _complete_line(draft)
    # A name that two environments have is nearest to itself.
    if wrong.nearest is None or wrong.nearest == tokens[place].text:
        return Misspelt(wrong.code, wrong.message, line)
    mended = [*tokens[:place], replace(tokens[place], text=wrong.nearest), *tokens[place + 1 :]]
    command = complete(draft.verb, mended, draft.vocabulary)
    message = f"{wrong.message} Did you mean {quoted(wrong.nearest)}?"
    return Misspelt(
        wrong.code, message, command.written() if isinstance(command, Command) else line
    )
