"""A real Alertmanager sends its alerts to a real door, as the page on alerts configures it."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.prometheus import wait_for
from tests.web.test_alerts import TOKEN, database, known, url

__all__ = ["database", "url"]

PROGRAM = shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Alertmanager is not installed")
CONFIG = """\
route: {{receiver: gatewright, group_wait: 0s, group_interval: 1s, repeat_interval: 1s}}
receivers:
  - name: gatewright
    webhook_configs:
      - url: {url}/alerts/alertmanager/acme/widgets/production
        send_resolved: false
        http_config:
          authorization: {{credentials_file: {token}}}
"""


def a_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def is_ready(address: str) -> bool:
    try:
        return requests.get(f"{address}/-/ready", timeout=1).ok
    except requests.ConnectionError:
        return False


@contextmanager
def alertmanager(folder: Path, target: str) -> Iterator[str]:
    """Start the program with our door as its only receiver; gives its address."""
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    config = CONFIG.format(url=target, token=folder / "token")
    (folder / "config.yml").write_text(config, encoding="utf-8")
    port = a_port()
    process = subprocess.Popen(
        [
            str(PROGRAM),
            f"--config.file={folder / 'config.yml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: is_ready(address), "Alertmanager to be ready")
        yield address
    finally:
        process.terminate()
        process.wait(20)


def test_an_alert_arrives_once_although_it_is_repeated(tmp_path, url, database):
    arrived = []
    with alertmanager(tmp_path, url) as address:
        labels = {"alertname": "Down", "severity": "critical", "service": "shop"}
        began = datetime.now(UTC).isoformat()
        alert = {"labels": labels, "annotations": {"summary": "down"}, "startsAt": began}
        requests.post(f"{address}/api/v2/alerts", json=[alert], timeout=10).raise_for_status()
        wait_for(lambda: known(database), "the alert to arrive")
        numbers = f"{address}/metrics"
        sent = 'alertmanager_notifications_total{integration="webhook"} 2'
        wait_for(lambda: sent in requests.get(numbers, timeout=5).text, "its repetition")
        arrived += known(database)
    assert arrived == ["down"]
