"""One publisher at a time for a commit, whatever the number of threads and processes."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.store.database import Database

_STRIPES = 256


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


@dataclass(slots=True)
class Locks:
    """Named locks: in this process always, between processes on PostgreSQL.

    With SQLite only one process works on the queue, so threads are all there is.
    """

    database: Database
    _stripes: tuple[threading.Lock, ...] = field(
        default_factory=lambda: tuple(threading.Lock() for _ in range(_STRIPES))
    )

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Wait for the lock and hold it; locks of different names may share a stripe."""
        number = _number(name)
        with self._stripes[number % _STRIPES]:
            if self.database.is_sqlite:
                yield
            else:
                with self._advisory(number):
                    yield

    @contextmanager
    def _advisory(self, number: int) -> Iterator[None]:
        """Hold a session lock; a connection that dies gives it back."""
        engine = self.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_advisory_lock(:n)"), {"n": number})
            try:
                yield
            finally:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:n)"), {"n": number})
