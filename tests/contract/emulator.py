"""`emulate`, a GitHub emulator written by others, unmodified and on loopback only."""

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.contract.openapi import NODE
from tests.contract.programs import node

PACKAGE = "emulate"
APP_ID = 4242
INSTALLATION_ID = 9001
SECRET = "the emulator's webhook secret"
REPO = "acme/widgets"
PERMISSIONS = {
    "metadata": "read",
    "actions": "read",
    "checks": "write",
    "contents": "read",
    "issues": "read",
    "members": "read",
    "pull_requests": "write",
    "statuses": "read",
}
_READY_SECONDS = 30


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_key() -> str:
    """Return a fresh private key as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


def seed(key: str, webhook_url: str) -> dict[str, Any]:
    """Return people, an organisation, a repository and our App as the emulator takes them.

    A token that it does not know counts as the first user, who therefore may do nothing.
    """
    people = ("nobody", "ann", "bob", "carol")
    members = [{"login": "ann", "role": "admin"}, {"login": "bob", "role": "member"}]
    installation = {
        "installation_id": INSTALLATION_ID,
        "account": "acme",
        "repository_selection": "all",
    }
    app = {
        "app_id": APP_ID,
        "slug": "gatewright",
        "name": "Gatewright",
        "private_key": key,
        "permissions": PERMISSIONS,
        "events": ["*"],
        "webhook_url": webhook_url,
        "webhook_secret": SECRET,
        "installations": [installation],
    }
    return {
        "tokens": {f"tok_{login}": {"login": login, "scopes": ["repo"]} for login in people[1:]},
        "github": {
            "users": [{"login": login} for login in people],
            "orgs": [{"login": "acme", "members": members}],
            "repos": [
                {"owner": "acme", "name": "widgets", "default_branch": "main", "auto_init": True}
            ],
            "apps": [app],
        },
    }


@dataclass(frozen=True)
class Emulator:
    """The running emulator as people use it, each with their token."""

    url: str

    def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """Call the REST API as a person; an answer that is an error fails the test."""
        answer = requests.request(
            method,
            f"{self.url}{path}",
            json=body,
            headers={"Authorization": f"Bearer tok_{who}"},
            timeout=10,
        )
        assert answer.status_code < 400, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def commit(self, who: str, branch: str, path: str, text: str) -> None:
        """Write a file on a new or known branch."""
        content = base64.b64encode(text.encode()).decode()
        body = {"message": f"Write {path}", "content": content, "branch": branch}
        self.call(who, "PUT", f"/repos/{REPO}/contents/{path}", body)

    def branch(self, who: str, name: str) -> None:
        """Make a branch at the tip of main."""
        tip = self.call(who, "GET", f"/repos/{REPO}/git/ref/heads/main")["object"]["sha"]
        self.call(who, "POST", f"/repos/{REPO}/git/refs", {"ref": f"refs/heads/{name}", "sha": tip})

    def open_pull_request(self, who: str, head: str, title: str) -> Any:
        """Open a pull request into main."""
        body = {"title": title, "head": head, "base": "main"}
        return self.call(who, "POST", f"/repos/{REPO}/pulls", body)

    def checks(self, sha: str) -> dict[str, dict[str, Any]]:
        """Return the newest check run of each name on a commit, as the API shows it."""
        found = self.call("ann", "GET", f"/repos/{REPO}/commits/{sha}/check-runs?per_page=100")
        runs = sorted(found["check_runs"], key=lambda run: run["id"])
        return {run["name"].removeprefix("gatewright/"): run for run in runs}


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(_READY_SECONDS * 20):
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            if requests.get(f"{url}/meta", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError("the emulator did not become ready")


@contextmanager
def running(port: int, key: str, webhook_url: str, folder: Path) -> Iterator[Emulator]:
    """Run the emulator on a port until the context ends."""
    program = node(PACKAGE)
    url, log, file = f"http://127.0.0.1:{port}", folder / "emulate.log", folder / "seed.json"
    file.write_text(json.dumps(seed(key, webhook_url)))
    command = [program, "--require", str(NODE / "loopback.cjs")]
    command += [str(NODE / "node_modules/emulate/dist/index.js"), "start", "--service", "github"]
    command += ["--port", str(port), "--base-url", url, "--seed", str(file)]
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=plain, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_ready(process, url, log)
            yield Emulator(url)
        finally:
            process.terminate()
            process.wait(10)
