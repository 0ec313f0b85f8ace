"""What a comment asks for: commands, hints and refusals, and the names they may use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.core.commands.codes import Code
from app.core.commands.definition import Kind, Verb
from app.core.commands.scales import Tier
from app.core.commands.verbs import FLAGS, VERBS
from app.core.facts import Sha
from app.core.policy.values import duration_text

_PLAIN = re.compile(r"[A-Za-z0-9._/@:+][A-Za-z0-9._/@:+-]*\Z")


@dataclass(frozen=True, slots=True)
class Environment:
    """A configured environment; what it is for is production unless the policy says otherwise."""

    name: str
    tier: Tier = Tier.PRODUCTION
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that the policy gives to commands; their case does not matter."""

    environments: tuple[Environment, ...] = ()
    gates: tuple[str, ...] = ()

    def environment(self, word: str) -> Environment | None:
        """Return the environment of that name or alias; None if none or several answer."""
        found = [
            each
            for each in self.environments
            if word.casefold() in {known.casefold() for known in (each.name, *each.aliases)}
        ]
        return found[0] if len(found) == 1 else None

    def gate(self, word: str) -> str | None:
        """Return the gate of that name as it is configured."""
        return next((gate for gate in self.gates if gate.casefold() == word.casefold()), None)


@dataclass(frozen=True, slots=True)
class Command:
    """One complete command; what was not written is None or False, never a default."""

    verb: str
    line: int = 1
    environment: str | None = None
    everywhere: bool = False
    gate: str | None = None
    topic: str | None = None
    request: str | None = None
    incident: str | None = None
    loan: str | None = None
    seen: str | None = None
    sha: Sha | None = None
    target: Sha | None = None
    reason: str | None = None
    ticket: str | None = None
    until: timedelta | None = None
    canary: int | None = None
    dry_run: bool = False
    force: bool = False
    accept_data_risk: bool = False
    inner: "Command | None" = None

    @property
    def definition(self) -> Verb:
        """The command's row in the table of verbs."""
        return VERBS[self.verb]

    def written(self) -> str:
        """Write the command in its one canonical form, which parses to the same command."""
        if self.inner:
            return f"/{self.verb} {self.inner.written().removeprefix('/')}"
        words = [f"/{self.verb}"]
        words += [
            written_word(value)
            for argument in self.definition.arguments
            if (value := getattr(self, argument.field)) is not None
        ]
        words += [part for name in self.definition.flags for part in self._flag(name)]
        return " ".join(words)

    def _flag(self, name: str) -> Sequence[str]:
        flag = FLAGS[name]
        value = getattr(self, flag.field)
        if value is None or value is False:
            return ()
        if flag.kind is Kind.SWITCH:
            return (f"--{name}",)
        if flag.kind is Kind.DURATION:
            return (f"--{name}", duration_text(value))
        return (
            f"--{name}",
            _in_quotes(value) if flag.kind is Kind.TEXT else written_word(str(value)),
        )


@dataclass(frozen=True, slots=True)
class Hint:
    """A line that is no command but looks like one; `line` counts from 1."""

    line: int
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a line is not carried out; the message is Markdown, `try_next` a command line."""

    code: Code
    message: str
    line: int | None = None
    try_next: str | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """What a comment asks for; where anything is refused there are no commands."""

    commands: tuple[Command, ...] = ()
    hints: tuple[Hint, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def written_word(text: str) -> str:
    """Write a name so that it is read as one word, in quotation marks where it needs them."""
    return text if _PLAIN.match(text) else _in_quotes(text)


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
