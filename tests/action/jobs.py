"""One job of a workflow beside a sandbox: its event, its token, and what it wrote."""

import contextlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.action.door import run
from app.sandbox.box import Sandbox
from app.sandbox.payloads.accounts import user
from app.sandbox.payloads.pulls import event_pull
from app.sandbox.world.apps import Installation
from app.sandbox.world.pulls import Pull
from tests.sandbox.client import EVERYTHING

REPO = "acme/widgets"
# What the job of the whole merge gate is granted, as the README of the root action says.
WHOLE = {
    "contents": "read",
    "pull_requests": "read",
    "checks": "read",
    "statuses": "read",
    "actions": "read",
}
_OUTPUT = re.compile(
    r"^(?P<name>[a-z-]+)<<(?P<mark>\S+)\n(?P<value>.*?)\n(?P=mark)\n", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Done:
    """How a job's step ended: its status, and all that it said."""

    status: int
    outputs: dict[str, str]
    summary: str
    said: str

    @property
    def verdict(self) -> str:
        return self.outputs["verdict"]

    @property
    def report(self) -> Any:
        return json.loads(Path(self.outputs["report"]).read_text(encoding="utf-8"))

    @property
    def annotations(self) -> list[str]:
        return [line for line in self.said.splitlines() if line.startswith("::")]


def outputs_in(text: str) -> dict[str, str]:
    return {found["name"]: found["value"] for found in _OUTPUT.finditer(text)}


def pull_event(box: Sandbox, pull: Pull, action: str = "opened", sender: str = "") -> Any:
    """The payload of `pull_request` and `pull_request_target`."""
    with box.world.lock:
        repo = box.find_repo(REPO)
        who = box.find_account(sender) if sender else pull.issue.user
        return {
            "action": action,
            "number": pull.number,
            "pull_request": event_pull(box.world, repo, pull),
            "sender": user(box.world, who),
        }


def group_event(group: Any) -> Any:
    """The payload of `merge_group`."""
    return {
        "action": "checks_requested",
        "merge_group": {
            "head_sha": group.head_sha,
            "head_ref": group.ref,
            "base_sha": group.base_sha,
            "base_ref": f"refs/heads/{group.base_ref}",
        },
    }


def actions_installation(box: Sandbox) -> Installation:
    """GitHub's own Actions App on the organisation; its tokens are those of jobs."""
    made = box.install_app("acme", "github-actions")
    box.set_permissions(made, EVERYTHING)
    return made


@dataclass
class Jobs:
    """Runs actions on a sandbox's repository."""

    box: Sandbox
    folder: Path
    installation: Installation

    def token(self, permissions: Mapping[str, str] | None = None) -> str:
        return self.box.installation_token(self.installation, permissions or WHOLE)

    def environment(self, event: Any, **inputs: str) -> dict[str, str]:
        """What the runner and the action's own steps set."""
        home = self.folder / f"job{len(list(self.folder.iterdir()))}"
        home.mkdir()
        for name in ("output", "summary"):
            (home / name).touch()
        (home / "event.json").write_text(json.dumps(event), encoding="utf-8")
        given = {f"GATEWRIGHT_{key.upper()}": value for key, value in inputs.items()}
        return {
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_API_URL": self.box.url,
            "GITHUB_SERVER_URL": self.box.url,
            "GITHUB_EVENT_NAME": "pull_request_target",
            "GITHUB_EVENT_PATH": str(home / "event.json"),
            "GITHUB_OUTPUT": str(home / "output"),
            "GITHUB_STEP_SUMMARY": str(home / "summary"),
            "RUNNER_TEMP": str(home),
            "GATEWRIGHT_TOKEN": given.get("GATEWRIGHT_TOKEN") or self.token(),
            **given,
        }

    def run(self, words: str, event: Any, **inputs: str) -> Done:
        environment = self.environment(event, **inputs)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            status = run(words.split(), environment)
        outputs = outputs_in(Path(environment["GITHUB_OUTPUT"]).read_text(encoding="utf-8"))
        summary = Path(environment["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
        return Done(status, outputs, summary, said.getvalue())
