"""`/hold` and `/unhold`: keeping one pull request from being deployed; rollbacks go on."""

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation
from app.core.deploy.hold import EVERYWHERE, Hold
from app.core.text import quoted
from app.service import keys
from app.service.chatops.asked import Answer, Asked, digest, done, no, then
from app.service.chatops.doing.orders import refused
from app.store import deployments, holds
from app.store.subjects import Want


def hold(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Keep the pull request from one environment or all; what is under way goes on."""
    refusal = refused(asked, command, Situation())
    if refusal is not None:
        return refusal
    made = Hold(
        number=asked.seen.number,
        environment=(command.environment or EVERYWHERE).casefold(),
        account_id=asked.person.id,
        login=asked.person.login,
        reason=command.reason or "",
        at=asked.now,
    )
    text = f"This pull request is not deployed to {_where(made)} until the hold is lifted."
    answer = done(command, text, *_wakes(asked, connection, [made]), code="held")
    answer = replace(answer, entries=(_entry(asked, made, EntryType.HOLD_PLACED),))
    return then(answer, lambda writing: holds.place(writing, asked.seen.repository_id, made))


def unhold(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Lift what the person may lift: everybody's holds at L3, below that one's own."""
    found = _named(asked, command, connection)
    if not found:
        return no(command, Code.NO_REQUEST, _nothing(asked, command, connection))
    mine = [each for each in found if each.account_id == asked.person.id]
    refusal = refused(asked, command, Situation(is_owner=len(mine) == len(found)))
    if refusal is not None and mine:
        found, refusal = mine, refused(asked, command, Situation(is_owner=True))
    if refusal is not None:
        return refusal
    names = ", ".join(f"{_where(each)} by {quoted(each.login)}" for each in found)
    text = f"Lifted: {names}."
    answer = done(command, text, *_wakes(asked, connection, found), code="unheld")
    lifted = tuple(_entry(asked, each, EntryType.HOLD_LIFTED) for each in found)

    def lift(writing: sa.Connection) -> None:
        for each in found:
            holds.lift(writing, asked.seen.repository_id, each)

    return then(replace(answer, entries=lifted), lift)


def _named(asked: Asked, command: Command, connection: sa.Connection) -> list[Hold]:
    """Return the holds that are meant: those of one environment, or all of the pull request."""
    here = None if command.environment is None else command.environment.casefold()
    return [
        each for each in of_this_pull(asked, connection) if here is None or each.environment == here
    ]


def of_this_pull(asked: Asked, connection: sa.Connection) -> list[Hold]:
    """Return the holds of the pull request."""
    found = holds.standing(connection, asked.seen.repository_id)
    return [each for each in found if each.number == asked.seen.number]


def _nothing(asked: Asked, command: Command, connection: sa.Connection) -> str:
    if command.environment is not None and of_this_pull(asked, connection):
        return "What holds it is for another environment or for all: `/unhold` lifts those too."
    return "Nobody holds this pull request."


def _where(found: Hold) -> str:
    return quoted(found.environment) if found.environment else "any environment"


def told(found: Iterable[Hold]) -> str:
    """Return a sentence for each hold, in Markdown."""
    return "\n".join(
        f"{quoted(each.login)} keeps this pull request from {_where(each)}: {quoted(each.reason)}"
        for each in found
    )


def _wakes(asked: Asked, connection: sa.Connection, found: Iterable[Hold]) -> list[Want]:
    """Return wishes to look anew at what a hold concerns, also at whoever waited behind it."""
    places = {each.environment for each in found}
    return [
        asked.want(keys.deployment(each.repository_id, each.id), "a hold", urgent=True)
        for each in deployments.unfinished(connection, asked.seen.repository_id)
        if EVERYWHERE in places or each.environment.casefold() in places
    ]


def _entry(asked: Asked, about: Hold, kind: EntryType) -> Draft:
    fields = {
        "repo": str(asked.seen.repository_id),
        "pr": str(about.number),
        "env": about.environment,
        "by": str(asked.person.id),
        "holder": str(about.account_id),
        "ref": digest(about.reason),
    }
    place = f"{about.environment}:{about.account_id}"
    return Draft(kind, f"{kind.value}:{asked.seen.comment_id}:{place}", fields)
