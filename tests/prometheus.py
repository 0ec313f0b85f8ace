"""A real Prometheus on loopback for tests, what it scrapes, and a past that it is given at once."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

import pytest
import requests

_PATIENCE = 20
_PAUSE = 0.02
_CONFIG = """\
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs: [{{job_name: app, static_configs: [{{targets: [{targets}]}}]}}]
"""
T = TypeVar("T")
Past = Mapping[str, Iterable[tuple[datetime, float]]]


def wait_for(look: Callable[[], T | None], what: str) -> T:
    """Return what `look` gives as soon as it gives something; fail after a deadline."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(_PAUSE)
    raise AssertionError(f"waited {_PATIENCE} s for {what}")


@dataclass
class Exporter:
    """A service that tells its numbers; a test degrades it by changing them."""

    address: str = ""
    numbers: dict[str, float | str] = field(default_factory=dict)

    def text(self) -> str:
        return "".join(f"{series} {value}\n" for series, value in self.numbers.items())


@contextmanager
def exporting() -> Iterator[Exporter]:
    """Serve an exporter on loopback."""
    made = Exporter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = made.text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the test's output is the test's."""

    with serving(Handler) as address:
        made.address = address
        yield made


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve a handler on loopback; gives host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def prometheus(
    folder: Path,
    exporters: Iterable[Exporter] = (),
    past: Past | None = None,
    address: str | None = None,
) -> Iterator[str]:
    """Run a Prometheus that scrapes the exporters and knows the past; gives its URL."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("no Prometheus: install Debian's package `prometheus`")
    folder.mkdir(exist_ok=True)
    data = folder / "data"
    if past:
        _remember(folder, data, past)
    config = folder / "prometheus.yml"
    targets = ", ".join(f'"{each.address}"' for each in exporters)
    config.write_text(_CONFIG.format(targets=targets), encoding="utf-8")
    address = address or free_address()
    said = (folder / "said").open("wb")
    flags = (f"--config.file={config}", f"--storage.tsdb.path={data}", "--log.level=error")
    with subprocess.Popen(
        [program, *flags, f"--web.listen-address={address}"], stdout=said, stderr=said
    ) as process:
        try:
            wait_for(lambda: _is_ready(address, process, folder / "said"), "Prometheus to be ready")
            yield f"http://{address}"
        finally:
            process.kill()
            said.close()


def _is_ready(address: str, process: subprocess.Popen[bytes], said: Path) -> bool:
    assert process.poll() is None, said.read_text(encoding="utf-8")
    try:
        return requests.get(f"http://{address}/-/ready", timeout=1).ok
    except requests.ConnectionError:
        return False


def _remember(folder: Path, data: Path, past: Past) -> None:
    """Write the past as blocks: minutes of samples without living through them."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("no promtool: install Debian's package `prometheus`")
    by_name: dict[str, list[str]] = {}
    for series, values in past.items():
        lines = [f"{series} {value} {at.timestamp():.3f}\n" for at, value in values]
        by_name.setdefault(series.partition("{")[0], []).extend(lines)
    text = "".join(
        f"# TYPE {name} unknown\n{''.join(lines)}" for name, lines in sorted(by_name.items())
    )
    file = folder / "past.txt"
    file.write_text(f"{text}# EOF\n", encoding="utf-8")
    command = [program, "tsdb", "create-blocks-from", "openmetrics", "--quiet", file, data]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def free_address() -> str:
    """Return host and port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{found.getsockname()[1]}"
