"""`/approve` of what has begun: a role of the policy says that it looked at it afterwards."""

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation
from app.core.commands.scales import Level
from app.core.gates.wording import listed
from app.core.text import code_span, quoted
from app.service import keys
from app.service.chatops.asked import Answer, Asked, done, no
from app.service.chatops.deploying.aftercare import missing_roles
from app.service.chatops.doing.orders import refused
from app.store import after_reviews, deployments
from app.store.deployments import Stored


def look_after(asked: Asked, command: Command, connection: sa.Connection) -> Answer | None:
    """Record that a role looked at what began; None where that is not what is meant."""
    found = deployments.read(connection, command.request or "")
    here = (asked.seen.repository_id, asked.seen.number)
    if found is None or (found.repository_id, found.number) != here:
        return None
    roles = missing_roles(connection, found)
    if not roles:
        return None
    refusal = refused(asked, command, Situation(tier=found.tier))
    if refusal is not None:
        return refusal
    role = _role(asked, roles, after_reviews.of(connection, found.id).values())
    if role is None:
        return no(command, Code.APPROVER_NOT_ELIGIBLE, f"It waits for {listed(roles)}.")
    if asked.person.id in _involved(asked, found):
        return no(command, Code.SELF_APPROVAL)
    return _recorded(asked, command, found, role)


def _role(asked: Asked, roles: Iterable[str], others: Iterable[int]) -> str | None:
    """Return the first of the roles that the person has; nobody looks for two of them."""
    roll = asked.scene.roll
    teams = roll.teams(asked.person) or frozenset()
    if asked.person.id in set(others) or asked.standing.level < Level.CONTRIBUTE:
        return None
    for role in roles:
        holders = roll.holders.get(role)
        if holders and (asked.person.id in holders.users or teams & holders.teams):
            return role
    return None


def _involved(asked: Asked, found: Stored) -> frozenset[int]:
    author = asked.scene.pull.pull_request.author
    return asked.scene.hands | {found.requested_by} | ({author.id} if author else set())


def _recorded(asked: Asked, command: Command, found: Stored, role: str) -> Answer:
    fields = {
        "repo": str(found.repository_id),
        "deployment": found.id,
        "by": str(asked.person.id),
        "out": "looked",
        "role": role,
        "rev": f"gitCommit:{found.sha}",
    }
    entry = Draft(EntryType.DEPLOYMENT_SAID, f"said:{asked.seen.comment_id}:{found.id}", fields)
    text = f"{quoted(role)} has looked at {code_span(found.id)} afterwards."
    want = asked.want(keys.deployment(found.repository_id, found.id), "a review")
    answer = replace(done(command, text, want, code="looked"), entries=(entry,))
    person, posted = (asked.person.id, asked.person.login), (asked.seen.comment_id, asked.now)

    def write(writing: sa.Connection) -> Answer:
        if after_reviews.keep(writing, found.id, role, person, posted):
            return answer
        return no(command, Code.NO_REQUEST, "Somebody has looked for that role already.")

    return replace(answer, act=write)
