"""`/cancel`, `/abort` and `/rollback`: ending what was asked for, and taking back what is live."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation
from app.core.deploy.observed import Refusal
from app.core.deploy.states import STATES, State
from app.core.text import code_span, markdown
from app.service import keys
from app.service.chatops.asked import Answer, Asked, done, no, then
from app.service.chatops.fence import Fence, WayBack, closed
from app.service.chatops.orders import environment_of, refused, tier_of
from app.service.chatops.questions import live_among, past_of
from app.store import deployments, environment_locks
from app.store.deployments import Stored
from app.store.subjects import Want

_BEGUN = (
    State.GATING,
    State.DEPLOYING,
    State.VERIFYING,
    State.CANARY,
    State.HELD_SHADOW,
    State.PROMOTING,
    State.WATCHING,
)
_NOT_BEGUN = (State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED)


def cancel(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """End a request that has not begun."""
    place = (asked.seen.repository_id, asked.seen.number)
    found = [
        each
        for each in deployments.unfinished(connection, *place)
        if each.state in _NOT_BEGUN and command.request in (None, each.id)
    ]
    if not found:
        return no(command, Code.NO_REQUEST, "Nothing waits here; what runs is for `/abort`.")
    if len(found) > 1:
        names = ", ".join(f"`--request {each.id}`" for each in found)
        return no(command, Code.PARSE_ERROR, f"Several wait, name one: {names}.")
    (each,) = found
    is_owner = each.requested_by == asked.person.id
    refusal = refused(asked, command, Situation(tier=each.tier, is_owner=is_owner))
    if refusal is not None:
        return refusal
    want = asked.want(keys.deployment(each.repository_id, each.id), "a command", urgent=True)
    answer = done(command, f"Cancelling {code_span(each.id)}.", want, code="cancelled")
    who = asked.person.login
    return then(answer, lambda writing: deployments.note(writing, each.id, cancelled_by=who))


def abort(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Stop what is under way in an environment; traffic goes back to what was good."""
    environment = environment_of(asked, command)
    refusal = refused(asked, command, Situation(tier=tier_of(environment)))
    if refusal is not None:
        return refusal
    past = past_of(asked, connection, environment.name)
    begun = [each for each in past if each.state in _BEGUN]
    if not begun:
        return no(command, Code.NO_REQUEST, "Nothing is under way there.")
    why = _closed(asked, begun, past)
    if why is not None:
        return _fenced(command, why)
    names = ", ".join(code_span(each.id) for each in begun)
    answer = done(
        command, f"Stopping {names}.", *(_wake(asked, each) for each in begun), code="aborted"
    )

    def stop(writing: sa.Connection) -> None:
        """Note both wishes: what has not started yet may start before anybody looks."""
        who = asked.person.login
        for each in begun:
            deployments.note(writing, each.id, cancelled_by=who, aborted_by=who)

    return then(answer, stop)


def _wake(asked: Asked, each: Stored) -> Want:
    return asked.want(keys.deployment(each.repository_id, each.id), "a command", urgent=True)


def rollback(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Take what is live back to the last known good version; no person's lock stops that."""
    environment = environment_of(asked, command)
    if command.target is not None or command.accept_data_risk:
        return no(command, Code.NO_ROLLBACK_TARGET, "This version goes to the last known good.")
    situation = Situation(tier=tier_of(environment), to_last_known_good=True)
    refusal = refused(asked, command, situation)
    if refusal is not None:
        return refusal
    lock = environment_locks.lock_of(connection, asked.seen.repository_id, environment.name)
    if lock is not None and lock.is_alive(asked.now):
        detail = f"{code_span(lock.holder)} is under way; `/abort` takes it back."
        return no(command, Code.LOCKED, detail)
    past = past_of(asked, connection, environment.name)
    live = live_among(past)
    way = Fence(asked.scene, environment.name).way_back(live, past) if live else WayBack(None)
    if live is None or way.target is None:
        return no(command, Code.NO_ROLLBACK_TARGET)
    if way.refusal is not None:
        return _fenced(command, way.refusal)
    text = f"Taking {code_span(live.id)} back to {code_span(way.target.sha)}."
    answer = done(command, text, _wake(asked, live), code="rolling_back")
    taken_back, who = live.id, asked.person.login
    return then(answer, lambda writing: deployments.note(writing, taken_back, aborted_by=who))


def _fenced(command: Command, why: Refusal) -> Answer:
    """Say that the version before cannot run any more, before anything moves (T91)."""
    return no(command, Code.MIGRATION_FENCE, f"{markdown(why.detail)}.")


def _closed(asked: Asked, begun: Sequence[Stored], past: Sequence[Stored]) -> Refusal | None:
    """Return why something that has traffic cannot be taken back; the rest simply stops."""
    moving = [each for each in begun if STATES[each.state].moves_traffic or each.has_moved_traffic]
    found = (closed(asked.scene, each, past) for each in moving)
    return next((each for each in found if each is not None), None)
