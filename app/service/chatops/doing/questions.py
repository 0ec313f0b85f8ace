"""Commands that only read: who may do what, what is live, what happened."""

from collections.abc import Mapping

import sqlalchemy as sa

from app.core.commands.codes import MEANING, Code
from app.core.commands.command import Command
from app.core.commands.replies import help_of, help_page, whoami
from app.core.commands.verbs import VERBS
from app.core.deploy import codes
from app.core.deploy.states import STATES, State
from app.core.policy.deployments import Environment
from app.core.text import code_span, markdown, quoted, table_cell
from app.service.chatops import plan
from app.service.chatops.asked import Answer, Asked, done, no
from app.service.chatops.deploying.due import due_lines
from app.service.chatops.doing.holds import of_this_pull, told
from app.service.incidents.words import listed
from app.store import deployments, environment_locks, incidents
from app.store.deployments import Step, Stored
from app.store.environment_locks import by_person

_SHOWN = 10
# A command's code says more of the same word than a deployment's.
_MEANINGS: Mapping[str, str] = {
    code.value: text for code, text in (*codes.MEANING.items(), *MEANING.items())
}


def show_help(asked: Asked, command: Command, _: sa.Connection) -> Answer:
    """Explain one command, or list those that the person may give."""
    if command.topic in VERBS:
        reply = help_of(VERBS[command.topic], plan.vocabulary(asked.policy))
    else:
        reply = help_page(asked.standing)
    return Answer("done", reply, command.verb)


def show_level(asked: Asked, command: Command, _: sa.Connection) -> Answer:
    """Say which level the person has, and why."""
    return Answer("done", whoami(asked.person.login, asked.standing), command.verb)


def show_status(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Show what is live, what is under way and who holds each environment."""
    rows = [
        _status_row(asked, connection, each)
        for each in asked.policy.environments
        if command.environment in (None, each.name)
    ]
    if not rows:
        return done(command, "The policy has no environments: nothing can be deployed.")
    head = "| environment | live | under way | locked by |\n| --- | --- | --- | --- |"
    table = "\n".join((head, *rows))
    dues = due_lines(asked, connection, command.environment)
    told_too = (told(of_this_pull(asked, connection)), _incidents(asked, command, connection))
    return done(command, "\n\n".join(filter(None, (table, *told_too, *dues))))


def _incidents(asked: Asked, command: Command, connection: sa.Connection) -> str:
    return listed(incidents.unreviewed(connection, asked.seen.repository_id, command.environment))


def _status_row(asked: Asked, connection: sa.Connection, environment: Environment) -> str:
    past = past_of(asked, connection, environment.name)
    live = live_among(past)
    moving = [
        each
        for each in past
        if not STATES[each.state].is_final and each.state is not State.SUCCEEDED
    ]
    kept = by_person(environment.name)
    lock = environment_locks.lock_of(connection, asked.seen.repository_id, kept)
    held = f"{lock.holder}: {lock.reason}" if lock and lock.is_alive(asked.now) else ""
    cells = (
        quoted(environment.name),
        _named(live) if live else "nothing",
        ", ".join(map(_moving, moving)) or "nothing",
        quoted(held) if held else "nobody",
    )
    return f"| {' | '.join(map(table_cell, cells))} |"


def _moving(each: Stored) -> str:
    paused = "" if each.paused_by is None else f", paused by {quoted(each.paused_by)}"
    return f"{_named(each)}: {_words(each.state)}{paused}"


def show_history(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """List the newest deployments."""
    past = [
        each
        for each in deployments.history(connection, asked.seen.repository_id)
        if command.environment in (None, each.environment)
    ]
    if not past:
        return done(command, "Nothing was deployed yet.")
    rows = [
        f"| {each.requested_at:%Y-%m-%d %H:%M} | {table_cell(quoted(each.environment))} "
        f"| {_named(each)} | {_words(each.state)} | {table_cell(quoted(each.requested_login))} |"
        for each in reversed(past[-_SHOWN:])
    ]
    head = "| requested (UTC) | environment | version | state | by |\n" + "| --- " * 5 + "|"
    return done(command, "\n".join((head, *rows)))


def show_why(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Explain a reason code, or tell which way a request of this repository went and why."""
    topic = (command.topic or "").lower()
    if not topic:
        return no(command, Code.PARSE_ERROR, "Name a request or a reason code.")
    meaning = _MEANINGS.get(topic)
    if meaning is not None:
        return done(command, f"{code_span(topic)}: {meaning}")
    found = deployments.read(connection, topic)
    if found is None or found.repository_id != asked.seen.repository_id:
        return no(command, Code.NO_REQUEST, "No such request or reason code.")
    steps = deployments.steps(connection, found.id)
    head = f"{quoted(found.environment)} and {_named(found)} by {quoted(found.requested_login)}:"
    return done(command, "\n".join((head, "", *map(_step, steps))))


def _step(each: Step) -> str:
    why = f": {code_span(each.code)}" if each.code else ""
    return f"- {_words(each.state)}{why} {markdown(each.detail)}".rstrip()


def _named(each: Stored) -> str:
    return f"{code_span(each.sha[:12])} ({code_span(each.id)})"


def _words(state: State) -> str:
    return state.value.replace("_", " ")


def past_of(asked: Asked, connection: sa.Connection, environment: str) -> list[Stored]:
    """Return an environment's deployments, oldest first."""
    found = deployments.history(connection, asked.seen.repository_id)
    return [each for each in found if each.environment.casefold() == environment.casefold()]


def live_among(past: list[Stored]) -> Stored | None:
    """Return the deployment that has the traffic: the newest success."""
    live = [each for each in past if each.state is State.SUCCEEDED]
    return live[-1] if live else None
