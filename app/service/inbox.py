"""Joins deliveries that arrive together into one commit; each waits until it is durable."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from app.errors import DeliveryRefusedError
from app.service.intake import Accepted


@dataclass(slots=True)
class Inbox:
    """Whoever gets the turn commits for everybody who waits: one disk flush for many answers."""

    accept: Callable[[Sequence[Accepted]], None]
    limit: int = 1000
    _waiting: list[tuple[Accepted, Future[None]]] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def put(self, accepted: Accepted) -> None:
        """Return when the delivery is committed; raises what the commit raised.

        Raises DeliveryRefusedError (503) when too many deliveries wait already.
        """
        done: Future[None] = Future()
        with self._guard:
            if len(self._waiting) >= self.limit:
                raise DeliveryRefusedError(503, "too many deliveries are waiting, send it later")
            self._waiting.append((accepted, done))
        with self._turn:
            if not done.done():
                self._commit()
        done.result()

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
        """Give each delivery of a failed batch its own try: one bad one must not refuse others."""
        if len(batch) == 1:
            batch[0][1].set_exception(error)
            return
        for accepted, done in batch:
            try:
                self.accept([accepted])
            except Exception as own:  # noqa: BLE001 - handed to the one who waits for it
                done.set_exception(own)
            else:
                done.set_result(None)
