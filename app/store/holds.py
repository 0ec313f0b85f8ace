"""Holds of pull requests: one row for each person, pull request and environment."""

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Table, Text

from app.core.deploy.hold import Hold
from app.store.tables import metadata
from app.store.times import moment, stamp
from app.store.upsert import put

hold = Table(
    "hold",
    metadata,
    Column("repository_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("environment", Text, primary_key=True),
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("login", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),
)


def place(connection: sa.Connection, repository_id: int, placed: Hold) -> None:
    """Keep a hold; the same person's earlier one for the same place gives way to it."""
    put(
        connection,
        hold,
        repository_id=repository_id,
        number=placed.number,
        environment=placed.environment,
        account_id=placed.account_id,
        login=placed.login,
        reason=placed.reason,
        at=stamp(placed.at),
    )


def lift(connection: sa.Connection, repository_id: int, lifted: Hold) -> None:
    """Take a hold away; one that is gone already stays so."""
    connection.execute(
        hold.delete().where(
            hold.c.repository_id == repository_id,
            hold.c.number == lifted.number,
            hold.c.environment == lifted.environment,
            hold.c.account_id == lifted.account_id,
        )
    )


def standing(connection: sa.Connection, repository_id: int) -> tuple[Hold, ...]:
    """Return every hold of a repository, oldest first."""
    query = (
        sa.select(hold)
        .where(hold.c.repository_id == repository_id)
        .order_by(hold.c.at, hold.c.number, hold.c.environment, hold.c.account_id)
    )
    return tuple(
        Hold(row.number, row.environment, row.account_id, row.login, row.reason, moment(row.at))
        for row in connection.execute(query)
    )
