"""The bot beside `emulate`, a GitHub that others wrote: App login, webhooks, checks, merge.

The emulator serves no git, lists no files of a pull request and lacks the routes of
`MISSING`. What a person sees is therefore mostly that something could not be evaluated, and why;
`AFTER_…` state it word for word, so that a better emulator or reader shows at once.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa

from app.audit.log import AuditLog
from app.changes.mirror import Mirror
from app.engine.runner import Runner
from app.engine.scheduler import Scheduler
from app.errors import ForbiddenError
from app.inspection import Inspector
from app.ports import InstallationSeen
from app.scan.pool import ScannerPool
from app.service.record import Recorder
from app.settings import Settings, load_settings
from app.store.database import Database
from app.store.tables import delivery, log_entry
from app.web.serving import serving
from app.wiring import Parts, use_cases, utc_now
from tests.bot import ListQueue
from tests.contract import emulator
from tests.contract.emulator import APP_ID, INSTALLATION_ID, REPO, SECRET, Emulator

T = TypeVar("T")

pytestmark = pytest.mark.node

MISSING = ("commits/{sha}/pulls", "commits/{sha}/statuses", "issues/1/events")
AFTER_OPENING = {
    "merge": ("failure", "Could not evaluate: `siblings` could not be read in full"),
    "ci": ("success", "Not required: the policy names no check"),
    "compliance": ("failure", "Could not evaluate: `changes` could not be read in full"),
    "secrets": (
        "failure",
        "Could not evaluate: `changes`, `secrets` could not be read in full",
    ),
    "approval": ("failure", "Could not evaluate: `history` could not be read in full"),
    "freshness": ("success", "Up to date with `main`"),
}
AFTER_MAIN_MOVED = {
    **AFTER_OPENING,
    "merge": ("failure", "Blocked by freshness (1 of 5 gates pass)"),
    "freshness": ("failure", "1 commit behind `main`"),
}


@dataclass
class Scene:
    """The emulator, the bot's parts, and a hand that does the bot's work."""

    emulator: Emulator
    parts: Parts
    queue: ListQueue
    runner: Runner

    def until(self, expected: T, look: Callable[[], T]) -> None:
        """Work on what comes in until something is seen; webhooks come when they come."""
        ends = time.monotonic() + 30
        while (found := look()) != expected:
            key = self.queue.pop()
            if key is not None:
                assert self.runner.run(key) == "done"
            elif time.monotonic() > ends:
                assert found == expected, self.events()
            else:
                time.sleep(0.02)

    def events(self) -> list[str]:
        """Return the names of the deliveries that are stored."""
        with self.parts.database.read() as connection:
            found = connection.execute(sa.select(delivery.c.event, delivery.c.action))
            return [f"{event}.{action}" if action else event for event, action in found]

    def log(self) -> list[str]:
        """Return what is on record."""
        with self.parts.database.read() as connection:
            leaves = connection.execute(sa.select(log_entry.c.leaf)).scalars()
            return [json.loads(leaf)["type"] for leaf in leaves]

    def seen(self, sha: str) -> dict[str, tuple[str, str]]:
        """Return what a person sees on a commit: conclusion and title of each check."""
        checks = self.emulator.checks(sha)
        return {
            name: (run["conclusion"] or run["status"], run["output"]["title"])
            for name, run in checks.items()
        }


def settings_for(port: int, key: str, folder: Path, database_url: str) -> Settings:
    url = f"http://127.0.0.1:{port}"
    return load_settings(
        app_id=str(APP_ID),
        private_key=key,
        webhook_secret=SECRET,
        database=database_url,
        state_dir=folder / "state",
        github_api_url=url,
        github_url=url,
    )


@pytest.fixture(scope="module")
def scene(sqlite_template, tmp_path_factory) -> Iterator[Scene]:
    emulator.node(emulator.PACKAGE)
    folder = tmp_path_factory.mktemp("emulator")
    file, key, port = folder / "gatewright.db", emulator.new_key(), emulator.free_port()
    file.write_bytes(sqlite_template.read_bytes())
    settings = settings_for(port, key, folder, f"sqlite:///{file}")
    database, queue = Database.open(settings.database), ListQueue()
    scheduler = Scheduler(queue, utc_now)
    parts = Parts(settings, database, queue, scheduler, AuditLog("gw.test"))
    scanners = ScannerPool(b"a key of this test only", 1)
    inspector = Inspector(Mirror(folder / "repositories"), scanners, ("http",))
    recorder = Recorder(parts.log, utc_now)
    cases = use_cases(parts, parts.github(), inspector, recorder)
    runner = Runner(
        database, scheduler, cases.handlers(), recorder.failed, utc_now, cases.show_failure
    )
    with (
        serving(parts.web(APP_ID)) as url,
        emulator.running(port, key, f"{url}/webhook", folder) as running,
    ):
        yield Scene(running, parts, queue, runner)
    scanners.close()
    database.close()


def test_the_app_logs_in_with_its_key(scene):
    github = scene.parts.github()
    (installation,) = github.installations()
    assert (installation.id, installation.account_login) == (INSTALLATION_ID, "acme")
    assert isinstance(installation, InstallationSeen)
    assert github.granted(INSTALLATION_ID) == emulator.PERMISSIONS


def test_another_key_is_refused(scene, tmp_path):
    port = int(scene.emulator.url.rpartition(":")[2])
    settings = settings_for(port, emulator.new_key(), tmp_path, scene.parts.settings.database)
    parts = Parts(settings, scene.parts.database, scene.queue, scene.parts.scheduler, AuditLog("x"))
    with pytest.raises(ForbiddenError) as refused:
        list(parts.github().installations())
    assert refused.value.status == 401


def test_a_pull_request_from_opening_to_merge(scene):
    hub = scene.emulator
    hub.call("ann", "PUT", f"/repos/{REPO}/collaborators/bob", {"permission": "push"})
    hub.branch("bob", "fix")
    hub.commit("bob", "fix", "a.txt", "a\n")
    pull = hub.open_pull_request("bob", "fix", "fix: a")
    head = pull["head"]["sha"]

    scene.until(AFTER_OPENING, lambda: scene.seen(head))
    assert "pull_request.opened" in scene.events()
    summaries = {name: run["output"]["summary"] for name, run in hub.checks(head).items()}
    assert "git cannot read the repository" in summaries["secrets"]
    assert "404 to GET /repos/acme/widgets/issues/1/events" in summaries["approval"]

    hub.call("ann", "POST", f"/repos/{REPO}/pulls/1/reviews", {"event": "APPROVE"})
    scene.until(1, lambda: scene.events().count("pull_request_review.submitted"))
    hub.commit("ann", "main", "b.txt", "b\n")
    scene.until(AFTER_MAIN_MOVED, lambda: scene.seen(head))

    hub.call("ann", "PUT", f"/repos/{REPO}/pulls/1/merge", {})
    scene.until(1, lambda: scene.log().count("merge.observed"))
    assert hub.call("ann", "GET", f"/repos/{REPO}/pulls/1")["merged"] is True
    assert scene.log().count("verdict.issued") >= 2


def test_every_delivery_of_the_emulator_was_believed(scene):
    """The emulator signs by its own code; one refused signature would be counted."""
    (family,) = scene.parts.metrics.refused.collect()
    assert family.samples == []
    assert scene.events() != []


@pytest.mark.parametrize("route", MISSING)
def test_the_emulator_still_lacks_what_holds_the_scenario_back(scene, route):
    """When this fails the emulator has grown: let the scenario say more."""
    path = f"/repos/{REPO}/{route.format(sha='0' * 40)}"
    with pytest.raises(AssertionError, match="404"):
        scene.emulator.call("ann", "GET", path)
