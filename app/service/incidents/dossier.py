"""Everything that is recorded of one incident, read at once."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.core.deploy.observed import Kind
from app.core.deploy.states import State
from app.core.incidents.paging import Sight, Since
from app.store import deployments, incidents
from app.store.deployments import Step, Stored
from app.store.incidents import Event, Incident, What


@dataclass(frozen=True, slots=True)
class Dossier:
    """An incident, its deployments with their steps, and what else happened."""

    incident: Incident
    rows: tuple[Stored, ...]
    steps: tuple[tuple[Stored, Step], ...]
    events: tuple[Event, ...]

    def of(self, what: What) -> tuple[Event, ...]:
        """Return what happened of one kind, oldest first."""
        return tuple(each for each in self.events if each.what is what)

    @property
    def caused_by(self) -> Stored | None:
        """The deployment that was taken back; None where no deployment is known to be behind it."""
        return next((each for each in self.rows if each.kind is Kind.DEPLOY), None)

    def _in(self, state: State) -> Since | None:
        found = next((each for each in self.rows if each.state is state), None)
        return None if found is None else Since(found.id, found.entered_at)

    @property
    def sight(self) -> Sight:
        """What decides about calls."""
        seen = self.incident
        is_alone = not self.rows
        return Sight(
            severity=seen.severity,
            detected_at=seen.detected_at,
            is_acknowledged=seen.acknowledged_at is not None,
            is_mitigated=seen.mitigated_at is not None,
            is_resolved=seen.resolved_at is not None,
            rolling_back=self._in(State.ROLLING_BACK),
            failed=self._in(State.ROLLBACK_FAILED),
            waits=Since(seen.id, seen.detected_at) if is_alone else self._in(State.REVIEW_REQUIRED),
        )


def dossier(connection: sa.Connection, seen: Incident) -> Dossier:
    """Read what belongs to an incident."""
    found = (
        deployments.read(connection, each.deployment_id)
        for each in incidents.links(connection, seen)
    )
    rows = tuple(
        sorted((each for each in found if each is not None), key=lambda each: each.requested_at)
    )
    steps = tuple((each, step) for each in rows for step in deployments.steps(connection, each.id))
    return Dossier(seen, rows, steps, incidents.events(connection, seen))
