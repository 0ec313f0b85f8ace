"""The stage of the demo: a sandbox, a bot with its worker, and a way to wait for verdicts."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import GatewrightError
from app.sandbox.box import Sandbox
from app.sandbox.world.checks import CheckRun
from app.settings import Settings, load_settings
from app.store import subjects
from app.web.serving import serving
from app.wiring import Parts, Worker

REPOSITORY = "acme/widgets"
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A running sandbox and a running bot."""

    box: Sandbox
    parts: Parts
    settings: Settings
    url: str

    def checks(self, sha: str) -> dict[str, CheckRun]:
        """Return the newest of each of our check runs on a commit, the rollup first."""
        newest: dict[str, CheckRun] = {}
        for run in self.box.check_runs(REPOSITORY, sha):
            newest[run.name] = run
        return {name: newest[name] for name in sorted(newest, key=_rollup_first)}

    def rollup(self, sha: str) -> str:
        """Return what the required check says: a conclusion, or that it is in progress."""
        run = self.checks(sha).get("gatewright/merge")
        return "absent" if run is None else run.conclusion or run.status

    def wait(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait until every webhook is answered, all work is done and something is so."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        pause = threading.Event()
        while time.monotonic() < deadline:
            self.box.wait_idle()
            if self._is_quiet() and is_so():
                return
            pause.wait(0.05)
        raise GatewrightError(f"the demo waited {_PATIENCE_SECONDS:.0f} s in vain for {what}")

    def _is_quiet(self) -> bool:
        with self.parts.database.read() as connection:
            found = subjects.standings(connection)
        return all(each.state in ("done", "sleeping") for each in found)


def _rollup_first(name: str) -> tuple[bool, str]:
    return (name != "gatewright/merge", name)


def _settings(box: Sandbox, folder: Path) -> Settings:
    return load_settings(
        app_id=str(box.app_id),
        private_key=box.app_key,
        webhook_secret=box.webhook_secret,
        database=f"sqlite:///{folder}/gatewright.db",
        state_dir=folder / "state",
        github_api_url=box.url,
        github_url=box.url,
        log_format="text",
    )


@contextmanager
def _working(parts: Parts) -> Iterator[None]:
    worker: Worker = parts.worker(parts.github())
    worker.start()
    try:
        yield
    finally:
        worker.stop()


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Start everything in a temporary folder and take it all away at the end."""
    with tempfile.TemporaryDirectory(prefix="gatewright-demo-") as name, Sandbox() as box:
        settings = _settings(box, Path(name))
        parts = Parts.build(settings)
        try:
            with _working(parts), serving(parts.web(box.app_id)) as url:
                box.webhook_url = f"{url}/webhook"
                yield Stage(box, parts, settings, url)
        finally:
            parts.close()
