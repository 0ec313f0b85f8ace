"""Joins deliveries that arrive together into one commit; each waits until it is durable."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta

from app.errors import DeliveryRefusedError
from app.service.intake import Accepted
from app.store.database import AWAY


@dataclass(slots=True)
class Inbox:
    """Whoever gets the turn commits for everybody who waits: one disk flush for many answers."""

    accept: Callable[[Sequence[Accepted]], None]
    limit: int = 1000
    patience: timedelta = timedelta(seconds=3)
    _waiting: list[tuple[Accepted, Future[None]]] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def put(self, accepted: Accepted) -> None:
        """Return when the delivery is committed; raises what the commit raised.

        Raises DeliveryRefusedError (503) when too many deliveries wait already, or for too long:
        nobody listens to a late answer. A delivery that is stored all the same does no harm.
        """
        done: Future[None] = Future()
        with self._guard:
            if len(self._waiting) >= self.limit:
                raise DeliveryRefusedError(503, "too many deliveries are waiting, send it later")
            self._waiting.append((accepted, done))
        if self._turn.acquire(timeout=self.patience.total_seconds()):
            try:
                if not done.done():
                    self._commit()
            finally:
                self._turn.release()
        elif self._is_given_up(done):
            raise DeliveryRefusedError(503, "the database is busy, send it later")
        done.result()

    def _is_given_up(self, done: Future[None]) -> bool:
        """Take a delivery out of those that wait, unless it was answered at the last moment."""
        with self._guard:
            self._waiting = [each for each in self._waiting if each[1] is not done]
        return not done.done()

    def _commit(self) -> None:
        with self._guard:
            batch, self._waiting = self._waiting, []
        try:
            self.accept([accepted for accepted, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed to everybody who waits for it
            self._alone(batch, error)
            return
        for _, done in batch:
            done.set_result(None)

    def _alone(self, batch: list[tuple[Accepted, Future[None]]], error: Exception) -> None:
        """Give each delivery of a failed batch its own try: one bad one must not refuse others.

        A database that is away is away for all of them: each would wait for it again.
        """
        for accepted, done in batch:
            if len(batch) > 1 and not isinstance(error, AWAY):
                error = self._again(accepted, done) or error
            if not done.done():
                done.set_exception(error)

    def _again(self, accepted: Accepted, done: Future[None]) -> Exception | None:
        try:
            self.accept([accepted])
        except Exception as own:  # noqa: BLE001 - handed to the one who waits for it
            done.set_exception(own)
            return own
        done.set_result(None)
        return None
