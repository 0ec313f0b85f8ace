"""Turns wishes for work into jobs: coalesced, fair between installations, bad news first.

An installation has at most `share` subjects in the queue at once; the rest wait in our table and
follow as its jobs finish. Urgent wishes may take twice as much.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa

from app.store import subjects
from app.store.subjects import Taken, Want


class Queue(Protocol):
    """A durable queue that serialises jobs by key and takes part in our transaction."""

    def enqueue(self, connection: sa.Connection, key: str, ticket: str, delay: float = 0) -> None:
        """Add a job in the caller's transaction; the same ticket is never added twice."""


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Decides in the caller's transaction which subjects get a job."""

    queue: Queue
    now: Callable[[], datetime]
    share: int = 4

    def want(self, connection: sa.Connection, wants: Iterable[Want]) -> None:
        """Note wishes and queue jobs for those whose installation has a share left."""
        crowded: set[int] = set()
        for want in wants:
            if not subjects.mark(connection, want, self.now()):
                continue
            if want.urgent and self._has_room_for_alarms(connection, want.installation_id):
                self._queue(connection, want.key)
            elif want.installation_id not in crowded:
                if self._free(connection, want.installation_id):
                    self._queue(connection, want.key)
                else:
                    crowded.add(want.installation_id)

    def release(self, connection: sa.Connection, installation_id: int) -> None:
        """Queue the installation's next waiting subjects as far as its share goes."""
        free = self._free(connection, installation_id)
        for key in subjects.waiting(connection, installation_id, free) if free > 0 else ():
            self._queue(connection, key)

    def wake(self, connection: sa.Connection) -> int:
        """Want again what was put to sleep until now; return how many subjects that were."""
        due = subjects.due(connection, self.now())
        subjects.clear_wake(connection, [want.key for want in due])
        self.want(connection, due)
        return len(due)

    def rebuild(self, connection: sa.Connection) -> int:
        """Queue again whatever is not done; the same code serves moves, sweeps and disasters."""
        unfinished = subjects.unfinished(connection)
        for key, covered in unfinished:
            self._enqueue(connection, key, f"{covered}r{int(self.now().timestamp())}")
        self.release_all(connection)
        return len(unfinished)

    def revive(self, connection: sa.Connection, active: frozenset[str]) -> int:
        """Queue again what should have a job and has none; return how many there were."""
        lost = [item for item in subjects.unfinished(connection) if item[0] not in active]
        for key, covered in lost:
            self._enqueue(connection, key, f"{covered}r{int(self.now().timestamp())}")
        return len(lost)

    def release_all(self, connection: sa.Connection) -> None:
        """Queue what waits although its installation has a share left."""
        for installation_id in subjects.installations_with_work(connection):
            self.release(connection, installation_id)

    def _has_room_for_alarms(self, connection: sa.Connection, installation_id: int) -> bool:
        """Allow bad news twice the share; beyond that one account would hold up the others."""
        return subjects.outstanding(connection, installation_id) < 2 * self.share

    def _free(self, connection: sa.Connection, installation_id: int) -> int:
        return max(0, self.share - subjects.outstanding(connection, installation_id))

    def _queue(self, connection: sa.Connection, key: str) -> None:
        covered = subjects.queue(connection, key)
        if covered is not None:
            self._enqueue(connection, key, str(covered))

    def _enqueue(self, connection: sa.Connection, key: str, ticket: str) -> None:
        # Zero-padded milliseconds first: the queue is first in, first out by id within a second.
        millis = int(self.now().timestamp() * 1000)
        self.queue.enqueue(connection, key, f"{millis:014d}~{key}~{ticket}")


TIRELESS = frozenset({"deployment", "incident", "order"})
RETRY_AFTER = tuple(timedelta(seconds=wait) for wait in (5, 20, 80, 320, 1280, 1800))


def retry_at(job: Taken, now: datetime) -> datetime | None:
    """Return when a failed job is tried again; None after the sixth failure.

    The jobs that look after the App itself belong to no installation and never give up; nor do
    those that hold something others wait for until they are done.
    """
    if job.attempts < len(RETRY_AFTER):
        return now + RETRY_AFTER[job.attempts]
    is_tireless = job.installation_id == 0 or job.kind in TIRELESS
    return now + RETRY_AFTER[-1] if is_tireless else None
