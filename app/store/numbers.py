"""Counts for dashboards and alarms."""

from datetime import datetime

import sqlalchemy as sa

from app.store.tables import delivery, publication, subject, verdict
from app.store.times import moment

_STATES = {
    "subjects_parked": subject.c.parked_at.is_not(None),
    "subjects_running": subject.c.taken > subject.c.done,
    "subjects_queued": subject.c.queued > subject.c.taken,
    "subjects_waiting": sa.and_(subject.c.wanted > subject.c.queued, subject.c.parked_at.is_(None)),
}


def numbers(connection: sa.Connection, now: datetime) -> dict[str, float]:
    """Return queue lengths, the age of the oldest unanswered wish in seconds, and totals."""
    counts: dict[str, float] = {
        name: connection.execute(
            sa.select(sa.func.count()).select_from(subject).where(condition)
        ).scalar_one()
        for name, condition in _STATES.items()
    }
    open_wishes = sa.select(sa.func.min(subject.c.wanted_at)).where(
        subject.c.wanted > subject.c.done, subject.c.parked_at.is_(None)
    )
    oldest = connection.execute(open_wishes).scalar()
    age = (now - moment(oldest)).total_seconds() if oldest else 0.0
    unposted = sa.select(sa.func.count()).where(sa.not_(publication.c.posted))
    return {
        **counts,
        "oldest_wish_seconds": age,
        "publications_unposted": connection.execute(unposted).scalar_one(),
        "ledger_deliveries": _count(connection, delivery),
        "verdicts": _count(connection, verdict),
    }


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
