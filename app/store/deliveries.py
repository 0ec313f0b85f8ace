"""The ledger of webhook deliveries: raw bodies, each GUID once, replayable byte for byte."""

import zlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.store.tables import delivery
from app.store.times import stamp
from app.store.upsert import insert


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery whose signature was right, before anything was done about it."""

    guid: str
    event: str
    action: str | None
    account_id: int
    installation_id: int | None
    repository_id: int | None
    body: bytes
    decision: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a delivery stands in the ledger; `repeats` counts the times it came again."""

    seq: int
    repeats: int


def keep(connection: sa.Connection, received: Received, now: datetime) -> Stored:
    """Store a delivery, or count one more coming of a GUID that is there already."""
    statement = insert(connection, delivery).values(
        guid=received.guid,
        event=received.event,
        action=received.action,
        account_id=received.account_id,
        installation_id=received.installation_id,
        repository_id=received.repository_id,
        decision=received.decision,
        body=zlib.compress(received.body, 1),
        received_at=stamp(now),
    )
    again = statement.on_conflict_do_update(
        index_elements=["guid"], set_={"repeats": delivery.c.repeats + 1}
    )
    row = connection.execute(again.returning(delivery.c.seq, delivery.c.repeats)).one()
    return Stored(row.seq, row.repeats)


def body_of(connection: sa.Connection, guid: str) -> tuple[str, bytes] | None:
    """Return event name and raw body of a delivery; None when unknown or already dropped."""
    query = sa.select(delivery.c.event, delivery.c.body).where(delivery.c.guid == guid)
    row = connection.execute(query).one_or_none()
    return None if row is None or row.body is None else (row.event, zlib.decompress(row.body))


def known_guids(connection: sa.Connection, guids: list[str]) -> frozenset[str]:
    """Return which of the GUIDs are in the ledger."""
    query = sa.select(delivery.c.guid).where(delivery.c.guid.in_(guids))
    return frozenset(connection.execute(query).scalars())


def drop_bodies(connection: sa.Connection, before: datetime) -> int:
    """Drop the bodies of deliveries older than a moment; the entries stay."""
    statement = (
        delivery.update()
        .where(delivery.c.received_at < stamp(before), delivery.c.body.is_not(None))
        .values(body=None)
    )
    return connection.execute(statement).rowcount
