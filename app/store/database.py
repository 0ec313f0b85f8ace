"""Engines and transactions: IMMEDIATE writers on SQLite, pooled connections on PostgreSQL."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.errors import StoreError

_PRAGMAS = (
    "busy_timeout=30000",
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
_WAL_TRIES = 300
_WAL_PAUSE_SECONDS = 0.1


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


def _sqlite_engine(named: sa.URL) -> sa.Engine:
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
        for pragma in _PRAGMAS:
            connection.execute(f"pragma {pragma}")
        _switch_to_wal(connection)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get(_READ, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Let readers and a writer not wait for each other; the file remembers it.

    For those who do it to a new file at the same moment SQLite's own waiting does not work.
    """
    for left in reversed(range(_WAL_TRIES)):
        try:
            connection.execute("pragma journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not left:
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
        else:
            return


def _postgres_engine(named: sa.URL) -> sa.Engine:
    driver = named.set(drivername="postgresql+psycopg")
    return sa.create_engine(
        driver, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True
    )


@dataclass(frozen=True, slots=True)
class Database:
    """One database, its URL, and the two ways to use it."""

    url: str
    engine: sa.Engine

    @classmethod
    def open(cls, url: str) -> "Database":
        """Open the database of a URL, without connecting; raises StoreError for any other kind."""
        named = _parsed(_POSTGRES.sub("postgresql://", url))
        if named.drivername == "sqlite":
            file = named.set(database=str(_file_of(named)))
            return cls(file.render_as_string(hide_password=False), _sqlite_engine(file))
        if named.drivername == "postgresql":
            return cls(named.render_as_string(hide_password=False), _postgres_engine(named))
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
