"""`/freeze` and `/unfreeze`: times without deployments that people set, beside the policy's."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation
from app.core.commands.scales import Tier
from app.core.text import code_span, quoted
from app.service.chatops import plan
from app.service.chatops.asked import Answer, Asked, done, no, then
from app.service.chatops.doing.orders import refused
from app.service.chatops.ordering.placing import Matter, place
from app.store import freezes
from app.store.freezes import EVERYWHERE, PersonFreeze


def freeze(asked: Asked, command: Command, _: sa.Connection) -> Answer:
    """Let nothing new be deployed for a while; rollbacks go on."""
    refusal = refused(asked, command, Situation(tier=_tier(asked, command)))
    if refusal is not None:
        return refusal
    made = PersonFreeze(
        id=f"frz-{asked.seen.name}",
        repository_id=asked.seen.repository_id,
        environment=command.environment or EVERYWHERE,
        reason=command.reason or "",
        by_id=asked.person.id,
        by_login=asked.person.login,
        start=asked.now,
        until=asked.now + (command.until or timedelta()),
    )
    text = (
        f"{_where(command)} frozen until {made.until:%Y-%m-%d %H:%M} UTC. What waits goes on by "
        "itself then; rollbacks do not wait."
    )
    entry = Draft(EntryType.FREEZE_SET, f"freeze:{made.repository_id}:{made.id}", _fields(made))
    answer = replace(done(command, text, code="frozen"), entries=(entry,))
    return then(answer, lambda writing: freezes.create(writing, made))


def _fields(made: PersonFreeze) -> dict[str, str]:
    return {
        "repo": str(made.repository_id),
        "freeze": made.id,
        "env": made.environment,
        "by": str(made.by_id),
        "until": f"{made.until:%Y-%m-%dT%H:%M:%SZ}",
    }


def unfreeze(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Order the end of what people froze; a freeze of the policy ends in the policy."""
    tier = _tier(asked, command)
    refusal = refused(asked, command, Situation(tier=tier))
    if refusal is not None:
        return refusal
    wanted = (command.environment or EVERYWHERE).casefold()
    holding = freezes.holding(connection, asked.seen.repository_id, asked.now)
    found = [each for each in holding if each.environment == wanted]
    if not found:
        return no(command, Code.NO_REQUEST, _none(wanted, holding))
    scene = asked.scene
    reasons = ", ".join(quoted(each.reason) for each in found)
    why = quoted(command.reason or "")
    what = f"{_where(command)} to be frozen no more ({reasons}), because {why}"
    facts = {"freezes": [each.id for each in found]}
    sha = scene.pull.head_sha
    return place(asked, command, Matter(what, tier, sha, scene.reading.tree(sha), facts))


def _none(wanted: str, holding: tuple[PersonFreeze, ...]) -> str:
    if wanted != EVERYWHERE and any(each.environment == EVERYWHERE for each in holding):
        return f"Everything is frozen: {code_span('/unfreeze --global')} is what lifts that."
    return "Nobody froze it by command; a freeze of the policy ends in the policy."


def _tier(asked: Asked, command: Command) -> Tier:
    found = plan.environment(asked.policy, command.environment or "")
    return Tier(found.tier) if found else Tier.PRODUCTION


def _where(command: Command) -> str:
    return f"{quoted(command.environment)} is" if command.environment else "Everything is"
