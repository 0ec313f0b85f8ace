"""Objects by name from one long-lived `git cat-file` process; sizes are known before contents."""

import os
import selectors
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.changes.git import Git, OversizeError, end
from app.errors import GitError

_CHUNK = 1 << 20


class MissingObjectError(GitError):
    """An object is not in the repository, for example in a partial or shallow clone."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What git says about an object before its content is read."""

    oid: str
    kind: str
    size: int


class Objects:
    """A conversation with `git cat-file --batch-command`; for one thread at a time."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        if process.stdin is None or process.stdout is None:
            raise GitError("git cat-file was started without pipes")
        self._requests = process.stdin
        self._replies = process.stdout
        self._seconds = seconds
        self._buffer = bytearray()
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(self._replies, selectors.EVENT_READ)

    def close(self) -> None:
        """Stop listening; the process belongs to whoever started it."""
        self._waiting.close()

    def info(self, name: str | bytes) -> ObjectInfo | None:
        """Return kind and size of `<oid>` or `<commit>:<path>`, None if there is no such object."""
        return self._header(b"info", name)

    def content(self, oid: str, limit: int) -> bytes:
        """Return an object's content, of at most `limit` bytes."""
        found = self.info(oid)
        if found is None:
            raise MissingObjectError(f"object {oid[:12]} is missing from the repository")
        if found.size > limit:
            raise OversizeError(f"object {oid[:12]} has {found.size} bytes, more than {limit}")
        self._header(b"contents", oid)
        return self._take(found.size + 1)[:-1]

    def _header(self, command: bytes, name: str | bytes) -> ObjectInfo | None:
        raw = name.encode() if isinstance(name, str) else name
        if b"\n" in raw or b"\0" in raw:
            return None
        self._send(command + b" " + raw + b"\n")
        words = self._line().split(b" ")
        if len(words) != 3 or not words[2].isdigit():  # noqa: PLR2004 - oid, kind, size
            return None
        return ObjectInfo(words[0].decode(), words[1].decode(), int(words[2]))

    def _send(self, request: bytes) -> None:
        try:
            self._requests.write(request)
        except OSError as error:
            raise GitError("git cat-file ended too early") from error

    def _line(self) -> bytes:
        while (at := self._buffer.find(b"\n")) < 0:
            self._fill()
        line = bytes(self._buffer[:at])
        del self._buffer[: at + 1]
        return line

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _fill(self) -> None:
        if not self._waiting.select(self._seconds):
            raise GitError(f"git cat-file did not answer within {self._seconds:g} seconds")
        chunk = os.read(self._replies.fileno(), _CHUNK)
        if not chunk:
            raise GitError("git cat-file ended too early")
        self._buffer += chunk


@contextmanager
def reading(git: Git) -> Iterator[Objects]:
    """Open a conversation about the objects of a repository for as long as the block runs."""
    process = git.start("cat-file", "--batch-command")
    objects = Objects(process, git.seconds)
    try:
        yield objects
    finally:
        objects.close()
        end(process)
