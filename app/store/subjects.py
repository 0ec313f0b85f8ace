"""What needs work: one row a subject, with counters that coalesce any number of events.

`wanted` rises with each event, `queued` is the newest that a waiting job covers, `taken` the
newest a started job covers, `done` the newest that was finished. A job waits iff queued > taken.
`alarm` is the newest event that was bad news, `rerun` the newest that asked for new check runs:
they matter to a job as long as they are newer than what is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.store.tables import subject
from app.store.times import stamp
from app.store.upsert import insert_in, parameters

# The cause of regular looks, which leave out what cannot have changed.
SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class Want:
    """A wish for work on a subject; urgent ones (bad news) go first."""

    key: str
    kind: str
    account_id: int
    installation_id: int
    cause: str
    urgent: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A subject in work: `epoch` fences everything its worker writes."""

    key: str
    kind: str
    account_id: int
    installation_id: int
    cause: str
    taken: int
    epoch: int
    attempts: int
    starts: int
    urgent: bool
    again: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A subject as an operator sees it."""

    key: str
    kind: str
    installation_id: int
    state: str
    cause: str
    attempts: int
    wanted_at: str
    error: str | None


def mark(connection: sa.Connection, want: Want, now: datetime) -> bool:
    """Note that a subject needs work; tell whether no job is waiting for it yet.

    A parked subject is wanted again by any new event, and begins anew.
    """
    values = {
        "key": want.key,
        "kind": want.kind,
        "account_id": want.account_id,
        "installation_id": want.installation_id,
        "wanted": 1,
        "alarm": int(want.urgent),
        "rerun": int(want.again),
        "wanted_at": stamp(now),
        "cause": want.cause,
    }
    row = connection.execute(_mark(connection.dialect.name, tuple(values)), values).one()
    return bool(row.queued <= row.taken)


def _has_better_cause(new: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Tell whether an event that still waits says more than a sweep does."""
    return sa.and_(new == SWEEP, subject.c.wanted > subject.c.taken)


@cache
def _mark(dialect: str, names: tuple[str, ...]) -> sa.Insert:
    statement = insert_in(dialect, subject).values(parameters(names))
    new = statement.excluded
    changes: dict[str, Any] = {
        "wanted": subject.c.wanted + 1,
        "alarm": sa.case((new.alarm > 0, subject.c.wanted + 1), else_=subject.c.alarm),
        "rerun": sa.case((new.rerun > 0, subject.c.wanted + 1), else_=subject.c.rerun),
        "installation_id": new.installation_id,
        "account_id": new.account_id,
        "cause": sa.case((_has_better_cause(new.cause), subject.c.cause), else_=new.cause),
        "wanted_at": sa.case(
            (subject.c.wanted > subject.c.queued, subject.c.wanted_at), else_=new.wanted_at
        ),
        "attempts": sa.case((subject.c.parked_at.is_not(None), 0), else_=subject.c.attempts),
        "parked_at": None,
    }
    upsert = statement.on_conflict_do_update(index_elements=["key"], set_=changes)
    return upsert.returning(subject.c.queued, subject.c.taken)


_OUTSTANDING = sa.select(sa.func.count()).where(
    subject.c.installation_id == sa.bindparam("installation_id"),
    subject.c.queued > subject.c.done,
    subject.c.parked_at.is_(None),
)


def outstanding(connection: sa.Connection, installation_id: int) -> int:
    """Count the installation's subjects that a job waits or works for."""
    return connection.execute(_OUTSTANDING, {"installation_id": installation_id}).scalar_one()


_IS_URGENT = subject.c.alarm > subject.c.done


def waiting(connection: sa.Connection, installation_id: int, limit: int) -> tuple[str, ...]:
    """Return subjects that want work and have no job yet, urgent first, then oldest first."""
    query = (
        sa.select(subject.c.key)
        .where(
            subject.c.installation_id == installation_id,
            subject.c.wanted > subject.c.queued,
            subject.c.queued <= subject.c.taken,
            subject.c.parked_at.is_(None),
        )
        .order_by(_IS_URGENT.desc(), subject.c.wanted_at, subject.c.key)
        .limit(limit)
    )
    return tuple(connection.execute(query).scalars())


_QUEUE = (
    subject.update()
    .where(subject.c.key == sa.bindparam("wanted_key"), subject.c.queued <= subject.c.taken)
    .values(queued=subject.c.wanted)
    .returning(subject.c.queued)
)


def queue(connection: sa.Connection, key: str) -> int | None:
    """Let a job cover everything wanted so far; None when one already waits."""
    return connection.execute(_QUEUE, {"wanted_key": key}).scalar_one_or_none()


def take(connection: sa.Connection, key: str, now: datetime) -> Taken | None:
    """Start work on everything wanted so far under a new epoch; None when it is parked."""
    statement = (
        subject.update()
        .where(subject.c.key == key, subject.c.parked_at.is_(None))
        .values(
            taken=subject.c.wanted,
            queued=subject.c.wanted,
            epoch=subject.c.epoch + 1,
            starts=subject.c.starts + 1,
            started_at=stamp(now),
            wake_at=None,
        )
        .returning(subject)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return Taken(
        row.key,
        row.kind,
        row.account_id,
        row.installation_id,
        row.cause,
        row.taken,
        row.epoch,
        row.attempts,
        row.starts,
        urgent=row.alarm > row.done,
        again=row.rerun > row.done,
    )


def is_current(connection: sa.Connection, job: Taken) -> bool:
    """Tell whether nobody has taken the subject over since; locks the row on PostgreSQL."""
    query = sa.select(subject.c.epoch).where(subject.c.key == job.key).with_for_update()
    return bool(connection.execute(query).scalar_one_or_none() == job.epoch)


def has_bad_news(connection: sa.Connection, job: Taken) -> bool:
    """Tell whether bad news has come since the job was taken."""
    query = sa.select(subject.c.alarm).where(subject.c.key == job.key)
    return bool(connection.execute(query).scalar_one() > job.taken)


def finish(connection: sa.Connection, job: Taken, wake_at: datetime | None = None) -> bool:
    """Note that the job's work is done; False when another worker has taken over."""
    return _settle(
        connection,
        job,
        done=job.taken,
        attempts=0,
        error=None,
        wake_at=stamp(wake_at) if wake_at else None,
    )


def rest(connection: sa.Connection, job: Taken) -> bool:
    """Note that nothing can be done until somebody wants it again; bad news is not forgotten."""
    return _settle(
        connection, job, **_kept(job), done=job.taken, attempts=0, error=None, wake_at=None
    )


def fail(
    connection: sa.Connection,
    job: Taken,
    error: str,
    retry_at: datetime | None,
    *,
    starts: int = 0,
) -> bool:
    """Count a failed attempt; without a time to retry the subject is parked.

    Something newer that is wanted already gets its own attempt before anything is parked. `starts`
    are those that no ending followed and that still count.
    """
    changes: dict[str, Any] = {
        **_kept(job),
        "attempts": job.attempts + 1,
        "error": error,
        "done": job.taken,
        "starts": starts,
    }
    if retry_at:
        return _settle(connection, job, **changes, wake_at=stamp(retry_at))
    newer = subject.c.wanted > job.taken
    changes["attempts"] = sa.case((newer, 0), else_=job.attempts + 1)
    changes["parked_at"] = sa.case((newer, None), else_=subject.c.wanted_at)
    return _settle(connection, job, **changes)


def defer(connection: sa.Connection, job: Taken, error: str, until: datetime) -> bool:
    """Hand the job back until a limit is over; that is no failed attempt."""
    return _settle(connection, job, **_kept(job), done=job.taken, error=error, wake_at=stamp(until))


def _kept(job: Taken) -> dict[str, Any]:
    """Return what the next job has to know too, because this one did nothing about it."""
    again = subject.c.wanted + 1
    alarm = {"alarm": again} if job.urgent else {}
    return {**alarm, "rerun": again} if job.again else alarm


def _settle(connection: sa.Connection, job: Taken, **changes: Any) -> bool:
    statement = (
        subject.update()
        .where(subject.c.key == job.key, subject.c.epoch == job.epoch)
        .values(**{"starts": 0, **changes})
    )
    return connection.execute(statement).rowcount == 1


def keys_starting(connection: sa.Connection, start: str) -> tuple[str, ...]:
    """Return the keys that start like this, the newest wish first."""
    query = (
        sa.select(subject.c.key)
        .where(subject.c.key.startswith(start, autoescape=True))
        .order_by(subject.c.wanted_at.desc(), subject.c.key)
    )
    return tuple(connection.execute(query).scalars())


def forget(connection: sa.Connection, start: str) -> None:
    """Drop the subjects whose keys start like this; a job that still waits finds nothing."""
    connection.execute(subject.delete().where(subject.c.key.startswith(start, autoescape=True)))


def due(connection: sa.Connection, now: datetime, limit: int = 500) -> tuple[Want, ...]:
    """Return the subjects whose time to be looked at again has come."""
    query = (
        sa.select(subject)
        .where(subject.c.wake_at <= stamp(now), subject.c.parked_at.is_(None))
        .order_by(subject.c.wake_at)
        .limit(limit)
    )
    return tuple(
        Want(row.key, row.kind, row.account_id, row.installation_id, row.cause)
        for row in connection.execute(query)
    )


def clear_wake(connection: sa.Connection, keys: Sequence[str]) -> None:
    """Forget the wake-up times of subjects that are being woken."""
    connection.execute(subject.update().where(subject.c.key.in_(keys)).values(wake_at=None))


def installations_with_work(connection: sa.Connection) -> tuple[int, ...]:
    """Return the installations that have subjects wanting work and no job yet."""
    query = (
        sa.select(subject.c.installation_id)
        .where(subject.c.wanted > subject.c.queued, subject.c.parked_at.is_(None))
        .distinct()
    )
    return tuple(connection.execute(query).scalars())


def unfinished(connection: sa.Connection) -> tuple[tuple[str, int], ...]:
    """Return key and coverage of every subject whose newest job has not finished."""
    query = sa.select(subject.c.key, subject.c.queued).where(
        subject.c.queued > subject.c.done, subject.c.parked_at.is_(None)
    )
    return tuple((row.key, row.queued) for row in connection.execute(query))


def unpark(connection: sa.Connection, key: str) -> Want | None:
    """Give a parked subject a fresh start; None when there is no such parked subject."""
    statement = (
        subject.update()
        .where(subject.c.key == key, subject.c.parked_at.is_not(None))
        .values(parked_at=None, attempts=0, starts=0)
        .returning(subject)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return Want(row.key, row.kind, row.account_id, row.installation_id, "retried by an operator")


_STATE = sa.case(
    (subject.c.parked_at.is_not(None), "parked"),
    (subject.c.taken > subject.c.done, "running"),
    (subject.c.queued > subject.c.taken, "queued"),
    (subject.c.wanted > subject.c.queued, "waiting"),
    (subject.c.wake_at.is_not(None), "sleeping"),
    else_="done",
)


def standings(connection: sa.Connection, *, include_done: bool = False) -> tuple[Standing, ...]:
    """List subjects with their state: parked, running, queued, waiting, sleeping or done."""
    query = sa.select(subject, _STATE.label("state")).order_by(subject.c.wanted_at, subject.c.key)
    if not include_done:
        query = query.where(_STATE != "done")
    return tuple(
        Standing(
            row.key,
            row.kind,
            row.installation_id,
            row.state,
            row.cause,
            row.attempts,
            row.wanted_at,
            row.error,
        )
        for row in connection.execute(query)
    )
