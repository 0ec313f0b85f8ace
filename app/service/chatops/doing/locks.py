"""`/lock` and `/unlock`: keeping everybody else's deployments out of an environment."""

from dataclasses import replace

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation
from app.core.deploy.lease import Lock
from app.core.policy.deployments import Environment
from app.core.text import quoted
from app.service import keys
from app.service.chatops.asked import Answer, Asked, done, no, then
from app.service.chatops.doing.orders import environment_of, refused, tier_of
from app.service.chatops.ordering.placing import Matter, place
from app.store import deployments, environment_locks
from app.store.environment_locks import by_person


def lock(asked: Asked, command: Command, _: sa.Connection) -> Answer:
    """Keep everybody else's deployments out of an environment; what is under way goes on."""
    environment = environment_of(asked, command)
    refusal = refused(asked, command, Situation(tier=tier_of(environment)))
    if refusal is not None:
        return refusal
    until = asked.now + command.until if command.until else None
    wanted = Lock(
        environment=by_person(environment.name),
        holder=f"@{asked.person.login}",
        fencing=0,
        until=until,
        reason=command.reason or "",
        account_id=asked.person.id,
    )
    ends = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "until you unlock it"
    text = f"{quoted(environment.name)} is locked {ends}; your own deployments still go there."
    answer = done(command, text, code="locked")

    def take(writing: sa.Connection) -> Answer:
        taken = environment_locks.take_lock(writing, asked.seen.repository_id, wanted, asked.now)
        if isinstance(taken, Lock):
            return answer
        holder = environment_locks.lock_of(writing, asked.seen.repository_id, wanted.environment)
        return no(command, Code.LOCKED, _held(holder))

    return replace(answer, act=take)


def _held(found: Lock | None) -> str:
    if found is None:
        return "Nobody has locked it."
    reason = f", because: {quoted(found.reason)}" if found.reason else ""
    return f"{quoted(found.holder)} has locked it{reason}."


def unlock(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Give a lock up; that of somebody else only once people agreed."""
    environment = environment_of(asked, command)
    where = (asked.seen.repository_id, by_person(environment.name))
    found = environment_locks.lock_of(connection, *where)
    is_owner = found is not None and found.account_id == asked.person.id
    if not is_owner and (found is None or not command.force):
        return no(command, Code.LOCKED, _held(found))
    given = replace(command, force=command.force and not is_owner)
    refusal = refused(asked, given, Situation(tier=tier_of(environment), is_owner=is_owner))
    if refusal is not None:
        return refusal
    if found is None or not found.is_alive(asked.now):
        return no(command, Code.LOCKED, _held(None))
    if not is_owner:
        return _by_force(asked, command, environment, found)
    wants = [
        asked.want(keys.deployment(each.repository_id, each.id), "a lock was given up")
        for each in deployments.unfinished(connection, asked.seen.repository_id)
        if each.environment.casefold() == environment.name.casefold()
    ]
    answer = done(command, f"{quoted(environment.name)} is free.", *wants, code="unlocked")
    holder = found.holder
    return then(answer, lambda writing: environment_locks.release_lock(writing, *where, holder))


def _by_force(asked: Asked, command: Command, environment: Environment, found: Lock) -> Answer:
    """Order the end of somebody else's lock, exactly as it is held now."""
    scene = asked.scene
    sha = scene.pull.head_sha
    what = (
        f"The lock of {quoted(found.holder)} on {quoted(environment.name)} "
        f"({quoted(found.reason)}) is to end, because {quoted(command.reason or '')}"
    )
    facts = {"holder": found.holder, "fencing": found.fencing}
    matter = Matter(what, tier_of(environment), sha, scene.reading.tree(sha), facts)
    return place(asked, command, matter)
