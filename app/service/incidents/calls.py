"""Calls people: a comment that mentions those whom the policy names, and nobody else."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from app.audit.log import AuditLog
from app.core.incidents import paging
from app.core.policy.incidents import Called
from app.core.text import code_span, quoted
from app.errors import ForbiddenError, NotFoundError
from app.service.chatops.scene import Ground
from app.service.incidents.book import Book
from app.service.incidents.dossier import Dossier
from app.store import incidents
from app.store.database import Database
from app.store.incidents import Event, Incident, What


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes the calls of one incident; each is written down before and made once."""

    database: Database
    log: AuditLog
    ground: Ground
    now: datetime

    def call(self, found: Dossier) -> None:
        """Make the calls that are due, after those that a dead worker may have left unmade."""
        left = [each for each in found.of(What.PAGED) if not each.is_done]
        for each in left:
            self._make(found.incident, each, look_first=True)
        known = {each.ref for each in found.of(What.PAGED)}
        for page in paging.due(found.sight, known, self.now):
            made = Event(What.PAGED, page.key, self.now, page.title, is_done=False)
            with self.database.write() as connection:
                Book(connection, self.log, self.now).paged(found.incident, made)
            self._make(found.incident, made, look_first=False)

    def _make(self, seen: Incident, call: Event, *, look_first: bool) -> None:
        marker = f"<!-- gatewright:page:{seen.id}:{call.ref} -->"
        text = f"{self._text(seen, call)}\n\n{marker}"
        for number in filter(None, (seen.issue_number, seen.number)):
            try:
                if not (look_first and self.ground.chat.find(number, marker)):
                    self.ground.chat.say(number, text, marker)
            except (ForbiddenError, NotFoundError) as error:
                structlog.get_logger().warning("no call", place=number, why=str(error))
            else:
                break
        with self.database.write() as connection:
            incidents.mark_done(connection, seen, call)

    def _text(self, seen: Incident, call: Event) -> str:
        next_step = f"/ack {seen.id}" if seen.acknowledged_at is None else f"/review {seen.id}"
        who = " ".join(self._mentions(call))
        return (
            f"{who} **{call.detail}**\n\n"
            f"{code_span(seen.id)}, {seen.severity.value}, {quoted(seen.environment)}. "
            f"Next: {code_span(next_step)}"
        ).strip()

    def _mentions(self, call: Event) -> tuple[str, ...]:
        policy = self.ground.deployments
        if policy is None or not paging.names_people(call.ref):
            return ()
        named = [policy.incidents.page]
        if paging.escalates(call.ref):
            named.append(policy.incidents.escalate)
        owner = self.ground.repository.full_name.partition("/")[0]
        return tuple(dict.fromkeys(name for each in named for name in _names(each, owner)))


def _names(called: Called, owner: str) -> tuple[str, ...]:
    """Return mentions; the policy's form of a name leaves nothing in it to escape."""
    people = tuple(f"@{login}" for login in called.users)
    return (*people, *(f"@{owner}/{team}" for team in called.teams))
