"""Fixtures of the client's tests: a sandbox, a mock judged by GitHub's description, a clock."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from github import Auth

from app.github.client import Client, Shared
from app.ports import Clock
from tests.github.hub import Hub, Waits, sandbox_hub
from tests.github.mock import HOST, GitHubMock, mocked

TOKEN = "ghs_" + "t" * 36


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A sandbox with a pull request, and our App installed on it."""
    with sandbox_hub() as made:
        yield made


@pytest.fixture
def github() -> Iterator[GitHubMock]:
    """GitHub mocked within its own description."""
    with mocked() as made:
        yield made


@pytest.fixture
def waits(clock) -> Waits:
    """The waits of the mocked client, which move its clock."""
    return Waits(clock)


@pytest.fixture
def client(clock, waits) -> Client:
    """A client with an old token, talking to the mock."""
    return Client(Shared(HOST, clock, pause=waits), Auth.Token(TOKEN), installation_id=9001)


def young(clock: Clock, waits: Waits, made_at: datetime) -> Client:
    """Return a client whose token was made at a moment."""
    shared = Shared(HOST, clock, pause=waits)
    return Client(shared, Auth.Token(TOKEN), 9001, made_at, lambda: None)
