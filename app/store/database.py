"""Engines and transactions: IMMEDIATE writers on SQLite, pooled connections on PostgreSQL."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from app.errors import StoreError

# What is raised when the database cannot be reached or others hold it for too long.
AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
_PATIENCE = timedelta(seconds=30)
_PRAGMAS = (
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
)
_FORM = "GATEWRIGHT_DATABASE must be sqlite:///FILE or postgresql://USER@HOST/NAME"
_POSTGRES = re.compile(r"\Apostgres(?:ql)?(?:\+psycopg)?://")
_READ = "gatewright_read"
_SQLITE_CONNECTIONS = 100
_WAL_PAUSE = timedelta(seconds=0.1)


def complaint(error: sa.exc.SQLAlchemyError) -> str:
    """Say what the database complained of, without the statement and its values."""
    said = str(error.orig) if isinstance(error, sa.exc.DBAPIError) else ""
    reason = said.strip().partition("\n")[0] or type(error).__name__
    return f"the database cannot be used: {reason}"


def _file_of(named: sa.URL) -> Path:
    """Return the file of a SQLite URL, whose folder is made if it is missing."""
    name = named.database or ":memory:"
    if name == ":memory:" or name.startswith("file:"):
        raise StoreError(
            "GATEWRIGHT_DATABASE must name a file, for example sqlite:///gatewright.db"
        )
    file = Path(name).expanduser()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the database's folder cannot be made: {error.strerror}") from error
    return file


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StoreError(_FORM) from error


def _sqlite_engine(named: sa.URL, patience: timedelta) -> sa.Engine:
    # Opening a file and setting it up costs more than most statements. The pool is far larger than
    # the number of threads: a writer never waits for a connection that another writer holds.
    engine = sa.create_engine(
        named,
        poolclass=sa.QueuePool,
        pool_size=_SQLITE_CONNECTIONS,
        max_overflow=_SQLITE_CONNECTIONS,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"pragma busy_timeout={_milliseconds(patience)}")
        for pragma in _PRAGMAS:
            connection.execute(f"pragma {pragma}")
        _switch_to_wal(connection, patience)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get(_READ, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _switch_to_wal(connection: sqlite3.Connection, patience: timedelta) -> None:
    """Let readers and a writer not wait for each other; the file remembers it.

    For those who do it to a new file at the same moment SQLite's own waiting does not work.
    """
    for left in reversed(range(patience // _WAL_PAUSE)):
        try:
            connection.execute("pragma journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not left:
                raise
            time.sleep(_WAL_PAUSE.total_seconds())
        else:
            return


def _milliseconds(patience: timedelta) -> int:
    return patience // timedelta(milliseconds=1)


def _postgres_engine(named: sa.URL, patience: timedelta) -> sa.Engine:
    return sa.create_engine(
        named.set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=True,
        pool_timeout=patience.total_seconds(),
        connect_args={"connect_timeout": max(2, round(patience.total_seconds()))},
        hide_parameters=True,
    )


def _hurry(engine: sa.Engine, patience: timedelta) -> None:
    """Let no statement on PostgreSQL wait longer; by transaction, since poolers share sessions."""
    limits = "".join(
        f"SET LOCAL {name} = {_milliseconds(patience)};"
        for name in ("lock_timeout", "statement_timeout")
    )

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(limits)


@dataclass(frozen=True, slots=True)
class Database:
    """One database, its URL, and the two ways to use it."""

    url: str
    engine: sa.Engine

    @classmethod
    def open(cls, url: str, patience: timedelta | None = None) -> "Database":
        """Open the database of a URL, without connecting; raises StoreError for any other kind.

        `patience` bounds each wait for somebody else, for those whose callers wait themselves.
        """
        waits = patience or _PATIENCE
        named = _parsed(_POSTGRES.sub("postgresql://", url))
        if named.drivername == "sqlite":
            file = named.set(database=str(_file_of(named)))
            return cls(file.render_as_string(hide_password=False), _sqlite_engine(file, waits))
        if named.drivername == "postgresql":
            engine = _postgres_engine(named, waits)
            if patience is not None:
                _hurry(engine, patience)
            return cls(named.render_as_string(hide_password=False), engine)
        raise StoreError(_FORM)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Run one write transaction; on SQLite it is the only writer from its first statement."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Run one read transaction that never waits for a writer on SQLite."""
        engine = self.engine.execution_options(**{_READ: True}) if self.is_sqlite else self.engine
        with engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Drop pooled connections."""
        self.engine.dispose()
