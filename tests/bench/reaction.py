"""From a comment to the first reaction on it: a whole bot beside a sandbox, on its real queue."""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.sandbox.box import Sandbox
from app.web.serving import serving
from app.wiring import Parts
from tests.bot import settings_for

REPO = "acme/widgets"
POLICY = """\
version: 1
deployments:
  environments:
    - {name: dev, tier: development, workflow: deploy.yml, peer_review: false}
"""
WORKFLOW = "on: workflow_dispatch\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"
_COUNT = 40
_CROWD = 20
_STEP = 0.001
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Place:
    """A pull request of a sandbox that a running bot listens to."""

    box: Sandbox
    number: int

    def push(self, number: int) -> None:
        """Move the head, so that the bot's copy of the repository is behind."""
        self.box.commit(REPO, "fix", {"src/0.py": f"x = {number}\n"}, author="ann")

    def crowd(self, number: int) -> None:
        """Move twenty heads at once, which asks for as many evaluations."""
        for branch in range(_CROWD):
            files = {"src/1.py": f"y = {number}\n"}
            self.box.commit(REPO, f"other{branch}", files, author="ann")

    def reaction(self, who: str, line: str) -> float:
        """Comment, and return after how many seconds somebody could see a reaction."""
        pause, start = threading.Event(), time.perf_counter()
        made = self.box.comment(REPO, self.number, who, line)
        while not made.reactions:
            if time.perf_counter() - start > _PATIENCE:
                raise TimeoutError(f"no reaction to {line}")
            pause.wait(_STEP)
        return time.perf_counter() - start


def reactions() -> None:
    """Print how long people wait for a sign that their command was seen."""
    with _place() as place:
        _measure(place, "a question", "/whoami", lambda _: None)
        _measure(place, "a question right after a push", "/whoami", place.push)
        _measure(place, "a deployment in dry run", "/deploy dev --dry-run", lambda _: None)
        _measure(place, "behind twenty evaluations", "/whoami", place.crowd, 20)


def _measure(
    place: Place, what: str, line: str, before: Callable[[int], None], count: int = _COUNT
) -> None:
    times = []
    for number in range(count):
        before(number)
        times.append(place.reaction("bob", line))
        place.box.wait_idle(_PATIENCE)
    times.sort()
    p50, p99 = statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000
    print(f"{what:<32} first reaction p50 {p50:4.0f} ms, p99 {p99:4.0f} ms (n={len(times)})")


@contextmanager
def _place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as name, Sandbox() as box:
        folder = Path(name)
        _world(box)
        settings = settings_for(box, f"sqlite:///{folder}/bench.db", folder)
        parts = Parts.build(settings)
        with serving(parts.web(box.app_id)) as url:
            box.webhook_url = f"{url}/webhook"
            box.install_app("acme")
            worker = parts.worker(parts.github())
            worker.start()
            place = Place(box, _open(box))
            place.reaction("bob", "/whoami")
            yield place
            worker.stop()
        parts.close()


def _world(box: Sandbox) -> None:
    for login in ("ann", "bob"):
        box.add_user(login)
    box.add_org("acme", {"ann": "member", "bob": "member"})
    files = {f"src/{number}.py": "x = 1\n" * 50 for number in range(40)}
    given = {".github/gatewright.yml": POLICY, ".github/workflows/deploy.yml": WORKFLOW}
    box.add_repo(REPO, {**files, **given})
    box.add_environment(REPO, "dev")
    for login in ("ann", "bob"):
        box.grant(REPO, login, "write")


def _open(box: Sandbox) -> int:
    box.commit(REPO, "fix", {"src/0.py": "x = 2\n"}, author="ann")
    number = box.open_pull_request(REPO, "fix", author="ann", title="fix: x").number
    for branch in range(_CROWD):
        box.commit(REPO, f"other{branch}", {"src/1.py": "y = 0\n"}, author="ann")
        box.open_pull_request(REPO, f"other{branch}", author="ann", title="fix: y")
    box.wait_idle(60)
    return number
