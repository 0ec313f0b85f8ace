"""Loans as rows: who has a pass for which gate, until when, and whether it was used."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.deploy.loans import Loan
from app.core.facts import Sha
from app.store.order_tables import loan
from app.store.times import moment, stamp
from app.store.upsert import insert_missing


@dataclass(frozen=True, slots=True)
class Kept:
    """A loan with everything that is known about it; `used_by` is a deployment."""

    loan: Loan
    order_id: str
    repository_id: int
    number: int
    by_id: int
    granted_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    used_by: str | None = None
    reviewed_by: int | None = None

    @property
    def is_due(self) -> bool:
        """Whether it was used and nobody reviewed that yet."""
        return self.used_by is not None and self.reviewed_by is None


def create(connection: sa.Connection, made: Kept) -> bool:
    """Store a new loan; False when its order lent it before."""
    lent = made.loan
    return insert_missing(
        connection,
        loan,
        id=lent.id,
        order_id=made.order_id,
        repository_id=made.repository_id,
        number=made.number,
        environment=lent.environment.casefold(),
        gate=lent.gate,
        sha=lent.sha,
        by_id=made.by_id,
        by_login=lent.by,
        reason=lent.reason,
        ticket=lent.ticket,
        granted_at=stamp(made.granted_at),
        until=stamp(lent.until),
    )


def alive(
    connection: sa.Connection, repository_id: int, environment: str, sha: Sha, now: datetime
) -> tuple[Loan, ...]:
    """Return the passes that count for a commit in an environment at this moment."""
    found = _select(
        connection,
        loan.c.repository_id == repository_id,
        loan.c.environment == environment.casefold(),
        loan.c.sha == sha,
        loan.c.ended_at.is_(None),
        loan.c.until > stamp(now),
    )
    return tuple(each.loan for each in found)


def read(connection: sa.Connection, loan_id: str) -> Kept | None:
    """Return a loan."""
    return next(iter(_select(connection, loan.c.id == loan_id)), None)


def unended(connection: sa.Connection, repository_id: int, number: int) -> tuple[Kept, ...]:
    """Return a pull request's loans whose end nobody has recorded yet."""
    mine = (loan.c.repository_id == repository_id, loan.c.number == number)
    return _select(connection, *mine, loan.c.ended_at.is_(None))


def used_by(connection: sa.Connection, deployment_id: str) -> tuple[Kept, ...]:
    """Return the loans without which a deployment would not have passed its gates."""
    return _select(connection, loan.c.used_by == deployment_id)


def due(connection: sa.Connection, repository_id: int) -> tuple[Kept, ...]:
    """Return the loans that were used and that nobody has reviewed."""
    return _select(
        connection,
        loan.c.repository_id == repository_id,
        loan.c.used_by.is_not(None),
        loan.c.reviewed_by.is_(None),
    )


def end(connection: sa.Connection, loan_id: str, why: str, now: datetime) -> bool:
    """Record that a loan is over; False when that stands there already."""
    return _change(connection, loan_id, loan.c.ended_at, ended_at=stamp(now), ended_by=why)


def use(connection: sa.Connection, loan_id: str, deployment_id: str) -> bool:
    """Record the deployment that needed the pass first."""
    return _change(connection, loan_id, loan.c.used_by, used_by=deployment_id)


def review(connection: sa.Connection, loan_id: str, account_id: int) -> bool:
    """Record who reviewed the use; False when somebody has already."""
    return _change(connection, loan_id, loan.c.reviewed_by, reviewed_by=account_id)


def _change(
    connection: sa.Connection, loan_id: str, unset: sa.Column[Any], **values: object
) -> bool:
    changed = connection.execute(
        loan.update().where(loan.c.id == loan_id, unset.is_(None)).values(**values)
    )
    return changed.rowcount == 1


def _select(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> tuple[Kept, ...]:
    query = sa.select(loan).where(*where).order_by(loan.c.granted_at, loan.c.id)
    return tuple(map(_kept, connection.execute(query).mappings()))


def _kept(row: sa.RowMapping) -> Kept:
    names = ("id", "gate", "environment", "reason", "ticket")
    lent = Loan(
        **{name: row[name] for name in names},
        sha=Sha(row["sha"]),
        by=row["by_login"],
        until=moment(row["until"]),
    )
    return Kept(
        loan=lent,
        order_id=row["order_id"],
        repository_id=row["repository_id"],
        number=row["number"],
        by_id=row["by_id"],
        granted_at=moment(row["granted_at"]),
        ended_at=moment(row["ended_at"]) if row["ended_at"] else None,
        ended_by=row["ended_by"],
        used_by=row["used_by"],
        reviewed_by=row["reviewed_by"],
    )
