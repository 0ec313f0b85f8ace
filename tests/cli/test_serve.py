"""`serve`, `sandbox` and `demo` as real processes, ended by SIGTERM."""

import json
import shlex
import socket
import subprocess
import time

import pytest
import requests
import structlog
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.cli.conftest import REPO, ROOT, gatewright
from tests.cli.programs import PATIENCE, program, until, words
from tests.sandbox.client import new_box
from tests.scan.fakes import github_token


@pytest.fixture
def box():
    """A GitHub in a box where ann may write and bob may approve."""
    with new_box() as made:
        for login in ("ann", "bob"):
            made.add_user(login)
        made.add_org("acme", {"ann": "member", "bob": "member"})
        made.add_repo(REPO, {"a.py": "a = 1\n"})
        for login in ("ann", "bob"):
            made.grant(REPO, login, "write")
        made.install_app("acme")
        yield made


def connection(box, folder, database: str | None = None) -> dict[str, str]:
    return {
        "GATEWRIGHT_APP_ID": str(box.app_id),
        "GATEWRIGHT_PRIVATE_KEY": box.app_key,
        "GATEWRIGHT_WEBHOOK_SECRET": box.webhook_secret,
        "GATEWRIGHT_GITHUB_API_URL": box.url,
        "GATEWRIGHT_GITHUB_URL": box.url,
        "GATEWRIGHT_DATABASE": database or f"sqlite:///{folder}/gatewright.db",
        "GATEWRIGHT_STATE_DIR": str(folder / "state"),
        "GATEWRIGHT_PORT": "0",
    }


def state(box, name: str = "merge") -> str:
    runs = box.check_runs(REPO, box.sha(REPO, "fix"))
    states = {run.name: run.conclusion or run.status for run in runs}
    return states.get(f"gatewright/{name}", "absent")


def open_pull_request(box, content: str = "a = 2\n"):
    box.commit(REPO, "fix", {"a.py": content}, author="ann")
    return box.open_pull_request(REPO, "fix", author="ann", title="fix: a")


def answer(url: str) -> tuple[int, dict]:
    found = requests.get(url, timeout=10)
    return found.status_code, found.json()


def is_a_log_line(line: str) -> bool:
    return line.startswith("gatewright: ") or "event" in json.loads(line)


@pytest.mark.slow
def test_serve_takes_deliveries_shows_checks_and_ends_in_order(box, tmp_path):
    settings = connection(box, tmp_path)
    token = github_token("served")
    with program(words("serve"), settings) as server:
        url = server.after("gatewright: listening on ")
        assert answer(f"{url}/healthz") == (200, {"status": "ok"})
        assert answer(f"{url}/readyz") == (200, {"status": "ready", "problems": {}})
        forged = requests.post(f"{url}/webhook", json={"zen": "x"}, timeout=10)
        assert forged.status_code >= 400
        box.webhook_url = f"{url}/webhook"
        open_pull_request(box, f'T = "{token}"\n')
        until("the checks", lambda: state(box) == "failure" and state(box, "ci") == "success")
        start = time.monotonic()
        assert server.end() == 0
        assert time.monotonic() - start < 15
    written = "".join(server.out + server.err)
    assert (server.out, server.err[-1]) == ([], "gatewright: stopping\n")
    assert [line for line in server.err if not is_a_log_line(line)] == []
    for secret in (token, box.webhook_secret, box.app_key.splitlines()[1], "ghs_"):
        assert secret not in written
    assert (tmp_path / "state/instance.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
@pytest.mark.postgres
def test_a_web_and_a_worker_share_the_work_on_postgresql(box, tmp_path, postgres_url):
    settings = connection(box, tmp_path, postgres_url)
    web, worker = words("serve", "--role", "web"), words("serve", "--role", "worker")
    with program(web, settings) as door, program(worker, settings) as hand:
        box.webhook_url = f"{door.after('gatewright: listening on ')}/webhook"
        pull = open_pull_request(box)
        box.review(REPO, pull, "bob")
        until("a green rollup", lambda: state(box) == "success")
        assert (hand.end(), door.end()) == (0, 0)
    assert hand.err[-1] == door.err[-1] == "gatewright: stopping\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Demo:
    """The sandbox's demonstration repository, seen over HTTP as GitHub shows it."""

    def __init__(self, url: str) -> None:
        self.repo = f"{url}/repos/acme/widgets"
        known = requests.get(f"{url}/_sandbox/connection", timeout=10).json()
        self.alice = {"Authorization": f"Bearer {known['tokens']['alice']}"}
        self.pull = self._get("/pulls/1")

    def _get(self, path: str):
        found = requests.get(self.repo + path, headers=self.alice, timeout=10)
        found.raise_for_status()
        return found.json()

    def merge_state(self) -> str:
        runs = self._get(f"/commits/{self.pull['head']['sha']}/check-runs")["check_runs"]
        states = {run["name"]: run["conclusion"] or run["status"] for run in runs}
        return states.get("gatewright/merge", "absent")

    def approve(self) -> None:
        body = {"event": "APPROVE", "commit_id": self.pull["head"]["sha"]}
        url = f"{self.repo}/pulls/1/reviews"
        requests.post(url, json=body, headers=self.alice, timeout=10).raise_for_status()


@pytest.mark.slow
def test_the_settings_that_the_sandbox_prints_connect_a_bot(tmp_path):
    port = free_port()
    where = ("--port", "0", "--webhook-url", f"http://127.0.0.1:{port}/webhook")
    with program(words("sandbox", *where), {}) as sandbox:
        url = sandbox.after("GitHub in a box at ").partition(";")[0]
        sandbox.after("export GATEWRIGHT_GITHUB_URL=")
        exports = "".join(sandbox.out[1:])
        serve = f"{exports}\nexec {shlex.join(words('serve'))}"
        own = {
            "GATEWRIGHT_DATABASE": f"sqlite:///{tmp_path}/gatewright.db",
            "GATEWRIGHT_STATE_DIR": str(tmp_path / "state"),
            "GATEWRIGHT_PORT": str(port),
        }
        with program(["sh", "-c", serve], own) as server:
            assert server.after("gatewright: listening on ") == f"http://127.0.0.1:{port}"
            demo = Demo(url)
            until("a check", lambda: demo.merge_state() == "in_progress")
            demo.approve()
            until("a green rollup", lambda: demo.merge_state() == "success")
            assert (server.end(), sandbox.end()) == (0, 0)


@pytest.mark.slow
def test_the_demo_goes_from_red_to_green_and_proves_its_record():
    done = subprocess.run(
        words("demo"), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    states = [word for word in ("failure", "success", "in_progress") if word in done.stdout]
    assert states == ["failure", "success", "in_progress"]
    assert "Rollback of `dev`: succeeded" in done.stdout
    record = done.stdout[done.stdout.index("7. Everything stands in the record") :]
    assert ": 0 flaws" not in record
    assert "entries, sound" in record
    counted = next(line.split() for line in record.splitlines() if "recomputed byte for" in line)
    assert counted[0] == counted[2] != "0"
    assert done.stdout.rstrip().endswith("Next: docs/install.md")


# What stops a server before it serves


def test_serve_names_the_settings_that_are_missing(monkeypatch):
    everything = "GATEWRIGHT_APP_ID and GATEWRIGHT_PRIVATE_KEY and GATEWRIGHT_WEBHOOK_SECRET"
    assert gatewright("serve").complaint.startswith(f"{everything} must be set: ")
    monkeypatch.setenv("GATEWRIGHT_APP_ID", "1")
    monkeypatch.setenv("GATEWRIGHT_PRIVATE_KEY", "-----BEGIN")
    complaint = gatewright("serve").complaint
    assert complaint.startswith("GATEWRIGHT_WEBHOOK_SECRET must be set: ")


@pytest.fixture
def ready(database, monkeypatch, tmp_path):
    """Settings with which a server could start."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    monkeypatch.setenv("GATEWRIGHT_APP_ID", "1")
    monkeypatch.setenv("GATEWRIGHT_PRIVATE_KEY", pem.decode())
    monkeypatch.setenv("GATEWRIGHT_WEBHOOK_SECRET", "secret")
    monkeypatch.setenv("GATEWRIGHT_STATE_DIR", str(tmp_path / "state"))
    before = structlog.get_config()
    yield monkeypatch
    structlog.configure(**before)


def test_a_port_that_is_taken_is_named(box, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = connection(box, tmp_path) | {"GATEWRIGHT_PORT": port}
        with (
            program(words("serve", "--role", "web"), settings) as server,
            program(words("sandbox", "--port", port), {}) as sandbox,
        ):
            why = server.after(f"gatewright: cannot listen on 127.0.0.1:{port}: ")
            too = sandbox.after(f"gatewright: cannot start a sandbox on port {port}: ")
            assert (server.process.wait(PATIENCE), sandbox.process.wait(PATIENCE)) == (2, 2)
    assert "Address already in use" in why
    assert "Address already in use" in too


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("GATEWRIGHT_HOST", "no such host.invalid", "cannot listen on no such host.invalid:"),
        ("GATEWRIGHT_PRIVATE_KEY", "-----BEGIN planted", "private key is not a PEM key"),
        ("GATEWRIGHT_PRIVATE_KEY", "/planted", "GATEWRIGHT_PRIVATE_KEY names a file that cannot"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_but_not_shown(ready, name, value, reason):
    ready.setenv(name, value)
    complaint = gatewright("serve", "--role", "web").complaint
    assert reason in complaint
    assert "planted" not in complaint
