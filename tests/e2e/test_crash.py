"""Workers are killed at random points: nothing is lost, doubled, or decided differently."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from http import HTTPStatus

import pytest

from app.audit.leaf import decode
from app.audit.verify import entries, log_ids, verify
from app.engine.durable import prepare
from app.scan.pool import ScannerPool
from app.store import subjects, verdicts
from app.store.database import Database
from app.store.migrate import migrate
from app.web.serving import serving
from app.wiring import Parts
from tests.bot import running_bot, settings_for
from tests.sandbox.client import new_box
from tests.service.test_sync import order

REPO = "acme/widgets"
PULLS = 12
KILLS = 30
EVALUATIONS = 200

pytestmark = [pytest.mark.slow, pytest.mark.scenario, pytest.mark.timeout(280)]


@contextmanager
def nursery(settings):
    """Start the maker of workers with these settings in its environment."""
    environment = {
        **os.environ,
        "GATEWRIGHT_APP_ID": settings.app_id,
        "GATEWRIGHT_PRIVATE_KEY": settings.private_key_pem,
        "GATEWRIGHT_WEBHOOK_SECRET": settings.webhook_secret.get_secret_value(),
        "GATEWRIGHT_DATABASE": settings.database,
        "GATEWRIGHT_STATE_DIR": str(settings.state_dir),
        "GATEWRIGHT_GITHUB_API_URL": settings.github_api_url,
        "GATEWRIGHT_GITHUB_URL": settings.github_url,
    }
    command = [sys.executable, "-m", "tests.e2e.nursery"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def new_worker(process) -> int:
    process.stdin.write("one\n")
    process.stdin.flush()
    return int(process.stdout.readline())


@pytest.fixture
def box():
    with new_box() as made:
        for login in ("ann", "bob", "carol"):
            made.add_user(login)
        made.add_org("acme", {"ann": "member", "bob": "member", "carol": "admin"})
        made.add_repo(REPO, {f"src/{number}.py": "x = 1\n" for number in range(PULLS)})
        for login in ("ann", "bob"):
            made.grant(REPO, login, "write")
        yield made


def disturb(box, pulls, dice) -> None:
    """Let something happen to a random pull request."""
    number = dice.randrange(PULLS)
    what = dice.choice(["push", "approve", "object", "comment", "label"])
    pull = pulls[number]
    if what == "push":
        files = {f"src/{number}.py": f"x = {dice.random()}\n"}
        box.commit(REPO, f"fix{number}", files, author="ann")
    elif what == "label":
        box.set_labels(REPO, pull.number, [f"l{dice.randrange(9)}"], "ann")
    else:
        event = {"approve": "APPROVE", "object": "REQUEST_CHANGES"}.get(what, "COMMENT")
        box.review(REPO, pull, "bob", event)


def until(what: str, is_so, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        pause.wait(0.05)


def evaluations(parts) -> int:
    """Count the evaluations of pull requests that were begun."""
    query = "SELECT coalesce(sum(epoch), 0) FROM subject WHERE kind = 'pull_request'"
    with parts.database.read() as connection:
        return int(connection.exec_driver_sql(query).scalar_one())


def is_quiet(parts) -> bool:
    with parts.database.read() as connection:
        found = subjects.standings(connection)
    return all(each.state == "sleeping" for each in found)


def log_of(parts) -> list[dict]:
    with parts.database.read() as connection:
        return [
            decode(leaf)
            for log_id in log_ids(connection)
            for _, leaf, _ in entries(connection, log_id)
        ]


def outcomes(parts, numbers) -> dict[int, tuple]:
    with parts.database.read() as connection:
        found = verdicts.current(connection, repository_id(parts), numbers)
    return {number: (each.head_sha, each.gates) for number, each in found.items()}


def repository_id(parts) -> int:
    with parts.database.read() as connection:
        return verdicts.newest(connection, 1)[0].repository_id


def kill_and_disturb(process, parts, box, pulls) -> int:
    """Kill workers at random points of their work; return how many evaluations were begun."""
    dice = random.Random(7)
    pause = threading.Event()
    kills = 0
    while kills < KILLS or evaluations(parts) < EVALUATIONS:
        before = evaluations(parts)
        worker = new_worker(process)
        for _ in range(PULLS):
            disturb(box, pulls, dice)
        until("a worker to begin", lambda start=before: evaluations(parts) > start)
        pause.wait(dice.uniform(0, 0.7))
        with suppress(ProcessLookupError):
            os.killpg(worker, signal.SIGKILL)
        kills += 1
    return evaluations(parts)


def test_killed_workers_lose_double_and_change_nothing(box, database_url, tmp_path):
    database = Database.open(database_url)
    settings = settings_for(box, database_url, tmp_path, share=50)
    parts = Parts.build(settings)
    with serving(parts.web(box.app_id)) as url, nursery(settings) as process:
        box.webhook_url = f"{url}/webhook"
        box.install_app("acme")
        pulls = open_pulls(box)
        assert kill_and_disturb(process, parts, box, pulls) >= EVALUATIONS
        box.wait_idle(60)
        new_worker(process)
        until("all work to be done", lambda: is_quiet(parts))
        check_deliveries(box, database)
        check_record(parts)
        check_runs(box, pulls)
        check_same_as_undisturbed(box, parts, pulls, tmp_path)
    parts.close()
    database.close()


def open_pulls(box):
    for number in range(PULLS):
        box.commit(REPO, f"fix{number}", {f"src/{number}.py": "x = 2\n"}, author="ann")
    return [
        box.open_pull_request(REPO, f"fix{number}", author="ann", title=f"fix: {number}")
        for number in range(PULLS)
    ]


def check_deliveries(box, database) -> None:
    """Every delivery that was answered with 2xx stands in the ledger."""
    accepted = {each.guid for each in box.deliveries if each.status_code == HTTPStatus.ACCEPTED}
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT guid FROM delivery").scalars()
        assert accepted <= set(rows)


def check_record(parts) -> None:
    """Every verdict has its entry, every posted run an earlier intent, and the chain is sound."""
    log = log_of(parts)
    issued = {entry["verdict"] for entry in log if entry["type"] == "verdict.issued"}
    with parts.database.read() as connection:
        recorded = {each.id for each in verdicts.newest(connection, 10_000)}
        flaws = [verify(connection, log_id).flaws for log_id in log_ids(connection)]
    intents = set()
    for entry in log:
        key = (entry.get("check"), entry.get("rev"), entry.get("ref"))
        if entry["type"] == "check_run.intent":
            intents.add(key)
        if entry["type"] == "check_run.posted":
            assert key in intents
    assert recorded == issued
    assert set(flaws) == {()}


def check_runs(box, pulls) -> None:
    """No run exists twice, and what stands on each head is complete."""
    for number in range(PULLS):
        runs = box.check_runs(REPO, box.sha(REPO, f"fix{number}"))
        counts = Counter(run.external_id for run in runs)
        twice = [each for each, count in counts.items() if count > 1]
        assert twice == []
        assert {run.name for run in runs} >= {"gatewright/merge", "gatewright/approval"}


def check_same_as_undisturbed(box, parts, pulls, folder) -> None:
    """A bot that nobody killed comes to the same verdicts on the same world."""
    numbers = [pull.number for pull in pulls]
    disturbed = outcomes(parts, numbers)
    fresh = Database.open(f"sqlite:///{folder}/fresh.db")
    with ScannerPool(b"another key") as scanners:
        prepared(fresh)
        with running_bot(box, fresh, folder / "fresh", scanners, share=50) as bot:
            order(bot)
            undisturbed = outcomes(bot.parts, numbers)
    fresh.close()
    assert len(disturbed) == PULLS
    assert disturbed == undisturbed


def prepared(database: Database) -> None:
    migrate(database)
    prepare(database)
