"""The sandbox as one object: started, moved and stopped from Python."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.sandbox.acts import accounts, apps
from app.sandbox.control.everything import EveryControl
from app.sandbox.control.remote import Control
from app.sandbox.hooks.courier import Courier
from app.sandbox.http.faults import Faults
from app.sandbox.http.rest import Rest
from app.sandbox.http.routing import Router
from app.sandbox.http.server import LocalServer
from app.sandbox.http.smart_git import SmartGit
from app.sandbox.http.wsgi import Door
from app.sandbox.routes.table import all_routes
from app.sandbox.world.apps import HookSettings
from app.sandbox.world.world import World

# The least set that the App under test asks for.
PERMISSIONS: Mapping[str, str] = {
    "metadata": "read",
    "actions": "write",
    "checks": "write",
    "contents": "read",
    "deployments": "write",
    "issues": "write",
    "members": "read",
    "merge_queues": "read",
    "pull_requests": "write",
    "statuses": "read",
}
EVENTS = (
    "check_run",
    "check_suite",
    "create",
    "delete",
    "deployment",
    "deployment_protection_rule",
    "deployment_status",
    "issue_comment",
    "issues",
    "member",
    "membership",
    "merge_group",
    "organization",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
    "repository",
    "status",
    "team",
    "workflow_run",
)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Setup:
    """How a sandbox begins; without a key the App gets a new one."""

    app_name: str = "Gatewright"
    webhook_url: str = ""
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    events: tuple[str, ...] = EVENTS
    clock: Callable[[], datetime] = _utc_now
    parent_directory: Path | None = None
    key: RSAPrivateKey | None = None


class Sandbox(EveryControl):
    """A GitHub in a box: `with Sandbox() as box:` serves on a free loopback port."""

    def __init__(self, setup: Setup | None = None) -> None:
        chosen = setup or Setup()
        directory = Path(tempfile.mkdtemp(prefix="sandbox-", dir=chosen.parent_directory))
        self.world = World(directory, chosen.clock)
        self.courier = Courier(self.world)
        self.world.emit = self.courier.take
        self.rest = Rest(self.world, self.courier, Router(all_routes()))
        self.faults = Faults()
        self._server: LocalServer | None = None
        self._found_github(chosen)

    # -- life

    def start(self, port: int = 0) -> Self:
        """Serve on a loopback port; 0 takes a free one."""
        door = Door(self.rest, SmartGit(self.world), Control(self), self.faults)
        self._server = LocalServer(door, port)
        self.world.base_url = self._server.url
        self._server.start()
        self.courier.start()
        return self

    def stop(self) -> None:
        """Stop serving and delivering, and remove the repositories."""
        self.faults.clear()
        if self._server is not None:
            self._server.stop()
            self.courier.stop()
        shutil.rmtree(self.world.directory, ignore_errors=True)

    def wait(self) -> None:
        """Serve until the process is told to end."""
        if self._server is not None:
            self._server.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- what a client needs to know

    @property
    def url(self) -> str:
        """The base URL of API, pages and clones."""
        return self.world.base_url

    @property
    def app_id(self) -> int:
        """The App under test."""
        return self.app.id

    @property
    def app_key(self) -> str:
        """Its private key as PEM."""
        return self.app.pem()

    @property
    def webhook_secret(self) -> str:
        """What its deliveries are signed with."""
        return self.app.hook.secret

    @property
    def webhook_url(self) -> str:
        """Where its deliveries go."""
        return self.app.hook.url

    @webhook_url.setter
    def webhook_url(self, url: str) -> None:
        self.app.hook.url = url

    def _found_github(self, setup: Setup) -> None:
        """GitHub itself, its Actions App, and the App under test."""
        github = accounts.add_account(self.world, "github", "Organization")
        rights = {"checks": "write", "statuses": "write", "contents": "write"}
        actions = apps.AppOrder("GitHub Actions", github, rights, id=apps.ACTIONS_APP_ID)
        hook = HookSettings(setup.webhook_url, secrets.token_hex(20))
        order = apps.AppOrder(setup.app_name, github, setup.permissions, setup.events, hook)
        self.app = apps.register_app(self.world, order, setup.key)
        apps.register_app(self.world, actions, self.app.key)
