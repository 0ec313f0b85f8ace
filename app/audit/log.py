"""Appending inside the caller's transaction, so that a change and its entry commit together."""

import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from app.audit.leaf import ENTRY_VERSION, GENESIS, Draft, EntryType, encode, leaf_hash, moment
from app.store.tables import gw_log, log_entry, log_idem, log_state
from app.store.upsert import insert_missing


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an entry stands: its log, its index and its hash."""

    log_id: int
    seq: int
    leaf_hash: bytes


@dataclass(slots=True)
class _Tail:
    """The end of a log while its lock is held."""

    log_id: int
    origin: str
    size: int
    head: bytes
    last_t: str
    rows: list[dict[str, object]] = field(default_factory=list)
    keys: list[dict[str, object]] = field(default_factory=list)

    def add(self, draft: Draft, now: str) -> Entry:
        leaf = encode(
            {
                **draft.fields,
                "id": _entry_id(),
                "log": self.origin,
                "prev": self.head.hex(),
                "seq": self.size,
                "t": now,
                "type": draft.type.value,
                "v": ENTRY_VERSION,
            }
        )
        entry = Entry(self.log_id, self.size, leaf_hash(leaf))
        row = {"log_id": self.log_id, "seq": self.size}
        self.rows.append({**row, "leaf": leaf, "leaf_hash": entry.leaf_hash})
        self.keys.append({**row, "idem_key": draft.idem_key})
        self.size, self.head, self.last_t = self.size + 1, entry.leaf_hash, now
        return entry


def _entry_id() -> str:
    """Return a UUID version 7 (RFC 9562 §5.7): sortable by its millisecond."""
    value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


@dataclass(frozen=True, slots=True)
class AuditLog:
    """One log per GitHub account; accounts do not wait for each other on PostgreSQL.

    `host` is the scheme-less start of every log's origin.
    """

    host: str

    def append(
        self, connection: sa.Connection, log_id: int, drafts: Sequence[Draft], now: datetime
    ) -> tuple[Entry, ...]:
        """Append what is not there yet, under the log's lock, and return every draft's entry."""
        if not drafts:
            return ()
        tail = self._lock(connection, log_id, now)
        known = _known(connection, [draft.idem_key for draft in drafts])
        at = moment(now)
        if at < tail.last_t:
            skew = {"clock": at, "kept": tail.last_t}
            tail.add(Draft(EntryType.CLOCK_SKEW, f"skew:{log_id}:{tail.size}", skew), tail.last_t)
            at = tail.last_t
        for draft in drafts:
            if draft.idem_key not in known:
                known[draft.idem_key] = tail.add(draft, at)
        _store(connection, tail)
        return tuple(known[draft.idem_key] for draft in drafts)

    def _lock(self, connection: sa.Connection, log_id: int, now: datetime) -> _Tail:
        row = _state(connection, log_id)
        if row is None:
            self._open(connection, log_id, now)
            row = _state(connection, log_id)
        if row is None:  # pragma: no cover - an insert that is not seen cannot be explained
            raise AssertionError(log_id)
        return _Tail(log_id, row["origin"], row["size"], row["head"], row["last_t"])

    def _open(self, connection: sa.Connection, log_id: int, now: datetime) -> None:
        """Create a log; two processes may try at once, one of them wins."""
        origin = f"{self.host}/log/{log_id}"
        created = {"origin": origin, "epoch": 1, "created_at": moment(now)}
        insert_missing(connection, gw_log, log_id=log_id, **created)
        insert_missing(connection, log_state, log_id=log_id, size=0, head=GENESIS, last_t="")
        _state(connection, log_id)
        tail = _Tail(log_id, origin, 0, GENESIS, "")
        opened = Draft(EntryType.LOG_OPENED, f"open:{log_id}", {"host": self.host})
        if opened.idem_key not in _known(connection, [opened.idem_key]):
            tail.add(opened, moment(now))
            _store(connection, tail)


_STATE = (
    sa.select(gw_log.c.origin, log_state.c.size, log_state.c.head, log_state.c.last_t)
    .join(log_state, log_state.c.log_id == gw_log.c.log_id)
    .where(gw_log.c.log_id == sa.bindparam("log_id"))
    .with_for_update(of=log_state)
)
_KNOWN = (
    sa.select(log_idem.c.idem_key, log_idem.c.log_id, log_idem.c.seq, log_entry.c.leaf_hash)
    .join(
        log_entry,
        (log_entry.c.log_id == log_idem.c.log_id) & (log_entry.c.seq == log_idem.c.seq),
    )
    .where(log_idem.c.idem_key.in_(sa.bindparam("keys", expanding=True)))
)
_RAISE = (
    log_state.update()
    .where(log_state.c.log_id == sa.bindparam("of_log"))
    .values({name: sa.bindparam(name) for name in ("size", "head", "last_t")})
)


def _state(connection: sa.Connection, log_id: int) -> sa.RowMapping | None:
    return connection.execute(_STATE, {"log_id": log_id}).mappings().one_or_none()


def _known(connection: sa.Connection, keys: Sequence[str]) -> dict[str, Entry]:
    return {
        row.idem_key: Entry(row.log_id, row.seq, row.leaf_hash)
        for row in connection.execute(_KNOWN, {"keys": list(keys)})
    }


def _store(connection: sa.Connection, tail: _Tail) -> None:
    if not tail.rows:
        return
    # Row by row in the driver: the density trigger sees the rows before each.
    connection.execute(log_entry.insert(), tail.rows)
    connection.execute(log_idem.insert(), tail.keys)
    state = {"of_log": tail.log_id, "size": tail.size, "head": tail.head, "last_t": tail.last_t}
    connection.execute(_RAISE, state)
