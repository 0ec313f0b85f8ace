"""Running the git program: argument lists, a clean environment, limits on time and output."""

import os
import re
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Self

from app.errors import GitError

_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "XDG_CONFIG_HOME": "/nonexistent",
    "LC_ALL": "C",
    "TZ": "UTC",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}

_SETTINGS = (
    f"core.attributesFile={os.devnull}",
    f"core.hooksPath={os.devnull}",
    "core.askPass=",
    "core.bigFileThreshold=32m",
    # A commit-graph is a second truth beside the commits, written by whoever owns the repository.
    "core.commitGraph=false",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "safe.directory=*",
)

_USER_INFO = re.compile(r"//[^/@\s]*@")
_CHUNK = 1 << 16
_QUOTED_BYTES = 600


class OversizeError(GitError):
    """An object or an answer of git is larger than we are willing to read."""


@cache
def git_program() -> str:
    """Find git on the search path once."""
    found = shutil.which("git")
    if found is None:
        raise GitError("git is not installed; install git 2.38 or newer")
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What git wrote, and its exit code where several are meaningful."""

    code: int
    out: bytes


class Git:
    """The git program over one repository; a fault in it is a `GitError`, never a crash."""

    def __init__(
        self,
        directory: Path,
        *,
        seconds: float = 60,
        max_output: int = 256 << 20,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.seconds = seconds
        self.max_output = max_output
        self._where: tuple[str, ...] = (f"--git-dir={directory}",)
        self._environment = dict(environment or {})

    @classmethod
    def discover(cls, path: Path) -> Self:
        """Let git find the repository around a path of the local disk."""
        git = cls(path)
        git._where = ("-C", str(path))
        return git

    def output(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what a command wrote; any exit code but zero is an error."""
        return self.run(*arguments, stdin=stdin).out

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        accept: tuple[int, ...] = (0,),
        private: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run a command; `private` is configuration that must not show in the process list."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
            given.write(stdin)
            given.seek(0)
            process = self._start(arguments, (given, said), private or {})
            out = self._collect(process, arguments[0])
            if process.returncode not in accept:
                said.seek(0)
                raise _failure(arguments[0], said.read(_QUOTED_BYTES), private or {})
            return Answer(process.returncode, out)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a long-lived command that is spoken to over pipes; its complaints are dropped."""
        return subprocess.Popen(
            self._command(arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=self._clean_environment({}),
            start_new_session=True,
        )

    def _start(
        self,
        arguments: tuple[str, ...],
        streams: tuple[IO[bytes], IO[bytes]],
        private: Mapping[str, str],
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command(arguments),
            stdin=streams[0],
            stdout=subprocess.PIPE,
            stderr=streams[1],
            env=self._clean_environment(private),
            # A group of its own, so that a time-out also ends what git started.
            start_new_session=True,
        )

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        return [git_program(), *settings, *self._where, *arguments]

    def _clean_environment(self, private: Mapping[str, str]) -> dict[str, str]:
        search_path = f"{Path(git_program()).parent}:{os.defpath}"
        environment = {**self._environment, **_ENVIRONMENT, "PATH": search_path}
        for number, (key, value) in enumerate(private.items()):
            environment[f"GIT_CONFIG_KEY_{number}"] = key
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        if private:
            environment["GIT_CONFIG_COUNT"] = str(len(private))
        return environment

    def _collect(self, process: subprocess.Popen[bytes], verb: str) -> bytes:
        deadline = time.monotonic() + self.seconds
        try:
            out = drain(process, deadline, self.max_output)
            process.wait(max(deadline - time.monotonic(), 1))
        except (TimeoutError, subprocess.TimeoutExpired) as error:
            raise GitError(f"git {verb} did not end within {self.seconds:g} seconds") from error
        except OversizeError as error:
            limit = self.max_output >> 20
            raise OversizeError(f"git {verb} wrote more than {limit} MiB") from error
        finally:
            end(process)
        return out


def drain(process: subprocess.Popen[bytes], deadline: float, limit: int) -> bytes:
    """Read a process's output to its end, unless time or size run out first."""
    if process.stdout is None:
        raise GitError("git was started without an output")
    chunks: list[bytes] = []
    room = limit
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ)
        while chunk := _read_some(waiting, process.stdout, deadline):
            chunks.append(chunk)
            room -= len(chunk)
            if room < 0:
                raise OversizeError("too much output")
    return b"".join(chunks)


def _read_some(waiting: selectors.BaseSelector, stream: IO[bytes], deadline: float) -> bytes:
    if not waiting.select(max(deadline - time.monotonic(), 0)):
        raise TimeoutError
    return os.read(stream.fileno(), _CHUNK)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with everything it started, unless it has ended, and reap it."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _failure(verb: str, said: bytes, private: Mapping[str, str]) -> GitError:
    text = said.decode("utf-8", "replace")
    for value in private.values():
        text = text.replace(value, "***")
    text = _USER_INFO.sub("//***@", text)
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return GitError(f"git {verb} failed: {shown or 'it gave no reason'}")
