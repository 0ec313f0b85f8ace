"""Run a consumer's workflow under `act` in host mode, and return what happened.

Host mode needs neither Docker nor github.com: jobs are plain processes, without isolation, so only
our own workflows run so. The workflow lies in a repository of its own; our actions are what
`uses: acme/gatewright/…@<ref>` names, served from a copy of this tree.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SELF = "acme/gatewright"
REPOSITORY = "acme/widgets"
# To install packages behind a proxy that a machine trusts.
CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")
_REFERENCE = re.compile(rf"(\buses:\s*){SELF}([\w/]*)@[0-9a-f]{{40}}")
# act does not read `$/`, a reference to the workflow's own repository (nektos/act#6189).
_DOLLAR = re.compile(r"(\buses:\s*)\$/([\w/]*)")
_SHORTEST_TOKEN = 20
_SHIPPED = ("action.yml", "actions", "app")

Event = Mapping[str, Any]


@dataclass
class Ran:
    """Everything that a test may want to say about one run."""

    status: int
    events: list[Event] = field(default_factory=list)
    errors: str = ""

    def job(self, job: str) -> str:
        """How a job ended; a job that never ran is a failure of the test, not a success."""
        ended = [each for each in self.events if each.get("jobID") == job and "jobResult" in each]
        assert ended, f"{job} did not run: {self.errors}\n{self.log(job)}"
        return str(ended[-1]["jobResult"])

    def outputs(self, job: str, step: str) -> dict[str, str]:
        found = self._commands("set-output", job)
        return {each["name"]: each["arg"] for each in found if each["stepID"] == [step]}

    def annotations(self, job: str) -> list[tuple[str, Mapping[str, str], str]]:
        """Level, place and message; act repeats none of them."""
        names = ("error", "warning", "notice")
        ours = [each for each in self._all(job) if each.get("command") in names]
        return [(each["command"], each.get("kvPairs") or {}, each["arg"]) for each in ours]

    def summary(self, job: str) -> str:
        """The summary, of which act repeats a composite's once a level of nesting."""
        written = self._commands("summary", job)
        deepest = max((len(each["stepID"]) for each in written), default=0)
        return "".join(each["content"] for each in written if len(each["stepID"]) == deepest)

    def log(self, job: str) -> str:
        return "\n".join(str(each.get("msg", "")) for each in self._all(job))

    def _all(self, job: str) -> list[Event]:
        return [each for each in self.events if each.get("jobID") == job]

    def _commands(self, name: str, job: str) -> list[Event]:
        return [each for each in self._all(job) if each.get("command") == name]


def served(folder: Path) -> Path:
    """Copy what a consumer gets of this tree."""
    copy = folder / "served"
    copy.mkdir(parents=True)
    for name in _SHIPPED:
        source = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=ignored)
        else:
            shutil.copyfile(source, copy / name)
    return copy


@dataclass(frozen=True)
class Consumer:
    """Somebody else's repository with one workflow, on a machine with our actions."""

    folder: Path
    api: str
    token: str
    stubs: Mapping[str, Path] = field(default_factory=dict)

    def run(
        self,
        workflow: str,
        event: str,
        payload: Any,
        *,
        install: bool = False,
        files: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run the text of a workflow; without `install` the tests' own Python is used."""
        assert len(self.token) > _SHORTEST_TOKEN, "a short token masks its letters in every log"
        tree = self.folder / "tree"
        _write(tree / ".github/workflows/gate.yml", _as_served(workflow))
        for name, content in (files or {}).items():
            _write(tree / name, content)
        _commit(tree)
        for name, text in {
            "event.json": json.dumps(payload),
            "secrets": f"GITHUB_TOKEN={self.token}\n",
            "empty": "",
        }.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        command = self._command(event, tree, install=install)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=300, check=False, env=self._clean()
        )
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return Ran(done.returncode, events, done.stderr)

    def _command(self, event: str, tree: Path, *, install: bool) -> list[str]:
        empty = str(self.folder / "empty")
        given = {
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_API_URL": self.api,
            "GITHUB_SERVER_URL": self.api,
        }
        if not install:
            given["GATEWRIGHT_PYTHON"] = sys.executable
        served_from = {f"{SELF}@self": served(self.folder), **self.stubs}
        return [
            *(str(Path(sys.executable).parent / "act"), event, "--json", "-C", str(tree)),
            *("-W", ".github/workflows/gate.yml", "-e", str(self.folder / "event.json")),
            *("-P", "ubuntu-24.04=-self-hosted", "--no-cache-server", "--pull=false"),
            *("--secret-file", str(self.folder / "secrets"), "--env-file", empty),
            *("--var-file", empty, "--action-offline-mode"),
            *("--action-cache-path", str(self.folder / "cache")),
            *(f"--local-repository={name}={place}" for name, place in served_from.items()),
            *(f"--env={name}={value}" for name, value in given.items()),
        ]

    def _clean(self) -> dict[str, str]:
        """Start from almost nothing: host mode hands its own environment to every step."""
        kept = {name: os.environ[name] for name in CERTIFICATES if name in os.environ}
        path = os.environ.get("PATH", os.defpath)
        return {"PATH": path, "HOME": str(self.folder), "LANG": "C.UTF-8", **kept}


def _as_served(workflow: str) -> str:
    pinned = _REFERENCE.sub(rf"\1{SELF}\2@self", workflow)
    return _DOLLAR.sub(rf"\1{SELF}/\2@self", pinned)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _commit(tree: Path) -> None:
    git = ["git", "-C", str(tree), "-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "consumer"]):
        subprocess.run([*git, *words], check=True)
