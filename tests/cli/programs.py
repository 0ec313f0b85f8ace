"""Gatewright as processes of their own: started, listened to, ended."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from tests.cli.conftest import ROOT

PATIENCE = 60.0


@dataclass(slots=True)
class Program:
    """A running command and what it has written."""

    process: subprocess.Popen[str]
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    _lines: queue.Queue[str] = field(default_factory=queue.Queue)
    _readers: list[threading.Thread] = field(default_factory=list)

    def listen(self) -> None:
        """Read both outputs, each on a thread of its own, so that neither fills up."""
        for stream, kept in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            reader = threading.Thread(target=self._read, args=(stream, kept), daemon=True)
            reader.start()
            self._readers.append(reader)

    def _read(self, stream: IO[str], kept: list[str]) -> None:
        for line in stream:
            kept.append(line)
            self._lines.put(line)
        self._lines.put("")
        stream.close()

    def after(self, start: str) -> str:
        """Wait for a line that starts like this and return the rest of it."""
        while line := self._lines.get(timeout=PATIENCE):
            if line.startswith(start):
                return line.removeprefix(start).strip()
        raise AssertionError(f"it ended without {start!r}: {''.join(self.err)}")

    def end(self, seconds: float = 15) -> int:
        """Ask it to stop, wait until it has, and return its status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(PATIENCE)
        return status


@contextmanager
def program(command: Sequence[str], settings: Mapping[str, str]) -> Iterator[Program]:
    """Start a command with these settings only; it does not outlive the test."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"}
    process = subprocess.Popen(
        command,
        env={**environment, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Program(process)
    running.listen()
    try:
        yield running
    finally:
        process.kill()
        process.wait()


def words(*arguments: str) -> list[str]:
    """Return the command line of one of our commands."""
    return [sys.executable, "-m", "app", *arguments]


def until(what: str, is_so: Callable[[], bool]) -> None:
    """Look again and again until something is so."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        pause.wait(0.05)
