"""Webhook intake with commit, beside a Probot handler that does nothing."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.bench.load import Outcome, Target, saturate
from tests.bench.load import steady as send_steadily

NODE = Path(__file__).parents[1] / "contract" / "node"
SECRET = "bench secret"
ROUNDS = 5
SECONDS = 3.0


def _key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, plain).decode()


def _body() -> bytes:
    """Return a pull request payload of 25 kB."""
    side = {"ref": "main", "sha": "a" * 40, "repo": {"id": 1}}
    payload = {
        "action": "synchronize",
        "number": 7,
        "pull_request": {"number": 7, "state": "open", "head": side, "base": side, "merged": False},
        "repository": {"id": 1, "full_name": "acme/widgets", "owner": {"id": 9, "login": "acme"}},
        "installation": {"id": 1},
        "sender": {"id": 1, "login": "ann", "type": "User"},
        "filler": "x",
    }
    missing = 25_000 - len(json.dumps(payload))
    payload["filler"] = ("some words of a long description " * 1000)[:missing]
    return json.dumps(payload).encode()


@contextmanager
def _program(
    command: list[str], environment: dict[str, str], cwd: Path, *, logs_to: str
) -> Iterator[int]:
    """Run a server that prints its port on the stream that its logs do not use."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, logs_to: subprocess.DEVNULL}
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, cwd=cwd, text=True, **streams
    )
    try:
        yield int((process.stdout or process.stderr).readline())
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def gatewright(folder: Path, key: str, url: str | None = None) -> Iterator[int]:
    """Serve the web role in a process of its own."""
    environment = {
        "GATEWRIGHT_APP_ID": "1",
        "GATEWRIGHT_PRIVATE_KEY": key,
        "GATEWRIGHT_WEBHOOK_SECRET": SECRET,
        "GATEWRIGHT_DATABASE": url or f"sqlite:///{folder}/bench.db",
        "GATEWRIGHT_STATE_DIR": str(folder / "state"),
    }
    command = [sys.executable, "-m", "tests.bench.server"]
    with _program(command, environment, Path(__file__).parents[2], logs_to="stderr") as port:
        yield port


@contextmanager
def probot(key: str) -> Iterator[int]:
    """Serve the peer; node finds its packages beside the script, so the script goes there."""
    script = NODE / "bench-probot.mjs"
    shutil.copyfile(Path(__file__).with_name("probot.mjs"), script)
    try:
        environment = {"BENCH_KEY": key, "BENCH_SECRET": SECRET}
        with _program(["node", script.name], environment, NODE, logs_to="stdout") as port:
            yield port
    finally:
        script.unlink()


def _target(port: int) -> Target:
    return Target(port, "/webhook", SECRET.encode(), _body())


def _row(name: str, found: Outcome) -> str:
    return (
        f"{name:<12} {found.rate:8.0f}/s  p50 {found.p50:6.1f} ms  p99 {found.p99:6.1f} ms  "
        f"worst {found.worst:6.0f} ms  refused {found.refused}"
    )


def beside_probot() -> None:
    """Print interleaved rounds and the ratio of rates, ours to the peer's."""
    if shutil.which("node") is None or not (NODE / "node_modules").exists():
        print("skipped: Node or its packages are absent")
        return
    key = _key()
    with (
        tempfile.TemporaryDirectory() as name,
        gatewright(Path(name), key) as ours,
        probot(key) as theirs,
    ):
        for port in (ours, theirs):
            saturate(_target(port), 1.0)
        ratios = []
        for number in range(ROUNDS):
            a, b = saturate(_target(ours), SECONDS), saturate(_target(theirs), SECONDS)
            ratios.append(a.rate / b.rate)
            print(f"round {number + 1}: ratio {ratios[-1]:.2f}")
            print("  " + _row("gatewright", a))
            print("  " + _row("probot", b))
    low, high = min(ratios), max(ratios)
    print(
        f"ratio to a Probot no-op: median {statistics.median(ratios):.2f} ({low:.2f}..{high:.2f})"
    )


def steady() -> None:
    """Print latencies at a steady hundred deliveries a second, every one committed."""
    key = _key()
    with tempfile.TemporaryDirectory() as name, gatewright(Path(name), key) as ours:
        saturate(_target(ours), 1.0)
        for _ in range(2):
            print(_row("100/s", send_steadily(_target(ours), 100, 8.0)))
