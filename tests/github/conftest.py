"""Fixtures of the client's tests: a sandbox, a mock judged by GitHub's description, a clock."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from github import Auth

from app.github.app import GitHubApp
from app.github.client import Client, Shared
from app.github.tokens import AppKey, load_key
from app.ports import Clock, RepositoryRef
from app.sandbox.box import Sandbox
from tests.conftest import ManualClock
from tests.contract.openapi import DescriptionMissingError
from tests.github.mock import HOST, GitHubMock, mocked
from tests.sandbox.client import REPO, Stage, build_stage

TOKEN = "ghs_" + "t" * 36


@cache
def a_key() -> rsa.RSAPrivateKey:
    """Return one key for all tests: making one takes longer than a test."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Waits:
    """Notes how long the client wanted to wait, and does not wait."""

    clock: ManualClock | None = None
    asked: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        if self.clock is not None:
            self.clock.forward(seconds=seconds)


@dataclass
class Hub:
    """The bot's side of a sandbox: its App with a clock and counted waits."""

    stage: Stage
    github: GitHubApp
    waits: Waits

    @property
    def box(self) -> Sandbox:
        return self.stage.box

    @property
    def repository(self) -> RepositoryRef:
        repo = self.box.find_repo(REPO)
        return RepositoryRef(repo.id, repo.full_name, self.stage.installation.id, repo.owner.id)

    @property
    def reader(self):
        return self.github.reader(self.repository)

    @property
    def sink(self):
        return self.github.sink(self.repository)

    def calls(self, *, tokens: bool = False) -> list[tuple[str, str, int]]:
        """Return what was asked of the sandbox: method, path inside the repository, status."""
        return [
            (each.method, each.path.removeprefix(f"/repos/{REPO}"), each.status)
            for each in self.box.requests
            if tokens or "access_tokens" not in each.path
        ]


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A sandbox with a pull request, and our App installed on it."""
    with Sandbox() as box:
        stage, waits = build_stage(box), Waits()

        def now() -> datetime:
            return box.world.now()

        shared = Shared(box.url, now, pause=waits)
        key = AppKey(str(box.app_id), (load_key(box.app_key),), shared.now)
        made = Hub(stage, GitHubApp(shared, key, box.url), waits)
        box.forget_requests()
        yield made


@pytest.fixture
def github() -> Iterator[GitHubMock]:
    """GitHub mocked within its own description."""
    try:
        with mocked() as made:
            yield made
    except DescriptionMissingError as missing:
        pytest.skip(str(missing))


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
