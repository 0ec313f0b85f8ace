"""`/ack`: a person takes an incident on, and everybody sees who."""

from dataclasses import replace

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation
from app.core.text import code_span, quoted
from app.service.chatops.asked import Answer, Asked, done, no
from app.service.chatops.doing.orders import refused
from app.service.incidents.book import Book
from app.service.incidents.page import clock
from app.service.incidents.slip import Slip
from app.store import incidents
from app.store.incidents import Incident


def acknowledge(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Note who looks after an incident; the first who says so has it."""
    refusal = refused(asked, command, Situation())
    if refusal is not None:
        return refusal
    place = (asked.seen.repository_id, command.incident or "")
    found = incidents.named(connection, *place)
    if found is None:
        return no(command, Code.NO_REQUEST, "There is no incident of that name.")
    already = _already(command, found)
    if already is not None:
        return already

    def write(writing: sa.Connection) -> Answer:
        """Look once more: somebody else may have been faster."""
        now = incidents.named(writing, *place) or found
        return _already(command, now) or _taken(asked, command, now, writing)

    return replace(done(command, _words(asked, found), code="acknowledged"), act=write)


def _already(command: Command, found: Incident) -> Answer | None:
    if found.resolved_at is not None:
        return no(command, Code.NO_REQUEST, "The incident is reviewed and closed.")
    if found.acknowledged_at is not None:
        who = quoted(found.acknowledged_login)
        text = f"{who} has {code_span(found.id)} since {clock(found.acknowledged_at)}."
        return done(command, text, code="acknowledged")
    return None


def _taken(asked: Asked, command: Command, found: Incident, writing: sa.Connection) -> Answer:
    slip = Slip()
    wants = Book(writing, slip, asked.now).acknowledged(found, asked.person)
    answer = done(command, _words(asked, found), *wants, code="acknowledged")
    return replace(answer, entries=tuple(slip.drafts))


def _words(asked: Asked, found: Incident) -> str:
    who = quoted(asked.person.login)
    return f"{who} looks after {code_span(found.id)} ({found.severity.value})."
