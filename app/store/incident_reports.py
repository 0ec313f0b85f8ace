"""Issues that may report an incident: kept until they are looked at under the policy."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.store.incident_tables import incident_report
from app.store.times import moment, stamp
from app.store.upsert import put


@dataclass(frozen=True, slots=True)
class Told:
    """Who gave an issue a label last, or without one who opened it; `app_id` if an app did."""

    repository_id: int
    number: int
    label: str
    sender_id: int
    sender_login: str
    app_id: int | None
    reported_at: datetime


def keep(connection: sa.Connection, told: Told) -> None:
    """Keep the newest report of an issue."""
    put(
        connection,
        incident_report,
        repository_id=told.repository_id,
        number=told.number,
        label=told.label,
        sender_id=told.sender_id,
        sender_login=told.sender_login,
        app_id=told.app_id,
        reported_at=stamp(told.reported_at),
    )


def read(connection: sa.Connection, repository_id: int, number: int) -> tuple[Told, ...]:
    """Return what was kept about an issue, label by label."""
    query = (
        sa.select(incident_report)
        .where(incident_report.c.repository_id == repository_id, incident_report.c.number == number)
        .order_by(incident_report.c.label)
    )
    return tuple(
        Told(
            repository_id=row.repository_id,
            number=row.number,
            label=row.label,
            sender_id=row.sender_id,
            sender_login=row.sender_login,
            app_id=row.app_id,
            reported_at=moment(row.reported_at),
        )
        for row in connection.execute(query)
    )
