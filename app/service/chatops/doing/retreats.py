"""`/cancel`, `/abort` and `/rollback`: ending what was asked for, and taking back what is live."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.order import accepts, data_risk
from app.core.commands.risk import Situation
from app.core.deploy.observed import Refusal
from app.core.deploy.states import STATES, State
from app.core.facts import Sha
from app.core.text import code_span, markdown, quoted
from app.service import keys
from app.service.chatops.asked import Answer, Asked, done, no, then
from app.service.chatops.deploying.fence import Fence, WayBack, closed
from app.service.chatops.doing.orders import environment_of, refused, tier_of
from app.service.chatops.doing.overrides import withdraw
from app.service.chatops.doing.questions import live_among, past_of
from app.service.chatops.ordering.grants import retreat
from app.service.chatops.ordering.placing import Matter, place, waits
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
    order = waits(connection, command.request, asked.seen.repository_id)
    if order is not None:
        return withdraw(asked, command, order)
    here = (asked.seen.repository_id, asked.seen.number)
    found = [
        each
        for each in deployments.unfinished(connection, *here)
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
        return no(command, Code.MIGRATION_FENCE, f"{markdown(why.detail)}.")
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
    """Take what is live back to the last known good version; no person's lock stops that.

    Any other version waits for somebody who agrees.
    """
    environment = environment_of(asked, command)
    past = past_of(asked, connection, environment.name)
    live = live_among(past)
    way = Fence(asked.scene, environment.name).way_back(live, past) if live else WayBack(None)
    good = way.target.sha if way.target else None
    is_good = command.target in (None, good) and not command.accept_data_risk
    situation = Situation(tier=tier_of(environment), to_last_known_good=is_good)
    refusal = refused(asked, command, situation)
    if refusal is not None:
        return refusal
    lock = environment_locks.lock_of(connection, asked.seen.repository_id, environment.name)
    if lock is not None and lock.is_alive(asked.now):
        detail = f"{code_span(lock.holder)} is under way; `/abort` takes it back."
        return no(command, Code.LOCKED, detail)
    target = command.target or good
    if live is None or target is None:
        return no(command, Code.NO_ROLLBACK_TARGET)
    if not is_good:
        return _chosen(asked, command, past, target)
    if way.refusal is not None:
        return no(command, Code.MIGRATION_FENCE, _why_not(command, way.refusal, target))
    text = f"Taking {code_span(live.id)} back to {code_span(target)}."
    answer = done(command, text, _wake(asked, live), code="rolling_back")
    taken_back, who = live.id, asked.person.login
    return then(answer, lambda writing: deployments.note(writing, taken_back, aborted_by=who))


def _closed(asked: Asked, begun: Sequence[Stored], past: Sequence[Stored]) -> Refusal | None:
    """Return why something that has traffic cannot be taken back; the rest simply stops."""
    moving = [each for each in begun if STATES[each.state].moves_traffic or each.has_moved_traffic]
    found = (closed(asked.scene, each, past) for each in moving)
    return next((each for each in found if each is not None), None)


def _chosen(asked: Asked, command: Command, past: Sequence[Stored], sha: Sha) -> Answer:
    """Order a rollback to a version that the person chose."""
    found = retreat(past, sha)
    if isinstance(found, Refusal):
        return no(command, Code(found.code), markdown(found.detail))
    fence = Fence(asked.scene, found.live.environment)
    risk = command.accept_data_risk
    refusal = fence.choice(found.target, past, accepts_data_risk=risk)
    if refusal is not None:
        return no(command, Code(refusal.code), _why_not(command, refusal, sha))
    sentence = data_risk(found.live.environment, sha)
    if risk and not accepts(command.reason or "", sentence):
        wanted = f"Whoever accepts that data may be lost says so in `--reason`: {quoted(sentence)}."
        return no(command, Code.MIGRATION_FENCE, wanted)
    live = found.live
    although = ", although data may be lost" if risk else ""
    what = (
        f"{quoted(live.environment)} is to go from {code_span(live.sha)} back to "
        f"{code_span(sha)}{although}, because {quoted(command.reason or '')}"
    )
    facts = {
        "live": live.id,
        "to": found.target.id,
        "accepts_data_risk": risk,
    }
    return place(asked, command, Matter(what, live.tier, sha, found.target.tree, facts))


def _why_not(command: Command, found: Refusal, sha: Sha) -> str:
    """Say what stands in the way, and what somebody at L5 could post beyond the fence."""
    detail = markdown(found.detail)
    if found.code != Code.MIGRATION_FENCE:
        return detail
    sentence = data_risk(command.environment or "", sha)
    beyond = Command(
        "rollback",
        environment=command.environment,
        target=sha,
        reason=sentence,
        accept_data_risk=True,
    )
    return f"{detail}. If data may be lost, somebody at L5 posts {code_span(beyond.written())}."
