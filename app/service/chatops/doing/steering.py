"""`/pause`, `/resume` and `/promote`: a person's hand on a canary; triggers still take it back."""

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation
from app.core.deploy import watched
from app.core.deploy.observed import Kind, Result
from app.core.deploy.states import State
from app.core.policy.deployments import Environment
from app.core.text import code_span, markdown
from app.service import keys
from app.service.chatops.asked import Answer, Asked, done, no
from app.service.chatops.doing.orders import environment_of, refused, tier_of
from app.service.chatops.doing.questions import past_of
from app.service.chatops.ordering.grants import TAKING_TRAFFIC
from app.service.chatops.ordering.placing import Matter, place
from app.service.chatops.proving.watch import Look
from app.store import deployments
from app.store.deployments import Stored

_BEFORE = (State.GATING, State.DEPLOYING, State.VERIFYING)
Facts = Mapping[str, str | bool | None]
_NONE = "No canary is under way there."


def pause(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Keep a canary where it is, whatever its verdict; its time limits still hold."""
    found = _canary(asked, command, connection)
    if isinstance(found, Answer):
        return found
    text = f"{code_span(found.id)} goes no further until `/resume`; triggers still take it back."
    facts = {"paused_by": asked.person.login, "promoted_by": None, "promoted_anyway": False}
    return _steer(asked, command, found, (text, facts))


def resume(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Let a canary go on that somebody paused."""
    found = _canary(asked, command, connection)
    if isinstance(found, Answer):
        return found
    if found.paused_by is None:
        return no(command, Code.NO_REQUEST, "Nobody paused it.")
    text = f"{code_span(found.id)} goes on as soon as its verdict is GO."
    return _steer(asked, command, found, (text, {"paused_by": None}))


def promote(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Give a canary to everybody; whoever approved the request approved that for a verdict of GO.

    Nothing becomes a canary without these approvals. For any other verdict one more must agree.
    """
    found = _canary(asked, command, connection)
    look = None if isinstance(found, Answer) else _look(asked, command, found, connection)
    is_go = look is not None and _says(look) is Result.PASS
    tier = tier_of(environment_of(asked, command))
    refusal = refused(asked, command, Situation(tier=tier, full_rollout_approved=is_go))
    if refusal is not None:
        return refusal
    if isinstance(found, Answer):
        return found
    if found.state not in TAKING_TRAFFIC:
        return no(command, Code.NO_REQUEST, "It takes no traffic yet.")
    if not is_go:
        what = f"{code_span(found.id)} is to be given to everybody. {_verdict(look)}"
        matter = Matter(what, tier, found.sha, found.tree, {"deployment": found.id})
        return place(asked, command, matter)
    text = f"{code_span(found.id)} is given to everybody."
    return _steer(asked, command, found, (text, {"promoted_by": asked.person.login}))


def _canary(asked: Asked, command: Command, connection: sa.Connection) -> Stored | Answer:
    """Return the canary that is meant, or why the command may not be given here."""
    environment = environment_of(asked, command)
    if command.verb != "promote":
        refusal = refused(asked, command, Situation(tier=tier_of(environment)))
        if refusal is not None:
            return refusal
    found = [
        each
        for each in past_of(asked, connection, environment.name)
        if _is_steered(environment, each)
    ]
    return found[-1] if found else no(command, Code.NO_REQUEST, _NONE)


def _is_steered(environment: Environment, each: Stored) -> bool:
    is_canary = environment.strategy.kind == "canary" and each.kind is Kind.DEPLOY
    return is_canary and each.state in (*_BEFORE, *TAKING_TRAFFIC)


def _look(asked: Asked, command: Command, found: Stored, connection: sa.Connection) -> Look | None:
    environment = environment_of(asked, command)
    past = past_of(asked, connection, environment.name)
    steps = deployments.steps(connection, found.id)
    return asked.watcher.look(environment, found, past, steps, asked.now)


def _says(look: Look) -> Result:
    return watched.canary(look.verdict, is_whole=not look.problems)


def _verdict(look: Look | None) -> str:
    if look is None or look.verdict is None:
        return "Nothing was measured of the canary"
    words = f"{look.verdict.decision}: {look.verdict.title}"
    return f"The verdict is {markdown(words)}"


def _steer(
    asked: Asked,
    command: Command,
    found: Stored,
    about: tuple[str, Facts],
) -> Answer:
    """Note a person's wish, unless the canary is none any more by then."""
    text, facts = about
    key = keys.deployment(found.repository_id, found.id)
    want = asked.want(key, "a command", urgent=True)
    answer = done(command, text, want, code=f"{command.verb}d")
    answer = replace(answer, entries=(_entry(asked, command, found),))

    def write(writing: sa.Connection) -> Answer:
        now = deployments.read(writing, found.id)
        if now is None or now.state not in (*_BEFORE, *TAKING_TRAFFIC):
            return no(command, Code.NO_REQUEST, _NONE)
        deployments.note(writing, found.id, **facts)
        return answer

    return replace(answer, act=write)


def _entry(asked: Asked, command: Command, found: Stored) -> Draft:
    fields = {
        "repo": str(found.repository_id),
        "deployment": found.id,
        "env": found.environment,
        "rev": f"gitCommit:{found.sha}",
        "by": str(asked.person.id),
        "out": command.verb,
    }
    return Draft(EntryType.CANARY_STEERED, f"steered:{asked.seen.comment_id}:{found.id}", fields)
