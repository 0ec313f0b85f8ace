"""Incidents: their rows, the deployments that belong to them, and what happened in their course."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.core.canary.samples import Severity
from app.core.facts import Sha
from app.core.incidents.life import Origin, Phase, Times, phase
from app.store.incident_tables import incident, incident_deployment, incident_event
from app.store.times import moment, stamp
from app.store.upsert import insert_missing


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as its row says; `opened_at` is its earliest signal, `detected_at` when we knew.

    `issue_problem` says why it has no issue; `issue_digest` is of what the issue shows.
    """

    repository_id: int
    id: str
    account_id: int
    installation_id: int
    environment: str
    severity: Severity
    origin: Origin
    title: str
    opened_at: datetime
    detected_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: int | None = None
    acknowledged_login: str = ""
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    fix: Sha | None = None
    number: int | None = None
    source_number: int | None = None
    issue_number: int | None = None
    page_id: int | None = None
    is_issue_intended: bool = False
    is_issue_closed: bool = False
    issue_problem: str = ""
    issue_tried_at: datetime | None = None
    issue_digest: str = ""
    pager_state: str = ""

    @property
    def phase(self) -> Phase:
        """How far it has come."""
        return phase(Times(self.acknowledged_at, self.mitigated_at, self.resolved_at))


class What(StrEnum):
    """What can happen in the course of an incident, besides the steps of its deployments."""

    OPENED = "opened"
    ALERT = "alert"
    ALERT_OVER = "alert_over"
    ACKNOWLEDGED = "acknowledged"
    MEASURED = "measured"
    MITIGATED = "mitigated"
    REVIEWED = "reviewed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    PAGED = "paged"
    CLOSED_BY_HAND = "closed_by_hand"
    HANDED_OFF = "handed_off"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once; `ref` tells it from others of its kind."""

    what: What
    ref: str
    at: datetime
    detail: str = ""
    by_id: int | None = None
    by_login: str = ""
    is_done: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A deployment of an incident, and the incident's name by that deployment."""

    deployment_id: str
    name: str


_MOMENTS = (
    "opened_at",
    "detected_at",
    "acknowledged_at",
    "mitigated_at",
    "resolved_at",
    "issue_tried_at",
)
_KINDS: dict[str, Any] = {"severity": Severity, "origin": Origin}


def create(connection: sa.Connection, made: Incident) -> bool:
    """Store a new incident; False when there is one of that name."""
    values = {each.name: getattr(made, each.name) for each in fields(Incident)}
    return insert_missing(connection, incident, **_written(values))


def change(connection: sa.Connection, seen: Incident, **values: Any) -> None:
    """Keep what was learnt about an incident."""
    connection.execute(incident.update().where(*_is(seen)).values(**_written(values)))


def _written(values: dict[str, Any]) -> dict[str, Any]:
    moments = {name: values[name] for name in _MOMENTS if values.get(name) is not None}
    return values | {name: stamp(at) for name, at in moments.items()}


def _is(seen: Incident) -> tuple[sa.ColumnElement[bool], ...]:
    return incident.c.repository_id == seen.repository_id, incident.c.id == seen.id


def _incident(row: sa.RowMapping) -> Incident:
    values = {each.name: row[each.name] for each in fields(Incident)}
    values |= {name: moment(values[name]) for name in _MOMENTS if values[name] is not None}
    return Incident(**(values | {name: kind(values[name]) for name, kind in _KINDS.items()}))


def _one(connection: sa.Connection, query: sa.Select[Any]) -> Incident | None:
    row = connection.execute(query.limit(1)).mappings().one_or_none()
    return None if row is None else _incident(row)


def read(connection: sa.Connection, repository_id: int, incident_id: str) -> Incident | None:
    """Return an incident by its own name."""
    where = (incident.c.repository_id == repository_id, incident.c.id == incident_id)
    return _one(connection, sa.select(incident).where(*where))


def named(connection: sa.Connection, repository_id: int, name: str) -> Incident | None:
    """Return an incident by its own name, or by that which one of its deployments gives it."""
    found = read(connection, repository_id, name)
    if found is not None:
        return found
    query = sa.select(incident_deployment.c.incident_id).where(
        incident_deployment.c.repository_id == repository_id, incident_deployment.c.name == name
    )
    known = connection.execute(query.limit(1)).scalar_one_or_none()
    return None if known is None else read(connection, repository_id, known)


def of_deployment(
    connection: sa.Connection, repository_id: int, deployment_id: str
) -> Incident | None:
    """Return the incident that a deployment belongs to."""
    query = sa.select(incident_deployment.c.incident_id).where(
        incident_deployment.c.repository_id == repository_id,
        incident_deployment.c.deployment_id == deployment_id,
    )
    known = connection.execute(query).scalar_one_or_none()
    return None if known is None else read(connection, repository_id, known)


def of_issue(connection: sa.Connection, repository_id: int, number: int) -> Incident | None:
    """Return the incident whose page stands in an issue."""
    where = (incident.c.repository_id == repository_id, incident.c.issue_number == number)
    return _one(connection, sa.select(incident).where(*where))


def unreviewed(
    connection: sa.Connection, repository_id: int, environment: str | None = None
) -> tuple[Incident, ...]:
    """Return incidents that wait for their review, of one environment if given, oldest first."""
    query = sa.select(incident).where(
        incident.c.repository_id == repository_id, incident.c.resolved_at.is_(None)
    )
    if environment is not None:
        query = query.where(sa.func.lower(incident.c.environment) == environment.casefold())
    ordered = query.order_by(incident.c.detected_at, incident.c.id)
    return tuple(_incident(row) for row in connection.execute(ordered).mappings())


def every(connection: sa.Connection) -> tuple[Incident, ...]:
    """Return all incidents of all repositories, oldest first."""
    ordered = sa.select(incident).order_by(
        incident.c.detected_at, incident.c.repository_id, incident.c.id
    )
    return tuple(_incident(row) for row in connection.execute(ordered).mappings())


def count_of(connection: sa.Connection, repository_id: int, origin: Origin) -> int:
    """Count a repository's incidents of one origin; they are never removed."""
    query = sa.select(sa.func.count()).where(
        incident.c.repository_id == repository_id, incident.c.origin == origin.value
    )
    return connection.execute(query).scalar_one()


def link(connection: sa.Connection, seen: Incident, made: Link) -> bool:
    """Let a deployment belong to an incident; False when it belongs to one."""
    return insert_missing(
        connection,
        incident_deployment,
        repository_id=seen.repository_id,
        deployment_id=made.deployment_id,
        incident_id=seen.id,
        name=made.name,
    )


def links(connection: sa.Connection, seen: Incident) -> tuple[Link, ...]:
    """Return the deployments of an incident."""
    query = (
        sa.select(incident_deployment)
        .where(
            incident_deployment.c.repository_id == seen.repository_id,
            incident_deployment.c.incident_id == seen.id,
        )
        .order_by(incident_deployment.c.deployment_id)
    )
    return tuple(Link(row.deployment_id, row.name) for row in connection.execute(query))


def note(connection: sa.Connection, seen: Incident, happened: Event) -> bool:
    """Keep what happened; False when that is known."""
    return insert_missing(
        connection,
        incident_event,
        repository_id=seen.repository_id,
        incident_id=seen.id,
        kind=happened.what.value,
        ref=happened.ref,
        at=stamp(happened.at),
        detail=happened.detail,
        by_id=happened.by_id,
        by_login=happened.by_login,
        is_done=happened.is_done,
    )


def mark_done(connection: sa.Connection, seen: Incident, happened: Event) -> None:
    """Note that a call was made."""
    connection.execute(
        incident_event.update()
        .where(
            incident_event.c.repository_id == seen.repository_id,
            incident_event.c.incident_id == seen.id,
            incident_event.c.kind == happened.what.value,
            incident_event.c.ref == happened.ref,
        )
        .values(is_done=True)
    )


def events(connection: sa.Connection, seen: Incident) -> tuple[Event, ...]:
    """Return what happened, oldest first."""
    query = (
        sa.select(incident_event)
        .where(
            incident_event.c.repository_id == seen.repository_id,
            incident_event.c.incident_id == seen.id,
        )
        .order_by(incident_event.c.at, incident_event.c.kind, incident_event.c.ref)
    )
    return tuple(
        Event(
            What(row.kind),
            row.ref,
            moment(row.at),
            row.detail,
            row.by_id,
            row.by_login,
            row.is_done,
        )
        for row in connection.execute(query)
    )


def with_alert(
    connection: sa.Connection, repository_id: int, environment: str, ref: str
) -> Incident | None:
    """Return an environment's unreviewed incident that an alert belongs to."""
    for each in unreviewed(connection, repository_id, environment):
        known = (event.ref for event in events(connection, each) if event.what is What.ALERT)
        if ref in known:
            return each
    return None
