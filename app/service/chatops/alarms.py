"""Takes alerts in: kept, logged, and the deployments woken that they may speak against."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.audit.log import AuditLog
from app.core.alerts.alert import Alert
from app.engine.scheduler import Scheduler
from app.ports import Clock, RepositoryRef
from app.service import keys
from app.service.incidents.book import Book
from app.store import alerts, deployments, registry
from app.store.database import Database
from app.store.subjects import Want


@dataclass(frozen=True, slots=True)
class Place:
    """What an alert is about: a repository by its name, and one of its environments."""

    repository: str
    environment: str


@dataclass(frozen=True, slots=True)
class Alarms:
    """The use case behind every alert; when `accept` returns, none of them can be lost."""

    database: Database
    log: AuditLog
    scheduler: Scheduler
    now: Clock

    def accept(self, place: Place, seen: Sequence[Alert]) -> int | None:
        """Store alerts and return how many are new; None when nobody knows the repository."""
        with self.database.write() as connection:
            repository = registry.repository_named(connection, place.repository)
            if repository is None:
                return None
            new = [
                each
                for each in seen
                if alerts.keep(connection, repository.id, place.environment, each, self.now())
            ]
            if new:
                drafts = [_entry(repository, place, each) for each in new]
                self.log.append(connection, repository.account_id, drafts, self.now())
                self._wake(connection, repository, place)
            self._note_incidents(connection, repository, place, (seen, new))
        return len(new)

    def _note_incidents(
        self,
        connection: sa.Connection,
        repository: RepositoryRef,
        place: Place,
        told: tuple[Sequence[Alert], Sequence[Alert]],
    ) -> None:
        """Let new alerts open incidents or join them, and note which ones are over."""
        seen, new = told
        book = Book(connection, self.log, self.now())
        where = place.environment
        wants = [want for each in new for want in book.alerted(repository, where, each)]
        over = [each for each in seen if each.is_over]
        wants += [want for each in over for want in book.alert_over(repository, where, each)]
        self.scheduler.want(connection, wants)

    def _wake(self, connection: sa.Connection, repository: RepositoryRef, place: Place) -> None:
        here = place.environment.casefold()
        wants = [
            Want(
                key=keys.deployment(repository.id, each.id),
                kind=keys.DEPLOYMENT,
                account_id=repository.account_id,
                installation_id=repository.installation_id,
                cause="an alert",
                urgent=True,
            )
            for each in deployments.unfinished(connection, repository.id)
            if each.environment.casefold() == here
        ]
        self.scheduler.want(connection, wants)


def _entry(repository: RepositoryRef, place: Place, seen: Alert) -> Draft:
    fields = {
        "repo": str(repository.id),
        "env": place.environment.casefold(),
        "source": seen.source,
        "alert": seen.key,
        "severity": seen.severity.value,
        "began": seen.started_at.isoformat(),
    }
    key = f"alert:{repository.id}:{place.environment.casefold()}:{seen.source}:{seen.key}"
    return Draft(EntryType.ALERT_RECEIVED, key, fields)
