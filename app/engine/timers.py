"""The loop of small recurring chores; all their state is in the tables."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog


@dataclass(slots=True)
class Chore:
    """Something to do every so many ticks of one second."""

    do: Callable[[], None]
    every: int
    ticks: int = 0

    def tick(self) -> None:
        """Do it when its turn has come; a database that is away is met again next time."""
        self.ticks += 1
        if self.ticks % self.every:
            return
        try:
            self.do()
        except sa.exc.SQLAlchemyError as error:
            structlog.get_logger().warning("chore failed", error=type(error).__name__)


@dataclass(slots=True)
class Timers:
    """Ticks its chores every second on a thread of its own."""

    chores: Sequence[Chore]
    tick_seconds: float = 1.0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start ticking."""
        self._thread = threading.Thread(target=self._loop, daemon=True, name="timers")
        self._thread.start()

    def stop(self) -> None:
        """End after the chore that is running."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _loop(self) -> None:
        while not self._stopped.wait(self.tick_seconds):
            for chore in self.chores:
                chore.tick()
