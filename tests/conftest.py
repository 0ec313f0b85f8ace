"""What many folders share: databases of both kinds, no network beyond loopback, files in memory."""

import itertools
import logging
import os
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import structlog

from app.engine.durable import prepare
from app.store.database import Database
from app.store.migrate import migrate
from tests import postgres
from tests.builders import NOW

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made by `tempfile`
_ROOM = 2 << 30
_numbers = itertools.count(1)


# Machines are shared: how long an example takes says nothing about what it shows.
hypothesis.settings.register_profile(
    "shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared")


def pytest_configure() -> None:
    """Write temporary files to memory where there is room: tests waited for the disk most of all.

    Nothing is lost by it: a killed process loses no file, and no test cuts the power.
    """
    if "TMPDIR" not in os.environ and _takes_temporary_files(_MEMORY):
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None


def _takes_temporary_files(folder: Path) -> bool:
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize > _ROOM and not found.f_flag & os.ST_NOEXEC


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that talks to anything but this machine."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", checked)


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """Undo what a command set up in this process: its stream is closed when its test ends."""
    said, loggers = structlog.get_config(), (logging.root, logging.getLogger("dbos"))
    kept = [(each, each.level, tuple(each.handlers), each.propagate) for each in loggers]
    yield
    structlog.configure(**said)
    for each, level, handlers, propagate in kept:
        each.level, each.handlers, each.propagate = level, list(handlers), propagate


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server of this test session."""
    binaries = postgres.find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: install the development dependencies or Debian's package")
    server = postgres.start(binaries)
    yield server
    server.stop()


def _prepared(url: str) -> None:
    opened = Database.open(url)
    migrate(opened)
    prepare(opened)
    opened.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: migrating is slower than any test."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    _prepared(f"sqlite:///{file}")
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE gw_template")
    _prepared(postgres_server.url("gw_template"))
    return "gw_template"


@pytest.fixture
def postgres_url(postgres_server: postgres.Server, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield postgres_server.url(name)
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of this test's own."""
    file = tmp_path / "gatewright.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of each kind."""
    wanted = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(wanted)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, opened database of each kind."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment = now

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **parts: float) -> None:
        """Move the clock on."""
        self.moment += timedelta(**parts)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock under the test's control, at noon."""
    return ManualClock()
