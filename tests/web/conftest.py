"""Fixtures of the web tests."""

from collections.abc import Iterator

import pytest

from app.store.database import Database
from tests.web.gate import Gate, open_gate


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A migrated, opened SQLite database."""
    opened = Database.open(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def gate(sqlite: Database) -> Gate:
    """A webhook door on SQLite."""
    return open_gate(sqlite)


@pytest.fixture
def any_gate(database: Database) -> Gate:
    """A webhook door on a database of each kind."""
    return open_gate(database)
