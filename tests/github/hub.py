"""The App of a sandbox without its service: readers and writers, with counted waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from app.github.app import GitHubApp
from app.github.chat import IssueChat
from app.github.checks import Checks
from app.github.client import Shared
from app.github.deployments import Deployments
from app.github.reader import Reader
from app.github.tokens import AppKey, load_key
from app.ports import RepositoryRef
from app.sandbox.box import Sandbox
from tests.conftest import ManualClock
from tests.sandbox.client import REPO, Stage, build_stage, new_box


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
    """The App of a sandbox as the service sees it."""

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
    def reader(self) -> Reader:
        return self.github.reader(self.repository)

    @property
    def sink(self) -> Checks:
        return self.github.sink(self.repository)

    @property
    def chat(self) -> IssueChat:
        return self.github.chat(self.repository)

    @property
    def deploys(self) -> Deployments:
        return self.github.deploys(self.repository)

    def calls(self, *, tokens: bool = False) -> list[tuple[str, str, int]]:
        """Return what was asked of the sandbox: method, path inside the repository, status."""
        return [
            (each.method, each.path.removeprefix(f"/repos/{REPO}"), each.status)
            for each in self.box.requests
            if tokens or "access_tokens" not in each.path
        ]


@contextmanager
def sandbox_hub() -> Iterator[Hub]:
    """Run a sandbox with a pull request, and our App installed on it."""
    with new_box() as box:
        stage, waits = build_stage(box), Waits()

        def now() -> datetime:
            return box.world.now()

        shared = Shared(box.url, now, pause=waits)
        key = AppKey(str(box.app_id), (load_key(box.app_key),), now)
        box.forget_requests()
        yield Hub(stage, GitHubApp(shared, key, box.url), waits)
