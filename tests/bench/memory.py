"""Memory of an idle service: web, worker and scanner together."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from app.sandbox.box import Sandbox
from tests.bot import settings_for


def _pss(pid: int) -> float:
    """Return the proportional set size of a process in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [
        int(each)
        for task in listed.parents[1].iterdir()
        for each in (task / "children").read_text().split()
    ]


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def idle() -> None:
    """Print memory and processor time of `gatewright serve` while nothing happens."""
    with tempfile.TemporaryDirectory() as name, Sandbox() as box:
        settings = settings_for(box, f"sqlite:///{name}/x.db", Path(name))
        environment = {
            **os.environ,
            "GATEWRIGHT_APP_ID": settings.app_id,
            "GATEWRIGHT_PRIVATE_KEY": settings.private_key_pem,
            "GATEWRIGHT_WEBHOOK_SECRET": "x",
            "GATEWRIGHT_DATABASE": settings.database,
            "GATEWRIGHT_STATE_DIR": str(settings.state_dir),
            "GATEWRIGHT_GITHUB_API_URL": box.url,
            "GATEWRIGHT_GITHUB_URL": box.url,
            "GATEWRIGHT_PORT": "0",
        }
        command = [sys.executable, "-m", "app", "serve"]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "listening" in line:
                break
        threading.Event().wait(8)
        before = _ticks(process.pid)
        threading.Event().wait(10)
        busy = (_ticks(process.pid) - before) / os.sysconf("SC_CLK_TCK") / 10
        main, scanners = _pss(process.pid), sum(map(_pss, _children(process.pid)))
        process.terminate()
        process.wait(20)
        process.stderr.close()
    print(
        f"idle: {main + scanners:.0f} MB ({main:.0f} service, {scanners:.0f} scanner), "
        f"{busy:.1%} of a core"
    )
