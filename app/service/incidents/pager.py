"""Tells the pager of an incident: once people are called, once somebody comes, once it is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal

import structlog

from app.audit.log import AuditLog
from app.core.canary.samples import Severity
from app.core.incidents import paging
from app.core.text import shorten, visible
from app.errors import PagerError, PagerUnavailableError
from app.ports import RepositoryRef
from app.ports.pager import Action, Pager, PagerEvent
from app.service.incidents.book import Book
from app.service.incidents.dossier import Dossier
from app.store import incidents
from app.store.database import Database
from app.store.incidents import Incident, What

_Word = Literal["critical", "error", "warning", "info"]
_WORDS: Mapping[Severity, _Word] = MappingProxyType(
    {
        Severity.SEV1: "critical",
        Severity.SEV2: "error",
        Severity.SEV3: "warning",
        Severity.SEV4: "info",
    }
)


def wanted(found: Dossier) -> Action | None:
    """Return what the pager has to know by now; None as long as nobody was called."""
    seen = found.incident
    if not any(paging.names_people(each.ref) for each in found.of(What.PAGED)):
        return None
    if seen.resolved_at is not None:
        return "resolve"
    return "trigger" if seen.acknowledged_at is None else "acknowledge"


@dataclass(frozen=True, slots=True)
class Paging:
    """Brings the pager to what is recorded; without one nothing is told."""

    database: Database
    log: AuditLog
    pager: Pager | None
    github_url: str
    now: datetime

    def tell(self, repository: RepositoryRef, found: Dossier) -> bool:
        """Tell what is missing there; False when that has to be tried again."""
        action, seen = wanted(found), found.incident
        if self.pager is None or action is None or seen.pager_state == action:
            return True
        steps: tuple[Action, ...] = (action,)
        if not seen.pager_state and action == "acknowledge":
            steps = ("trigger", action)
        try:
            for each in steps:
                self._tell(self.pager, repository, seen, each)
        except PagerUnavailableError as error:
            structlog.get_logger().warning("pager away", incident=seen.id, why=str(error))
            return False
        except PagerError as error:
            structlog.get_logger().error("pager refuses", incident=seen.id, why=str(error))
        with self.database.write() as connection:
            incidents.change(connection, seen, pager_state=action)
        return True

    def _tell(
        self, pager: Pager, repository: RepositoryRef, seen: Incident, action: Action
    ) -> None:
        with self.database.write() as connection:
            Book(connection, self.log, self.now).told(seen, f"pager:{action}")
        pager.tell(self._event(repository, seen, action))

    def _event(self, repository: RepositoryRef, seen: Incident, action: Action) -> PagerEvent:
        number = seen.issue_number or seen.number
        link = f"{self.github_url}/{repository.full_name}/issues/{number}" if number else ""
        what = shorten(visible(f"{seen.environment}: {seen.title}"), 300)
        return PagerEvent(
            action=action,
            key=f"gatewright:{repository.id}:{seen.id}",
            summary=f"{seen.severity.value} {what} ({seen.id})",
            source=repository.full_name,
            severity=_WORDS[seen.severity],
            at=seen.opened_at,
            group=seen.environment,
            link=link,
            details={
                "incident": seen.id,
                "severity": seen.severity.value,
                "state": seen.phase.value,
                "acknowledge": f"/ack {seen.id}",
            },
        )
