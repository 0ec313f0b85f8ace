"""What the attacks are made of: policies, wishes, a runner with one handler, the record."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from app.audit.leaf import decode
from app.audit.verify import entries, log_ids
from app.engine.runner import Runner, Settled
from app.engine.scheduler import RETRY_AFTER, Scheduler
from app.errors import GitHubUnavailableError
from app.store.subjects import Want
from app.store.tables import repository
from app.wiring import utc_now
from tests.bot import ListQueue
from tests.service.conftest import REPO
from tests.service.test_evaluate import open_fix, seen

EASY_SANDBOX = """version: 1
gates:
  approval:
    rules:
    - {id: easy, count: none, if: {base: [sandbox]}}
    - {id: baseline, count: 1, if: {base: [main]}}
"""
TITLES = """version: 1
gates:
  compliance:
    rules: [{id: title, title: titles, require: {title: '^fix: '}, fix: mend it}]
"""
UNIT = "version: 1\ngates:\n  ci:\n    required: [{name: unit, app: github-actions}]\n"
NOT_FRESH = "version: 1\ngates:\n  freshness: {mode: none}\n"
HALVES = ("wJalrXUtnFEMIK7MDENG", "bPxRfiCYEXbMPLdKEY12")
CREDENTIAL = f"aws_secret_access_key = '{HALVES[0]}{HALVES[1]}'\n"
KEY = "pull_request:1#7"


def set_policy(box, text: str) -> None:
    box.commit(REPO, "main", {".github/gatewright.yml": text}, author="carol")


def sandbox_branch(box) -> None:
    box.set_branch(REPO, "sandbox", box.sha(REPO, "main"), actor="carol")


def twins(box, bot, title: str = "fix: try"):
    """Open two approved pull requests with one head, into main and into sandbox."""
    sandbox_branch(box)
    pair = (open_fix(box), box.open_pull_request(REPO, "fix", base="sandbox", title=title))
    reviews = [box.review(REPO, pull, "bob") for pull in pair]
    bot.settle()
    assert seen(box, bot)["merge"] == "success"
    return *pair, reviews[0]


def out_of_reach(box, pull, count: int = 3) -> None:
    box.fail_api("status", rf"/repos/{REPO}/pulls/{pull.number}$", "GET", count, status=502)


def wake(bot) -> None:
    """Do what has been put to sleep."""
    later = replace(bot.parts.scheduler, now=lambda: utc_now() + timedelta(days=1))
    with bot.parts.database.write() as connection:
        later.wake(connection)
    bot.settle()


def wish(bot, key: Callable[[int], str], cause: str = "timer", *, row: int = 0) -> None:
    """Want a subject of the repository that became known first, or of a later one."""
    with bot.parts.database.write() as connection:
        found = connection.execute(sa.select(repository).order_by(repository.c.id)).all()[row]
        name = key(found.id)
        kind = name.partition(":")[0]
        want = Want(name, kind, found.account_id, found.installation_id, cause)
        bot.parts.scheduler.want(connection, [want])


def leaves(bot) -> list[str]:
    with bot.parts.database.read() as connection:
        return [
            leaf.decode() for log in log_ids(connection) for _, leaf, _ in entries(connection, log)
        ]


def recorded_runs(bot) -> int:
    return sum(decode(leaf.encode())["type"] == "check_run.posted" for leaf in leaves(bot))


def written_runs(box) -> int:
    writes = [call for call in box.requests if call.method in ("POST", "PATCH")]
    return sum("check-runs" in call.path for call in writes)


class Stage:
    """A runner with one handler for any kind of subject."""

    def __init__(self, database, clock, share: int = 8) -> None:
        self.database, self.clock, self.queue = database, clock, ListQueue()
        self.scheduler = Scheduler(self.queue, clock, share)
        self.handle = lambda _job: None
        kinds = dict.fromkeys(("pull_request", "deliveries"), self._handle)
        self.runner = Runner(database, self.scheduler, kinds, lambda *_: None, clock)

    def _handle(self, job) -> Settled:
        self.handle(job)
        return Settled()

    def want(self, key: str = KEY, installation: int = 1, *, urgent: bool = False) -> None:
        kind = key.partition(":")[0]
        with self.database.write() as connection:
            wanted = Want(key, kind, 9, installation, "test", urgent)
            self.scheduler.want(connection, [wanted])

    def work(self) -> None:
        while (key := self.queue.pop()) is not None:
            self.runner.run(key)

    def pass_time(self, hours: int) -> None:
        for _ in range(hours * 12):
            self.work()
            self.clock.forward(minutes=5)
            with self.database.write() as connection:
                self.scheduler.wake(connection)
                self.scheduler.release_all(connection)
                self.scheduler.revive(connection, frozenset(key for _, key in self.queue.tickets))

    def fail_with_news(self) -> None:
        """Fail until parked, with bad news that comes during the last attempt."""
        news = iter([True])

        def handle(job):
            if job.attempts == len(RETRY_AFTER) and next(news, False):
                self.want(urgent=True)
            raise GitHubUnavailableError("down", 502)

        self.handle = handle
