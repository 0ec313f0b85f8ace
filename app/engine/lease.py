"""Take-over between workers on PostgreSQL: an advisory lock says alive, a beat says not hung.

dbos recovers only a process's own work at launch; this adopts the work of dead neighbours.
"""

import hashlib
import threading
from collections.abc import Callable

import psycopg
import structlog
from typing_extensions import override

_STALE = """
    SELECT s.executor_id,
           coalesce(max(w.beat)::timestamptz < now() - make_interval(secs => %s), true)
    FROM dbos.workflow_status s LEFT JOIN worker w ON w.id = s.executor_id
    WHERE s.status = 'PENDING' AND s.executor_id <> %s GROUP BY 1
"""
_BEAT = """
    INSERT INTO worker (id, beat) VALUES (%s, now()::text)
    ON CONFLICT (id) DO UPDATE SET beat = now()::text
"""


def lock_key(executor: str) -> int:
    """Return the advisory-lock key of a worker."""
    digest = hashlib.sha256(f"gatewright-worker:{executor}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class Lease(threading.Thread):
    """Keeps this worker's lock and beat, and adopts what dead workers left behind."""

    def __init__(
        self,
        url: str,
        executor: str,
        adopt: Callable[[list[str]], object],
        *,
        every: float = 2.0,
        hung_after: float = 30.0,
    ) -> None:
        super().__init__(daemon=True, name="lease")
        self.url, self.executor, self.adopt = url, executor, adopt
        self.every, self.hung_after = every, hung_after
        self._suspects: set[str] = set()
        self._held = threading.Event()
        self._adopting = threading.Event()
        self._stopped = threading.Event()

    def wait_held(self, timeout: float) -> bool:
        """Wait until neighbours can see that this worker lives."""
        return self._held.wait(timeout)

    def begin_adopting(self) -> None:
        """Look for dead neighbours from now on."""
        self._adopting.set()

    def stop(self) -> None:
        """Give up the lock; neighbours may adopt what is still running."""
        self._stopped.set()
        if self.ident is not None:
            self.join(timeout=5)

    @override
    def run(self) -> None:
        """Hold the lock for life; a lost connection is taken up again."""
        while not self._stopped.is_set():
            try:
                self._hold()
            except psycopg.Error as error:
                structlog.get_logger().warning("lease lost", error=type(error).__name__)
                self._stopped.wait(1)

    def _hold(self) -> None:
        keep = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
        with psycopg.connect(self.url, autocommit=True, **keep) as connection:  # type: ignore[arg-type]
            connection.execute("SELECT pg_advisory_lock(%s)", (lock_key(self.executor),))
            while not self._stopped.is_set():
                connection.execute(_BEAT, (self.executor,))
                self._held.set()
                if self._adopting.is_set():
                    self._reap(connection)
                self._stopped.wait(self.every)

    def _reap(self, connection: psycopg.Connection) -> None:
        """Adopt a worker whose lock was free twice in a row, or whose beat stopped."""
        suspects = set()
        for executor, hung in connection.execute(
            _STALE, (self.hung_after, self.executor)
        ).fetchall():
            free = _is_free(connection, executor)
            if (free and executor in self._suspects) or (not free and hung):
                structlog.get_logger().warning("adopting work", worker=executor)
                self.adopt([executor])
            elif free:
                suspects.add(executor)
        self._suspects = suspects


def _is_free(connection: psycopg.Connection, executor: str) -> bool:
    key = lock_key(executor)
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()
    free = bool(row and row[0])
    if free:
        connection.execute("SELECT pg_advisory_unlock(%s)", (key,))
    return free
