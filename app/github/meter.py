"""Counts calls and their cost, so that a verdict's price can be shown and bounded."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

# Requests of the hour that are kept for publishing what was already decided.
RESERVE = 50


@dataclass(frozen=True, slots=True)
class Spent:
    """Requests since some point: `reads` cost quota, `unchanged` were answered 304 for free."""

    reads: int = 0
    unchanged: int = 0
    writes: int = 0

    def __sub__(self, earlier: "Spent") -> "Spent":
        return Spent(
            self.reads - earlier.reads,
            self.unchanged - earlier.unchanged,
            self.writes - earlier.writes,
        )


@dataclass(slots=True)
class Meter:
    """Totals over all clients of a process, and the remaining quota GitHub reported last."""

    _counts: Counter[str] = field(default_factory=Counter)
    _remaining: dict[int, int] = field(default_factory=dict)
    _resets: dict[int, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, method: str, status: int) -> None:
        """Count one answered request."""
        kind = (
            "unchanged"
            if status == HTTPStatus.NOT_MODIFIED
            else "reads"
            if method == "GET"
            else "writes"
        )
        with self._lock:
            self._counts[kind] += 1
            self._counts[f"status_{status}"] += 1

    def note_remaining(
        self, installation_id: int, remaining: int, reset: datetime | None = None
    ) -> None:
        """Remember an installation's remaining quota and when it is full again."""
        with self._lock:
            self._remaining[installation_id] = remaining
            if reset is not None:
                self._resets[installation_id] = reset

    def exhausted_until(self, installation_id: int, now: datetime) -> datetime | None:
        """Return when reading may go on, if only the reserve for publishing verdicts is left."""
        with self._lock:
            remaining = self._remaining.get(installation_id)
            reset = self._resets.get(installation_id)
        spent = remaining is not None and remaining <= RESERVE
        return reset if spent and reset is not None and now < reset else None

    def spent(self) -> Spent:
        """Return the totals so far."""
        with self._lock:
            counts = self._counts
            return Spent(counts["reads"], counts["unchanged"], counts["writes"])

    def remaining(self) -> dict[int, int]:
        """Return the remaining quota by installation."""
        with self._lock:
            return dict(self._remaining)
