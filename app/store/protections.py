"""Questions of GitHub whether a run may deploy: kept until they are answered."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.store.deployment_tables import protection
from app.store.times import moment, stamp
from app.store.upsert import insert_missing


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, named by the delivery that brought it: a run may ask again."""

    repository_id: int
    run_id: int
    environment: str
    guid: str
    asked_at: datetime


def keep(connection: sa.Connection, asked: Asked) -> None:
    """Store a question; the same delivery again is the same question."""
    insert_missing(
        connection,
        protection,
        repository_id=asked.repository_id,
        run_id=asked.run_id,
        environment=asked.environment,
        guid=asked.guid,
        asked_at=stamp(asked.asked_at),
    )


def unanswered(connection: sa.Connection, repository_id: int, run_id: int) -> tuple[Asked, ...]:
    """Return the open questions about a run, oldest first."""
    query = (
        sa.select(protection)
        .where(
            protection.c.repository_id == repository_id,
            protection.c.run_id == run_id,
            protection.c.code.is_(None),
        )
        .order_by(protection.c.asked_at, protection.c.guid)
    )
    return tuple(
        Asked(row.repository_id, row.run_id, row.environment, row.guid, moment(row.asked_at))
        for row in connection.execute(query)
    )


def answered(connection: sa.Connection, asked: Asked, code: str) -> None:
    """Note that a question has its answer on GitHub."""
    connection.execute(protection.update().where(protection.c.guid == asked.guid).values(code=code))
