"""Reading a log back and checking it: bytes, order, chain and size."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from app.audit.leaf import GENESIS, LeafError, decode, leaf_hash
from app.store.tables import gw_log, log_entry, log_state


@dataclass(frozen=True, slots=True)
class Flaw:
    """An entry that is not what was written, and how that shows."""

    log_id: int
    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of reading one whole log."""

    log_id: int
    origin: str
    size: int
    head: str
    flaws: tuple[Flaw, ...]


def entries(
    connection: sa.Connection, log_id: int, *, after: int = -1, limit: int | None = None
) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield index, leaf and stored hash of a log's entries in order."""
    query = (
        sa.select(log_entry.c.seq, log_entry.c.leaf, log_entry.c.leaf_hash)
        .where(log_entry.c.log_id == log_id, log_entry.c.seq > after)
        .order_by(log_entry.c.seq)
        .limit(limit)
    )
    for row in connection.execute(query):
        yield row.seq, bytes(row.leaf), bytes(row.leaf_hash)


def _flaws_of(leaf: bytes, stored: bytes, *, origin: str, seq: int, prev: bytes) -> Iterator[str]:
    if leaf_hash(leaf) != stored:
        yield "the stored hash is not the hash of the entry"
    try:
        entry = decode(leaf)
    except LeafError as error:
        yield str(error)
        return
    if entry.get("seq") != seq:
        yield "the entry was written for another place"
    if entry.get("log") != origin:
        yield "the entry was written for another log"
    if entry.get("prev") != prev.hex():
        yield "the entry does not follow the one before it"


def verify(connection: sa.Connection, log_id: int) -> Check:
    """Re-hash every entry of a log and compare order, chain and size with what is recorded."""
    row = connection.execute(
        sa.select(gw_log.c.origin, log_state.c.size, log_state.c.head)
        .join(log_state, log_state.c.log_id == gw_log.c.log_id)
        .where(gw_log.c.log_id == log_id)
    ).one()
    flaws: list[Flaw] = []
    prev, expected = GENESIS, 0
    for seq, leaf, stored in entries(connection, log_id):
        if seq != expected:
            flaws.append(Flaw(log_id, expected, "an entry is missing"))
        found = _flaws_of(leaf, stored, origin=row.origin, seq=seq, prev=prev)
        flaws += [Flaw(log_id, seq, reason) for reason in found]
        prev, expected = leaf_hash(leaf), seq + 1
    if expected != row.size:
        flaws.append(Flaw(log_id, expected, f"the log should have {row.size} entries"))
    elif prev != row.head:
        flaws.append(Flaw(log_id, expected - 1, "the last entry is not the recorded head"))
    return Check(log_id, row.origin, row.size, bytes(row.head).hex(), tuple(flaws))


def log_ids(connection: sa.Connection) -> tuple[int, ...]:
    """Return the ids of all logs."""
    query = sa.select(gw_log.c.log_id).order_by(gw_log.c.log_id)
    return tuple(connection.execute(query).scalars())
