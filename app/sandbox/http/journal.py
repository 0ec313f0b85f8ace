"""The log of every request, for tests that count calls and check them."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One request with its answer; `body` and `answer` are JSON, or None.

    `plain_path` is the path with `/repositories/{id}` written as `/repos/{owner}/{repo}`.
    """

    method: str
    path: str
    template: str | None
    query: Mapping[str, str]
    body: Any
    status: int
    actor: str
    plain_path: str
    answer: Any = field(default=None, repr=False)
    media: str = "application/json"

    def public(self) -> dict[str, Any]:
        """Return the entry as JSON, without the answer, which may be large."""
        made = asdict(self)
        del made["answer"]
        return made


class Journal:
    """Entries in the order in which the answers were ready."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Note one request."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[Entry]:
        """Return a copy of all entries."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget what was asked so far, to count from here."""
        with self._lock:
            self._entries.clear()
