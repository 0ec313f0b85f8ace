"""Freezes that people set by command, beside those of the policy."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.store.order_tables import person_freeze
from app.store.times import moment, stamp
from app.store.upsert import insert_missing

EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class PersonFreeze:
    """A time in which a person lets nothing be deployed; `environment` is empty for all of them."""

    id: str
    repository_id: int
    environment: str
    reason: str
    by_id: int
    by_login: str
    start: datetime
    until: datetime


def create(connection: sa.Connection, made: PersonFreeze) -> bool:
    """Store a freeze; False when its comment set it before."""
    return insert_missing(
        connection,
        person_freeze,
        id=made.id,
        repository_id=made.repository_id,
        environment=made.environment.casefold(),
        reason=made.reason,
        by_id=made.by_id,
        by_login=made.by_login,
        start=stamp(made.start),
        until=stamp(made.until),
    )


def holding(
    connection: sa.Connection, repository_id: int, now: datetime
) -> tuple[PersonFreeze, ...]:
    """Return every freeze of a repository that holds now, oldest first."""
    query = (
        sa.select(person_freeze)
        .where(
            person_freeze.c.repository_id == repository_id,
            person_freeze.c.ended_at.is_(None),
            person_freeze.c.until > stamp(now),
        )
        .order_by(person_freeze.c.start, person_freeze.c.id)
    )
    return tuple(
        PersonFreeze(
            id=row.id,
            repository_id=row.repository_id,
            environment=row.environment,
            reason=row.reason,
            by_id=row.by_id,
            by_login=row.by_login,
            start=moment(row.start),
            until=moment(row.until),
        )
        for row in connection.execute(query)
    )


def covering(
    connection: sa.Connection, repository_id: int, environment: str, now: datetime
) -> tuple[PersonFreeze, ...]:
    """Return the freezes that hold back an environment now."""
    names = (EVERYWHERE, environment.casefold())
    return tuple(
        each for each in holding(connection, repository_id, now) if each.environment in names
    )


def lift(connection: sa.Connection, ids: Collection[str], now: datetime) -> None:
    """End freezes before their time."""
    connection.execute(
        person_freeze.update()
        .where(person_freeze.c.id.in_(ids), person_freeze.c.ended_at.is_(None))
        .values(ended_at=stamp(now))
    )
