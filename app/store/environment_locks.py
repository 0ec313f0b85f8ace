"""Locks of environments: one for the deployment that has it, one for the person who keeps it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.deploy.lease import Lock, acquire
from app.core.deploy.observed import Refusal
from app.store.deployment_tables import environment_lock
from app.store.times import moment, stamp
from app.store.upsert import insert_missing, put


def by_person(environment: str) -> str:
    """Return the name under which a person's lock of an environment stands beside deployments'.

    No environment begins with this character.
    """
    return f"@{environment}"


def lock_of(connection: sa.Connection, repository_id: int, environment: str) -> Lock | None:
    """Return who holds an environment; None when nobody does."""
    row = _lock_row(connection, repository_id, environment)
    return None if row is None or row.released else _lock(row)


def _lock_row(
    connection: sa.Connection, repository_id: int, environment: str
) -> sa.Row[Any] | None:
    query = sa.select(environment_lock).where(
        environment_lock.c.repository_id == repository_id,
        environment_lock.c.environment == environment.casefold(),
    )
    if connection.dialect.name != "sqlite":
        query = query.with_for_update()
    return connection.execute(query).one_or_none()


def _lock(row: sa.Row[Any]) -> Lock:
    return Lock(
        environment=row.environment,
        holder=row.holder,
        fencing=row.fencing,
        until=None if row.until is None else moment(row.until),
        reason=row.reason,
        account_id=row.account_id,
    )


def take_lock(
    connection: sa.Connection, repository_id: int, wanted: Lock, now: datetime
) -> Lock | Refusal:
    """Take or renew the lock of an environment in a writing transaction."""
    name = wanted.environment.casefold()
    first = {"holder": "", "fencing": 0, "released": True}
    insert_missing(
        connection, environment_lock, repository_id=repository_id, environment=name, **first
    )
    row = _lock_row(connection, repository_id, name)
    found = None if row is None or row.released else _lock(row)
    result = acquire(found, wanted, now, row.fencing if row is not None else 0)
    if isinstance(result, Lock):
        put(
            connection,
            environment_lock,
            repository_id=repository_id,
            environment=name,
            holder=result.holder,
            fencing=result.fencing,
            until=None if result.until is None else stamp(result.until),
            reason=result.reason,
            account_id=result.account_id,
            released=False,
        )
    return result


def has_number(
    connection: sa.Connection, repository_id: int, environment: str, held: tuple[str, int | None]
) -> bool:
    """Tell whether a lock is still this holder's and has the number that the holder got (T81)."""
    found = lock_of(connection, repository_id, environment)
    return found is not None and (found.holder, found.fencing) == held


def release_lock(
    connection: sa.Connection, repository_id: int, environment: str, holder: str
) -> bool:
    """Give a lock up if it is still this holder's; the row stays, since numbers only grow."""
    changed = connection.execute(
        environment_lock.update()
        .where(
            environment_lock.c.repository_id == repository_id,
            environment_lock.c.environment == environment.casefold(),
            environment_lock.c.holder == holder,
            sa.not_(environment_lock.c.released),
        )
        .values(released=True)
    )
    return changed.rowcount == 1
