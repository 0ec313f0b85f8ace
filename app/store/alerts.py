"""Alerts that monitoring sent about an environment; each once, however often it is repeated."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from app.core.alerts.alert import Alert
from app.core.canary.samples import Severity
from app.store.tables import metadata
from app.store.times import moment, stamp
from app.store.upsert import insert_missing

alert = Table(
    "alert",
    metadata,
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("environment", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("severity", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("is_over", Boolean, nullable=False),
    Index("alert_by_start", "repository_id", "environment", "started_at"),
)


def keep(
    connection: sa.Connection, repository_id: int, environment: str, seen: Alert, now: datetime
) -> bool:
    """Store an alert; False when it is a repetition. One that is over stays what it was."""
    return insert_missing(
        connection,
        alert,
        repository_id=repository_id,
        environment=environment.casefold(),
        source=seen.source,
        key=seen.key,
        severity=seen.severity.value,
        title=seen.title,
        service=seen.service,
        started_at=stamp(seen.started_at),
        received_at=stamp(now),
        is_over=seen.is_over,
    )


def since(
    connection: sa.Connection, repository_id: int, environment: str, start: datetime
) -> tuple[Alert, ...]:
    """Return an environment's alerts that began at a moment or later, oldest first."""
    query = (
        sa.select(alert)
        .where(
            alert.c.repository_id == repository_id,
            alert.c.environment == environment.casefold(),
            alert.c.started_at >= stamp(start),
        )
        .order_by(alert.c.started_at, alert.c.source, alert.c.key)
        .limit(100)
    )
    return tuple(
        Alert(
            source=row.source,
            key=row.key,
            severity=Severity(row.severity),
            title=row.title,
            started_at=moment(row.started_at),
            service=row.service,
            is_over=row.is_over,
        )
        for row in connection.execute(query)
    )
