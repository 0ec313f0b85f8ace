"""Scanning processes that outlive a request: started once, killed when they take too long.

detect-secrets keeps its settings per process, its expressions can run for minutes, and a scanner
holds secrets in memory: all three are reasons for a process of its own.
"""

import os
import queue
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from app.errors import ScanError
from app.scan.frames import FRAME, frame, parse_head
from app.scan.hits import ContentScan

_PACKAGE_ROOT = Path(__file__).resolve().parent.parent.parent
# Our own root comes first, so that both sides of the pipe are the same version of this code.
_START = "import sys; sys.path.insert(0, sys.argv[1]); from app.scan.worker import main; main()"
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a content may be scanned: processor time, and wall time before the kill."""

    processor_seconds: float = 2
    wall_seconds: float = 30


class _OverdueError(Exception):
    """A worker did not answer in time and was killed."""


class _Worker:
    """One scanning process and the two pipes to it."""

    def __init__(self, key: bytes) -> None:
        command = [sys.executable, "-I", "-c", _START, str(_PACKAGE_ROOT)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(_pipe(self._process.stdout), selectors.EVENT_READ)
        try:
            self.engine = str(self.ask({}, key, _START_SECONDS)["engine"])
        except (_OverdueError, ScanError, KeyError) as error:
            self.close()
            raise ScanError("the secret scanner did not start or failed its self-test") from error

    def ask(self, request: dict[str, object], content: bytes, seconds: float) -> dict[str, object]:
        """Send a request and wait for its answer."""
        deadline = time.monotonic() + seconds
        pipe = _pipe(self._process.stdin)
        try:
            pipe.write(frame(request, content))
            pipe.flush()
        except OSError as error:
            raise ScanError("the secret scanner ended before it took a request") from error
        size, _ = FRAME.unpack(self._exactly(FRAME.size, deadline))
        return parse_head(self._exactly(size, deadline))

    def is_alive(self) -> bool:
        """Tell whether the process can still be asked."""
        return self._process.poll() is None

    def close(self) -> None:
        """Kill the process; it has nothing to save."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._waiting.close()
        self._process.communicate()

    def _exactly(self, size: int, deadline: float) -> bytes:
        content = b""
        pipe = _pipe(self._process.stdout)
        while len(content) < size:
            if not self._waiting.select(max(deadline - time.monotonic(), 0)):
                raise _OverdueError
            chunk = os.read(pipe.fileno(), size - len(content))
            if not chunk:
                raise ScanError("the secret scanner ended before it answered")
            content += chunk
        return content


class ScannerPool:
    """Up to `workers` processes, for any number of threads; close it, or use it as a context."""

    def __init__(self, key: bytes, workers: int = 1, limits: Limits | None = None) -> None:
        if not key:
            raise ScanError("fingerprints need a key")
        self._key = key
        self._limits = limits or Limits()
        self._idle: queue.SimpleQueue[_Worker | None] = queue.SimpleQueue()
        for _ in range(workers):
            self._idle.put(None)
        self._workers = workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def self_test(self) -> str:
        """Start a scanner, which tests itself with planted secrets; return the engine's name."""
        with self._worker() as worker:
            return worker.engine

    def scan(self, content: bytes, path: str) -> ContentScan:
        """Scan a file's content; the path only tells its syntax."""
        return self._ask({"path": path, "prose": False}, content)

    def scan_prose(self, text: str) -> ContentScan:
        """Scan text that is no source code."""
        return self._ask({"path": "", "prose": True}, text.encode("utf-8", "replace"))

    def close(self) -> None:
        """End all processes, waiting for those that are at work."""
        for _ in range(self._workers):
            worker = self._idle.get()
            if worker is not None:
                worker.close()
        for _ in range(self._workers):
            self._idle.put(None)

    def _ask(self, request: dict[str, object], content: bytes) -> ContentScan:
        asked = {**request, "seconds": self._limits.processor_seconds}
        with self._worker() as worker:
            try:
                return ContentScan.from_dict(worker.ask(asked, content, self._limits.wall_seconds))
            except _OverdueError:
                worker.close()
                return ContentScan(unread="budget", seconds=self._limits.processor_seconds)

    @contextmanager
    def _worker(self) -> Iterator[_Worker]:
        """Lend a worker: a new one where none was started, or where the last one failed."""
        worker = self._idle.get()
        is_usable = False
        try:
            if worker is not None and not worker.is_alive():
                worker.close()
                worker = None
            worker = worker or _Worker(self._key)
            yield worker
            is_usable = True
        finally:
            if worker is not None and not (is_usable and worker.is_alive()):
                worker.close()
                worker = None
            self._idle.put(worker)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ScanError("the secret scanner was started without pipes")
    return stream
