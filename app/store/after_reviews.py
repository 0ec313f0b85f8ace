"""Who looked at a deployment after the fact, where the policy asks a role to."""

from datetime import datetime

import sqlalchemy as sa

from app.store.order_tables import after_review
from app.store.times import stamp
from app.store.upsert import insert_missing


def keep(
    connection: sa.Connection,
    deployment_id: str,
    role: str,
    person: tuple[int, str],
    posted: tuple[int, datetime],
) -> bool:
    """Record a person's look for a role, with the comment and its time; False if one did before."""
    (account_id, login), (comment_id, at) = person, posted
    return insert_missing(
        connection,
        after_review,
        deployment_id=deployment_id,
        role=role,
        account_id=account_id,
        login=login,
        comment_id=comment_id,
        at=stamp(at),
    )


def of(connection: sa.Connection, deployment_id: str) -> dict[str, int]:
    """Return who looked, by the role for which they did."""
    query = sa.select(after_review.c.role, after_review.c.account_id).where(
        after_review.c.deployment_id == deployment_id
    )
    return {row.role: row.account_id for row in connection.execute(query)}
