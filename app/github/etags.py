"""Answers kept with their ETag, so that an unchanged one costs no quota."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stored:
    """One answer: its tag, its body and the header that leads to the next page."""

    etag: str
    body: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class EtagCache:
    """A bounded, least-recently-used store shared by the threads of one process.

    Keys hold the installation: one customer's answers are never served to another.
    """

    limit_bytes: int = 50_000_000
    _items: OrderedDict[tuple[int, str], Stored] = field(default_factory=OrderedDict)
    _size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: tuple[int, str]) -> Stored | None:
        """Return the stored answer and mark it as used."""
        with self._lock:
            stored = self._items.get(key)
            if stored is not None:
                self._items.move_to_end(key)
            return stored

    def put(self, key: tuple[int, str], stored: Stored) -> None:
        """Keep an answer, dropping the longest unused ones when there is no room."""
        with self._lock:
            self._drop(key)
            if len(stored.body) > self.limit_bytes:
                return
            self._items[key] = stored
            self._size += len(stored.body)
            while self._size > self.limit_bytes:
                self._drop(next(iter(self._items)))

    def forget(self, key: tuple[int, str]) -> None:
        """Have the next answer read anew."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: tuple[int, str]) -> None:
        old = self._items.pop(key, None)
        if old is not None:
            self._size -= len(old.body)
