"""Engines and transactions: IMMEDIATE writers on SQLite, pooled connections on PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.errors import StoreError

_PRAGMAS = (
    "busy_timeout=30000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
)
_READ = "gatewright_read"
_SQLITE_CONNECTIONS = 100


def is_sqlite(url: str) -> bool:
    """Tell whether the database is the embedded one."""
    return url.startswith("sqlite")


def sqlalchemy_url(url: str) -> str:
    """Name psycopg 3 as the driver of a plain `postgresql://` URL."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return f"postgresql+psycopg://{url[len(scheme) :]}"
    return url


def _sqlite_engine(url: str) -> sa.Engine:
    # Opening a file and setting it up costs more than most statements. The pool is far larger than
    # the number of threads: a writer never waits for a connection that another writer holds.
    engine = sa.create_engine(
        url,
        poolclass=sa.QueuePool,
        pool_size=_SQLITE_CONNECTIONS,
        max_overflow=_SQLITE_CONNECTIONS,
        connect_args={"check_same_thread": False},
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"pragma {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get(_READ, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: str) -> sa.Engine:
    return sa.create_engine(sqlalchemy_url(url), pool_size=10, max_overflow=20, pool_pre_ping=True)


@dataclass(frozen=True, slots=True)
class Database:
    """One database, its URL, and the two ways to use it."""

    url: str
    engine: sa.Engine

    @classmethod
    def open(cls, url: str) -> "Database":
        """Open the database of a URL; the folder of a SQLite file is made if it is missing."""
        if is_sqlite(url):
            file = sa.make_url(url).database
            if not file or file == ":memory:":
                raise StoreError(
                    "GATEWRIGHT_DATABASE must name a file, for example sqlite:///gatewright.db"
                )
            Path(file).expanduser().parent.mkdir(parents=True, exist_ok=True)
            return cls(url, _sqlite_engine(url))
        return cls(url, _postgres_engine(url))

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
