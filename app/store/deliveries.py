"""The ledger of webhook deliveries: raw bodies, each GUID once, replayable byte for byte."""

import zlib
from collections.abc import Sequence
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


def keep(connection: sa.Connection, batch: Sequence[Received], now: datetime) -> tuple[int, ...]:
    """Store deliveries, or count one more coming of a GUID that is there already.

    Returns for each how often it had come before. Bodies are stored as they came; `pack` makes
    them small later, so that an answer does not wait for it.
    """
    guids = [received.guid for received in batch]
    query = sa.select(delivery.c.guid, delivery.c.repeats).where(delivery.c.guid.in_(guids))
    known = {row.guid: row.repeats for row in connection.execute(query)}
    repeats: dict[str, int] = dict(known)
    new: list[dict[str, object]] = []
    counts: list[int] = []
    for received in batch:
        if received.guid in repeats:
            repeats[received.guid] += 1
        else:
            repeats[received.guid] = 0
            new.append(_row(received, now))
        counts.append(repeats[received.guid])
    if new:
        connection.execute(insert(connection, delivery).on_conflict_do_nothing(), new)
    for guid, count in repeats.items():
        if count and count != known.get(guid):
            connection.execute(
                delivery.update().where(delivery.c.guid == guid).values(repeats=count)
            )
    return tuple(counts)


def _row(received: Received, now: datetime) -> dict[str, object]:
    return {
        "guid": received.guid,
        "event": received.event,
        "action": received.action,
        "account_id": received.account_id,
        "installation_id": received.installation_id,
        "repository_id": received.repository_id,
        "decision": received.decision,
        "body": received.body,
        "received_at": stamp(now),
    }


def pack(connection: sa.Connection, limit: int = 200) -> int:
    """Compress the oldest bodies that are not; return how many there were."""
    query = (
        sa.select(delivery.c.seq, delivery.c.body)
        .where(sa.not_(delivery.c.packed), delivery.c.body.is_not(None))
        .order_by(delivery.c.seq)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    for row in rows:
        small = zlib.compress(bytes(row.body), 1)
        connection.execute(
            delivery.update().where(delivery.c.seq == row.seq).values(body=small, packed=True)
        )
    return len(rows)


def body_of(connection: sa.Connection, guid: str) -> tuple[str, bytes] | None:
    """Return event name and raw body of a delivery; None when unknown or already dropped."""
    columns = (delivery.c.event, delivery.c.body, delivery.c.packed)
    row = connection.execute(sa.select(*columns).where(delivery.c.guid == guid)).one_or_none()
    if row is None or row.body is None:
        return None
    return row.event, zlib.decompress(row.body) if row.packed else bytes(row.body)


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
