"""Evaluations beside a sandbox: our own time, calls to GitHub, and how many a second."""

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.changes.mirror import Mirror
from app.engine.durable import prepare
from app.github.client import Client
from app.sandbox.box import Sandbox
from app.scan.pool import ScannerPool
from app.store.database import Database
from app.store.migrate import migrate
from app.web.serving import serving
from app.wiring import Parts
from tests.bot import Bot, running_bot, settings_for

REPO = "acme/widgets"
POLICY = "version: 1\ngates:\n  ci:\n    required: [{name: unit, app: github-actions}]\n"


class Stopwatch:
    """Adds up the time spent in functions that wait for GitHub."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, owner: type, name: str) -> None:
        """Measure a method from now on."""
        original = getattr(owner, name)

        def measured(*arguments, **more):
            start = time.perf_counter()
            try:
                return original(*arguments, **more)
            finally:
                self.seconds += time.perf_counter() - start

        setattr(owner, name, measured)


def _world(box: Sandbox) -> None:
    for login in ("ann", "bob", "carol"):
        box.add_user(login)
    box.add_org("acme", {"ann": "member", "bob": "member", "carol": "admin"})
    files = {f"src/{number}.py": "x = 1\n" * 50 for number in range(40)}
    box.add_repo(REPO, {**files, ".github/gatewright.yml": POLICY})
    for login in ("ann", "bob"):
        box.grant(REPO, login, "write")


def _prepared(folder: Path) -> Database:
    database = Database.open(f"sqlite:///{folder}/bench.db")
    migrate(database)
    prepare(database)
    return database


@contextmanager
def _stage() -> Iterator[Bot]:
    with tempfile.TemporaryDirectory() as name, Sandbox() as box, ScannerPool(b"bench") as pool:
        folder = Path(name)
        _world(box)
        database = _prepared(folder)
        with running_bot(box, database, folder, pool) as bot:
            box.install_app("acme")
            bot.settle()
            yield bot
        database.close()


def _open(bot: Bot, number: int):
    branch = f"fix{number}"
    files = {f"src/{number % 40}.py": f"x = {number}\n" * 50}
    bot.box.commit(REPO, branch, files, author="ann")
    return bot.box.open_pull_request(REPO, branch, author="ann", title=f"fix: {number}")


def overhead() -> None:
    """Print event-to-verdict time without the time spent waiting for GitHub, warm."""
    watch = Stopwatch()
    watch.around(Client, "_send")
    watch.around(Mirror, "fetch")
    with _stage() as bot:
        pulls = [_open(bot, number) for number in range(10)]
        bot.settle()
        times = []
        for number in range(60):
            pull = pulls[number % len(pulls)]
            event = "APPROVE" if number % 20 < 10 else "REQUEST_CHANGES"
            bot.box.review(REPO, pull, "bob", event)
            bot.box.wait_idle()
            key = bot.queue.pop()
            watch.seconds, start = 0.0, time.perf_counter()
            bot.runner.run(key)
            times.append(time.perf_counter() - start - watch.seconds)
    times.sort()
    p50, p99 = statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000
    print(f"own time of an evaluation, warm: p50 {p50:.1f} ms, p99 {p99:.1f} ms (n={len(times)})")
    print("with record, six check runs planned and what changed published; GitHub's time left out")


def calls() -> None:
    """Print how many requests one verdict costs, cold and warm, as the client counts them."""
    with _stage() as bot:
        pull = _open(bot, 1)
        bot.box.review(REPO, pull, "bob")
        bot.box.wait_idle()
        _report(bot, "a first look, cold", lambda: None)
        head = bot.box.sha(REPO, "fix1")
        bot.box.post_check(REPO, head, "unit", status="completed", conclusion="success")
        bot.settle()
        bot.box.review(REPO, pull, "bob")
        bot.settle()
        _report(bot, "a new head with one approver, cold", lambda: _push(bot))
        _report(bot, "a review, warm", lambda: bot.box.review(REPO, pull, "bob", "REQUEST_CHANGES"))
        _report(bot, "a check, warm", lambda: _check(bot))
        _report(bot, "a label, nothing changes", lambda: _label(bot, pull))


def _push(bot: Bot) -> None:
    bot.box.commit(REPO, "fix1", {"src/1.py": "x = 3\n"}, author="ann")


def _check(bot: Bot) -> None:
    head = bot.box.sha(REPO, "fix1")
    bot.box.post_check(REPO, head, "unit", status="completed", conclusion="failure")


def _label(bot: Bot, pull) -> None:
    bot.box.set_labels(REPO, pull.number, ["docs"], "ann")


def _report(bot: Bot, what: str, happen) -> None:
    bot.box.forget_requests()
    happen()
    bot.settle()
    mine = [each for each in bot.box.requests if each.actor != "anonymous"]
    reads = [each for each in mine if each.method == "GET"]
    paid = [each for each in reads if each.status != 304]
    writes = [each for each in mine if each.method != "GET"]
    print(
        f"{what:<36} paid reads {len(paid)}, unchanged (free) {len(reads) - len(paid)}, "
        f"writes {len(writes)}"
    )


def rate() -> None:
    """Print evaluations a second on the durable queue, SQLite, one process."""
    for workers in (2, 8):
        _rate(workers)


def _rate(workers: int) -> None:
    with tempfile.TemporaryDirectory() as name, Sandbox() as box:
        folder = Path(name)
        _world(box)
        settings = settings_for(
            box, f"sqlite:///{folder}/bench.db", folder, share=500, worker_threads=workers
        )
        parts = Parts.build(settings)
        with serving(parts.web(box.app_id)) as url:
            box.webhook_url = f"{url}/webhook"
            box.install_app("acme")
            bot = _Adapter(box)
            for number in range(60):
                _open(bot, number)
            box.wait_idle(60)
            worker = parts.worker(parts.github())
            start = time.perf_counter()
            worker.start()
            _wait(parts, 60)
            taken = time.perf_counter() - start
            worker.stop()
        parts.close()
    print(
        f"60 cold evaluations, {workers} workers: {60 / taken:.1f}/s (sandbox on the same 2 cores)"
    )


class _Adapter:
    """What `_open` needs of a bot."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box


def _wait(parts: Parts, count: int) -> None:
    pause = threading.Event()
    for _ in range(6000):
        with parts.database.read() as connection:
            query = "SELECT count(*) FROM pull_request WHERE verdict_id IS NOT NULL"
            if connection.exec_driver_sql(query).scalar_one() >= count:
                return
        pause.wait(0.02)
    raise TimeoutError("the evaluations did not end")
