"""A small HTTP client for the sandbox, and a stage with people, an App and a pull request."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.sandbox.acts.apps import new_key
from app.sandbox.box import Sandbox, Setup
from app.sandbox.world.apps import App, Installation
from app.sandbox.world.pulls import Pull

REPO = "acme/widgets"
EVERYTHING = dict.fromkeys(
    (
        "actions",
        "administration",
        "checks",
        "contents",
        "deployments",
        "environments",
        "issues",
        "members",
        "merge_queues",
        "pull_requests",
        "statuses",
    ),
    "write",
)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Any


@cache
def _key() -> RSAPrivateKey:
    return new_key()


def new_box() -> Sandbox:
    """A sandbox whose App has the key of all tests: making keys is slow."""
    return Sandbox(Setup(key=_key()))


class Client:
    """One caller; `send` gives status, JSON or text, and headers."""

    def __init__(self, box: Sandbox, credential: str | None = None) -> None:
        self._url = box.url
        self._headers = {"Authorization": f"Bearer {credential}"} if credential else {}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = requests.request(
            method,
            self._url + path,
            json=body,
            headers={**self._headers, **given},
            allow_redirects=False,
            timeout=20,
        )
        is_json = "json" in answer.headers.get("Content-Type", "") and answer.content
        content = answer.json() if is_json else answer.text or None
        return Answer(answer.status_code, content, answer.headers)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers).body

    def post(self, path: str, body: Any = None) -> Any:
        return self.send("POST", path, body).body

    def put(self, path: str, body: Any = None) -> Any:
        return self.send("PUT", path, body).body

    def patch(self, path: str, body: Any = None) -> Any:
        return self.send("PATCH", path, body).body

    def delete(self, path: str, body: Any = None) -> Any:
        return self.send("DELETE", path, body).body


def app_jwt(app: App, *, issued: int = -30, lasts: int = 540, **claims: Any) -> str:
    """A token of the App itself; seconds are counted from now."""
    now = int(datetime.now(UTC).timestamp())
    made = {"iat": now + issued, "exp": now + issued + lasts, "iss": str(app.id), **claims}
    return jwt.encode(made, app.key, algorithm="RS256")


@dataclass
class Stage:
    """An organisation with three people, a repository with one pull request, an App installed."""

    box: Sandbox
    installation: Installation
    pull: Pull

    @property
    def alice(self) -> Client:
        """Owner of the organisation."""
        return Client(self.box, self.box.token_for("alice"))

    @property
    def bob(self) -> Client:
        """Author of the pull request, with write rights."""
        return Client(self.box, self.box.token_for("bob"))

    @property
    def outsider(self) -> Client:
        """A user of GitHub, no more."""
        return Client(self.box, self.box.token_for("mallory"))

    @property
    def app(self) -> Client:
        """The App under test by its JWT."""
        return Client(self.box, app_jwt(self.box.app))

    @property
    def bot(self) -> Client:
        """The App under test by its installation token."""
        return Client(self.box, self.box.installation_token(self.installation))

    @property
    def head(self) -> str:
        return self.pull.head_sha


def build_stage(box: Sandbox) -> Stage:
    for login in ("alice", "bob", "carol", "mallory"):
        box.add_user(login)
    box.add_org("acme", {"alice": "admin", "bob": "member", "carol": "member"})
    installation = box.install_app("acme")
    box.add_repo(REPO, {"README.md": "# widgets\n", "src/a.py": "x = 1\ny = 2\nz = 3\n"})
    box.grant(REPO, "bob", "write")
    box.commit(REPO, "feature", {"src/a.py": "x = 2\ny = 2\nz = 3\n"}, author="bob")
    pull = box.open_pull_request(REPO, "feature", author="bob", title="Change x")
    return Stage(box, installation, pull)
