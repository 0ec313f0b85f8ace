"""Faults of the REST API on demand: refusals, limits, lost answers, hanging."""

import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum

HOLD_AT_MOST_SECONDS = 60.0


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"  # answered instead of doing the work
    AFTER = "after"  # the work is done, the answer is lost to a 502
    SECONDARY_LIMIT = "secondary_limit"
    PRIMARY_LIMIT = "primary_limit"
    STALE = "stale"  # answered as the last time the caller asked
    HOLD = "hold"  # no answer until released


@dataclass(slots=True, eq=False)
class Fault:
    """A fault for the next `count` requests that match; a released hold goes on normally."""

    kind: FaultKind
    method: str = ".*"
    path: str = ".*"
    count: int = 1
    status: int = 502
    retry_after: int = 60
    reset: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)

    def matches(self, method: str, path: str) -> bool:
        """Whether the request is one that should fail."""
        if re.fullmatch(self.method, method, re.IGNORECASE) is None:
            return False
        return re.search(self.path, path) is not None


class Faults:
    """The faults that wait for their request."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._armed: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Arm a fault."""
        with self._lock:
            self._waiting.append(fault)
            self._armed.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for a request, used up by one."""
        with self._lock:
            for fault in self._waiting:
                if fault.matches(method, path):
                    fault.count -= 1
                    if fault.count <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Disarm all faults and let held requests go."""
        with self._lock:
            for fault in self._armed:
                fault.released.set()
            self._waiting.clear()
            self._armed.clear()
