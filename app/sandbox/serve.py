"""Starting a sandbox of its own, for demonstrations and other processes."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.errors import SettingsError
from app.sandbox.box import Sandbox, Setup
from app.sandbox.connection import describe
from app.sandbox.http.server import HOST
from app.sandbox.seed import DEMO, plant

CONNECTION_FILE = "sandbox.json"
KEY_FILE = "sandbox-app.pem"


def serve(
    port: int = 0,
    webhook_url: str = "",
    state_dir: Path | None = None,
    seed: Mapping[str, Any] | None = None,
    host: str = HOST,
) -> Sandbox:
    """Start a sandbox with the demonstration seed, or another; `wait()` then `stop()` it.

    With a state directory the connection and the App's key are written there for other
    processes, readable by the owner alone; the repositories live there until the stop.
    """
    if host not in {HOST, "localhost"}:
        raise SettingsError(f"the sandbox serves on {HOST} only, not on {host}")
    if state_dir is not None:
        state_dir.mkdir(parents=True, exist_ok=True)
    box = Sandbox(Setup(webhook_url=webhook_url, parent_directory=state_dir)).start(port)
    plant(box, DEMO if seed is None else seed)
    if state_dir is not None:
        _write_secret(state_dir / CONNECTION_FILE, json.dumps(describe(box), indent=2) + "\n")
        _write_secret(state_dir / KEY_FILE, box.app_key)
    return box


def _write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "w") as file:
        file.write(text)
