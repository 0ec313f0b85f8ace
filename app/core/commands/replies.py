"""What is answered to a command: a reaction and a text that holds nothing alive of the user's.

Every command line in an answer stands in a code span, so no answer is a command itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.core.commands.codes import MEANING, Code
from app.core.commands.command import Command, Hint, Refusal, Vocabulary
from app.core.commands.definition import Verb
from app.core.commands.levels import Standing
from app.core.commands.reference import commands_table, forms_table, usage
from app.core.commands.scales import Level
from app.core.commands.sentence import example
from app.core.facts import Sha
from app.core.gates.wording import count
from app.core.text import code_span, quoted

_MOST = 5
_UNREADABLE = frozenset({Code.PARSE_ERROR, Code.UNKNOWN_ENVIRONMENT, Code.UNKNOWN_GATE})


class Reaction(StrEnum):
    """GitHub's names of the reactions that are used; failing to react changes nothing."""

    RECEIVED = "eyes"
    DONE = "+1"
    SUCCEEDED = "rocket"
    REFUSED = "-1"
    UNREADABLE = "confused"
    CLEARED = "hooray"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a comment, in Markdown."""

    reaction: Reaction
    text: str


class _Next(StrEnum):
    """The command that helps on after a refusal."""

    SAME = "same"
    WHY = "/why"
    WHOAMI = "/whoami"
    STATUS = "/status"
    GATES = "/gates"


_STEPS: Mapping[Code, tuple[str, _Next]] = MappingProxyType(
    {
        Code.COMMENT_EDITED: ("Post a new comment", _Next.SAME),
        Code.COMMAND_EXPIRED: ("Post it again if it still holds", _Next.SAME),
        Code.DUPLICATE: ("See what became of the first one", _Next.STATUS),
        Code.NOT_A_PULL_REQUEST: ("Post it on a pull request", _Next.SAME),
        Code.PULL_REQUEST_CLOSED: ("Open the pull request again, or see what runs", _Next.STATUS),
        Code.AUTHOR_UNKNOWN: ("Somebody with an account can post it", _Next.SAME),
        Code.APP_NOT_ALLOWED: ("Post it yourself, not through an app", _Next.SAME),
        Code.PERMISSION_DENIED: ("See which level you have", _Next.WHOAMI),
        Code.PERMISSION_UNKNOWN: ("Try again in a minute", _Next.SAME),
        Code.REF_CHANGED: ("Look at the new commits and post it again", _Next.SAME),
        Code.SHA_MISMATCH: ("Try again in a minute", _Next.SAME),
        Code.GATE_FAILED: ("See which one, and its limit", _Next.GATES),
        Code.GATE_INCONCLUSIVE: ("See what is missing", _Next.GATES),
        Code.EVIDENCE_STALE: ("See what is too old", _Next.GATES),
        Code.FROZEN: ("See when it ends", _Next.STATUS),
        Code.NO_REQUEST: ("See what is under way", _Next.STATUS),
        Code.NO_ROLLBACK_TARGET: ("See what is live", _Next.STATUS),
        Code.HELD: ("See who holds it", _Next.STATUS),
        Code.LOCKED: ("See who has locked it", _Next.STATUS),
        Code.API_UNAVAILABLE: ("Try again in a minute", _Next.SAME),
        Code.INTERNAL_ERROR: ("Try again in a minute", _Next.SAME),
    }
)
_OTHERWISE = ("See why", _Next.WHY)


def refusal(code: Code, command: Command, detail: str = "") -> Refusal:
    """Return the refusal of a command that was complete, with the command that helps on."""
    step, then = _STEPS.get(code, _OTHERWISE)
    message = " ".join(part for part in (MEANING[code], detail, f"{step}.") if part)
    return Refusal(code, message, command.line, _following(then, code, command))


def refused(refusals: Sequence[Refusal]) -> Reply:
    """Answer a comment of which nothing was carried out."""
    unreadable = all(each.code in _UNREADABLE for each in refusals)
    text = _paragraphs([_paragraph(each) for each in refusals])
    return Reply(Reaction.UNREADABLE if unreadable else Reaction.REFUSED, text)


def hinted(hints: Sequence[Hint]) -> Reply:
    """Answer lines that are no commands but look like one."""
    lines = [
        f"Line {hint.line} is no command. Did you mean {_either(hint.suggestions)}?"
        for hint in hints
    ]
    return Reply(Reaction.UNREADABLE, _paragraphs(lines))


def acknowledged(command: Command, commit: Sha | None = None) -> Reply:
    """Say that a command was received, in its canonical form and for which commit."""
    about = f" for commit {code_span(commit)}" if commit else ""
    return Reply(Reaction.RECEIVED, f"Received {code_span(command.written())}{about}.")


def help_page(standing: Standing) -> Reply:
    """List the commands that a person of that level may give."""
    text = f"Your level is {standing.level.label}: {standing.why}.\n\n"
    text += commands_table(max(standing.level, Level.READ))
    return Reply(Reaction.DONE, f"{text}\n\n`/help <command>` explains one.")


def help_of(verb: Verb, vocabulary: Vocabulary) -> Reply:
    """Explain one command: how it is written, an example, and who may give it when."""
    text = f"{verb.meaning} Written {code_span(usage(verb))}, "
    text += f"for example {code_span(example(verb, vocabulary))}.\n\n{forms_table([verb])}"
    return Reply(Reaction.DONE, text)


def whoami(login: str, standing: Standing) -> Reply:
    """Say which level a person has, and why."""
    code = f" ({code_span(standing.code)})" if standing.code else ""
    text = f"{quoted(login)} has level {standing.level.label}{code}: {standing.why}."
    return Reply(Reaction.DONE, text)


def _paragraphs(texts: Sequence[str]) -> str:
    """Join the first few, so that no comment gets an answer that GitHub does not take."""
    left = count(len(texts) - _MOST, "more line") if len(texts) > _MOST else ""
    return "\n\n".join([*texts[:_MOST], *([f"And {left}."] if left else [])])


def _paragraph(each: Refusal) -> str:
    place = f"Line {each.line}: " if each.line else ""
    then = f" Try {code_span(each.try_next)}." if each.try_next else ""
    return f"{place}{each.message} ({code_span(each.code)}){then}"


def _following(then: _Next, code: Code, command: Command) -> str:
    if then is _Next.SAME:
        return command.written()
    if then is _Next.WHY:
        return f"/why {code.value}"
    if then is _Next.WHOAMI or command.environment is None:
        return then.value
    return Command(then.value.removeprefix("/"), environment=command.environment).written()


def _either(lines: Iterable[str]) -> str:
    return " or ".join(code_span(line) for line in lines)
