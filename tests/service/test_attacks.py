"""Attacks on the whole bot, each named after what must not happen."""

import subprocess
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from app.audit.leaf import decode
from app.audit.verify import entries, log_ids
from app.changes.history import Comparison, Step
from app.core import judge
from app.core.render import gate_page
from app.core.verdict import Finding, GateName, Outcome, Tier, Verdict
from app.engine.runner import Runner, Settled
from app.engine.scheduler import RETRY_AFTER, Scheduler
from app.errors import GitHubError, GitHubUnavailableError
from app.inspection import Inspection, Memory
from app.ports import Authorship, Claim, CommitText, DeliverySeen, Tips
from app.scan.hits import ContentScan
from app.scan.secrets import scan
from app.service import find, keys
from app.service.contributors import Contributors
from app.service.gather import Gatherer
from app.service.redelivery import Redelivery
from app.service.replay import replay
from app.settings import load_settings
from app.store import subjects, verdicts
from app.store.database import Database
from app.store.subjects import Want
from app.store.tables import repository
from app.wiring import utc_now
from tests.bot import ListQueue
from tests.service.conftest import REPO
from tests.service.test_evaluate import approved, open_fix, seen
from tests.service.test_sync import JOB, order

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


# -- a success that should not be there


def test_a_sibling_does_not_bring_back_a_success_that_was_withdrawn(box, bot):
    first, second, review = twins(box, bot)
    out_of_reach(box, first)
    box.dismiss(REPO, first, review, "carol", "no")
    bot.settle()
    assert seen(box, bot)["merge"] == "in_progress"
    box.set_labels(REPO, second.number, ["docs"], "ann")
    bot.settle()
    assert seen(box, bot)["merge"] == "in_progress"


def test_siblings_that_could_not_be_read_are_not_taken_for_none(box, bot):
    sandbox_branch(box)
    box.disturb_webhooks("drop", "pull_request", "opened")
    box.disturb_webhooks("drop", "check_suite", count=5)
    open_fix(box)
    bot.settle()
    known = box.open_pull_request(REPO, "fix", author="ann", base="sandbox", title="try")
    box.review(REPO, known, "bob")
    box.fail_api("status", r"/commits/[0-9a-f]+/pulls", "GET", 3, status=502)
    bot.settle()
    wake(bot)
    assert seen(box, bot)["merge"] != "success"


def test_a_new_pull_request_does_not_inherit_the_success_of_a_closed_one(box, bot):
    set_policy(box, EASY_SANDBOX)
    sandbox_branch(box)
    old = open_fix(box, base="sandbox")
    bot.settle()
    box.edit_pull_request(REPO, old, {"state": "closed"})
    bot.settle()
    new = box.open_pull_request(REPO, "fix", author="ann", base="main", title="fix: a")
    out_of_reach(box, new, 100)
    bot.settle()
    for _ in range(7):
        wake(bot)
    assert seen(box, bot)["merge"] != "success"


def test_a_force_push_back_to_a_green_head_takes_its_success_back(box, bot):
    pull = open_fix(box)
    review = box.review(REPO, pull, "bob")
    bot.settle()
    green = box.sha(REPO, "fix")
    box.commit(REPO, "fix", {"src/a.py": "a = 3\n"}, author="ann")
    box.dismiss(REPO, pull, review, "carol", "no")
    bot.settle()
    out_of_reach(box, pull)
    box.set_branch(REPO, "fix", green, actor="ann")
    bot.settle()
    assert bot.checks(REPO, green)["merge"] != "success"


def test_a_late_event_does_not_turn_a_withdrawal_to_an_older_head(box, bot):
    pull = open_fix(box)
    bot.settle()
    box.disturb_webhooks("delay", "pull_request", "labeled")
    box.set_labels(REPO, pull.number, ["docs"], "ann")
    box.commit(REPO, "fix", {"src/a.py": "a = 3\n"}, author="ann")
    review = box.review(REPO, pull, "bob")
    bot.settle()
    out_of_reach(box, pull)
    box.dismiss(REPO, pull, review, "carol", "no")
    box.release_webhooks()
    bot.settle()
    assert seen(box, bot)["merge"] != "success"


def test_bad_news_is_still_bad_after_a_rate_limit(box, bot):
    pull = open_fix(box)
    review = box.review(REPO, pull, "bob")
    bot.settle()
    box.fail_api("secondary_limit", "/check-runs", "POST", 1)
    box.dismiss(REPO, pull, review, "carol", "no")
    bot.settle()
    box.fail_api("secondary_limit", "/reviews", "GET", 1)
    wake(bot)
    assert seen(box, bot)["merge"] != "success"


def test_a_base_that_moved_and_a_rate_limit_leave_no_success(box, bot):
    approved(box, bot)
    box.fail_api("secondary_limit", "/pulls/1$", "GET", 1)
    box.commit(REPO, "main", {"README.md": "# new\n"}, author="carol")
    bot.settle()
    assert seen(box, bot)["merge"] != "success"


def test_bad_news_that_comes_during_an_evaluation_keeps_it_from_saying_yes(box, bot, monkeypatch):
    pull = open_fix(box)
    bot.settle()
    review = box.review(REPO, pull, "bob")
    box.wait_idle()
    gather = Gatherer.gather

    def slow(self, *arguments):
        found = gather(self, *arguments)
        box.dismiss(REPO, pull, review, "carol", "no")
        box.wait_idle()
        return found

    monkeypatch.setattr(Gatherer, "gather", slow)
    bot.runner.run(bot.queue.pop())
    assert seen(box, bot)["merge"] != "success"


@pytest.mark.postgres
def test_bad_news_that_comes_while_a_job_is_taken_is_not_cleared(postgres_url, clock):
    stage = Stage(Database.open(postgres_url), clock)
    stage.want()
    news = iter([True])

    @sa.event.listens_for(stage.database.engine, "before_cursor_execute")
    def between(*arguments):
        if arguments[2].lstrip().startswith("UPDATE subject SET") and next(news, False):
            stage.want(urgent=True)

    taken = []
    stage.handle = taken.append
    stage.work()
    stage.database.close()
    assert any(job.urgent for job in taken)


def test_the_hundred_and_first_review_is_seen(box, bot):
    pull = open_fix(box)
    box.review(REPO, pull, "bob")
    for _ in range(99):
        box.review(REPO, pull, "carol", "COMMENT")
    bot.settle()
    assert seen(box, bot)["merge"] == "success"
    box.review(REPO, pull, "carol", "REQUEST_CHANGES")
    bot.settle()
    assert seen(box, bot)["merge"] == "failure"


def test_a_secret_that_the_base_dropped_is_found_whatever_was_judged_before(box, bot):
    set_policy(box, NOT_FRESH)
    start = box.sha(REPO, "main")
    box.commit(REPO, "main", {"src/keys.py": CREDENTIAL}, author="carol")
    box.set_branch(REPO, "fix", start, actor="ann")
    box.commit(REPO, "fix", {"src/keys.py": CREDENTIAL}, author="ann")
    box.open_pull_request(REPO, "fix", author="ann", title="fix: keys")
    bot.settle()
    box.commit(REPO, "main", {"src/keys.py": None}, author="carol")
    bot.settle()
    assert seen(box, bot)["secrets"] == "failure"


def test_a_sweep_does_not_swallow_the_news_that_rights_were_taken_away(box, bot, monkeypatch):
    monkeypatch.setattr(find, "_YOUNG", timedelta(0))
    approved(box, bot)
    box.remove_member("acme", "bob")
    box.grant(REPO, "bob", "none")
    box.wait_idle()
    wish(bot, keys.repository, find.SWEEP)
    bot.settle()
    assert seen(box, bot)["merge"] != "success"


def test_a_sweep_sees_a_base_whose_push_was_lost(box, bot, monkeypatch):
    monkeypatch.setattr(find, "_YOUNG", timedelta(0))
    approved(box, bot)
    box.disturb_webhooks("drop", "push")
    box.disturb_webhooks("drop", "check_suite", count=3)
    box.commit(REPO, "main", {"README.md": "# new\n"}, author="carol")
    bot.settle()
    order(bot)
    assert seen(box, bot)["merge"] != "success"


# -- merge groups


def test_a_member_judged_for_another_base_does_not_carry_a_group(box, bot):
    set_policy(box, EASY_SANDBOX)
    sandbox_branch(box)
    pull = open_fix(box, base="sandbox")
    bot.settle()
    box.disturb_webhooks("drop", "pull_request", count=9)
    box.edit_pull_request(REPO, pull, {"base": "main"})
    group = box.enqueue(REPO, pull)
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] != "success"


def test_a_group_that_holds_more_than_its_name_says_does_not_pass(box, bot):
    good = approved(box, bot)
    box.commit(REPO, "more", {"src/b.py": "b = 2\n"}, author="ann")
    bad = box.open_pull_request(REPO, "more", author="ann", title="fix: b")
    bot.settle()
    group = box.enqueue(REPO, bad, good)
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] != "success"


def test_a_group_loses_its_success_with_its_member(box, bot):
    pull = open_fix(box)
    review = box.review(REPO, pull, "bob")
    bot.settle()
    group = box.enqueue(REPO, pull)
    bot.settle()
    out_of_reach(box, pull, 100)
    box.dismiss(REPO, pull, review, "carol", "no")
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] != "success"


def test_a_group_that_cannot_be_judged_again_loses_its_success(box, bot):
    pull = open_fix(box)
    review = box.review(REPO, pull, "bob")
    bot.settle()
    group = box.enqueue(REPO, pull)
    bot.settle()
    box.fail_api("status", "/branches/gh-readonly", "GET", 3, status=502)
    box.dismiss(REPO, pull, review, "carol", "no")
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] != "success"


def test_a_group_is_judged_again_after_a_passing_fault(box, bot):
    set_policy(box, UNIT)
    pull = open_fix(box)
    box.post_check(REPO, pull.head_sha, "unit", status="completed", conclusion="success")
    box.review(REPO, pull, "bob")
    bot.settle()
    group = box.enqueue(REPO, pull)
    box.fail_api("status", f"/commits/{group.head_sha}/statuses", "GET", 3, status=502)
    bot.settle()
    wake(bot)
    assert bot.checks(REPO, group.head_sha)["ci"] == "in_progress"


def test_a_group_whose_branch_is_gone_is_forgotten(box, bot):
    pull = approved(box, bot)
    group = box.enqueue(REPO, pull)
    bot.settle()
    box.disturb_webhooks("drop", "merge_group")
    box.destroy_group(REPO, group)
    box.set_labels(REPO, pull.number, ["docs"], "ann")
    bot.settle()
    with bot.parts.database.read() as connection:
        found = subjects.standings(connection, include_done=True)
    assert [each.key for each in found if each.kind == "group"] == []


# -- work that is lost


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


@pytest.fixture
def stage(database, clock) -> Stage:
    return Stage(database, clock)


def test_an_event_during_the_last_attempt_is_not_lost(stage):
    stage.fail_with_news()
    stage.want()
    stage.pass_time(2)
    done = []
    stage.handle = done.append
    stage.pass_time(1)
    assert done


def test_the_search_for_lost_deliveries_survives_an_outage_of_two_hours(stage):
    def down(_job):
        raise GitHubUnavailableError("down", 502)

    stage.handle = down
    stage.want("deliveries:0", 0)
    stage.pass_time(2)
    done = []
    stage.handle = done.append
    stage.pass_time(2)
    assert done


def test_lost_deliveries_of_a_busy_app_are_asked_for_again(bot):
    asked = []

    class Busy:
        def deliveries(self):
            yield DeliverySeen(1, "lost", utc_now())
            raise GitHubError("more than 100 pages: the list was not read to its end")

        def redeliver(self, delivery_id):
            asked.append(delivery_id)

    every, later = timedelta(minutes=5), utc_now() + timedelta(minutes=10)
    with suppress(GitHubError):
        Redelivery(bot.parts.database, Busy(), lambda: later, every).lost_deliveries(JOB)
    assert asked == [1]


def test_a_sweep_finds_out_that_a_sibling_was_closed(box, bot):
    sandbox_branch(box)
    first = open_fix(box)
    second = box.open_pull_request(REPO, "fix", author="ann", base="sandbox", title="try")
    box.review(REPO, first, "bob")
    bot.settle()
    box.disturb_webhooks("drop", "pull_request", "closed")
    box.edit_pull_request(REPO, second, {"state": "closed"})
    bot.settle()
    order(bot)
    assert seen(box, bot)["merge"] == "success"


def test_F41_an_ungoverned_sibling_does_not_hinder(box, bot):
    set_policy(box, "version: 1\ngoverns:\n  branches: [main]\n")
    sandbox_branch(box)
    approved(box, bot)
    box.open_pull_request(REPO, "fix", author="ann", base="sandbox", title="play")
    bot.settle()
    assert seen(box, bot)["merge"] == "success"


def test_pressing_re_run_is_not_forgotten_when_another_event_follows(box, bot):
    pull = approved(box, bot)
    before = box.check_runs(REPO, pull.head_sha)
    box.rerequest_check(REPO, before[0], "ann")
    box.set_labels(REPO, pull.number, ["docs"], "ann")
    bot.settle()
    assert len(box.check_runs(REPO, pull.head_sha)) > len(before)


def test_a_pull_request_that_was_never_judged_says_that_it_cannot_be(box, bot):
    pull = open_fix(box)
    out_of_reach(box, pull, 100)
    bot.settle()
    for _ in range(7):
        wake(bot)
    assert seen(box, bot).get("merge") == "failure"


# -- one against all


def test_bad_news_of_one_account_does_not_hold_up_the_others(database, clock):
    stage = Stage(database, clock, share=2)
    for number in range(50):
        stage.want(f"pull_request:1#{number}", 1, urgent=True)
        clock.forward(seconds=1)
    stage.want("pull_request:2#1", 2)
    assert "pull_request:2#1" in [stage.queue.pop() for _ in range(10)]


def test_one_installation_cannot_take_every_thread():
    settings = load_settings()
    assert settings.share < settings.worker_threads


def test_commit_messages_are_scanned_within_the_budget():
    steps = tuple(Step(f"{n:040x}", "x", (Comparison((), ()),)) for n in range(1000))

    class Source:
        def steps(self, _base, _head):
            return steps

    class Slow:
        asked = 0

        def self_test(self):
            return "engine"

        def scan_prose(self, _text):
            Slow.asked += 1
            return ContentScan(seconds=2.0)

    scan(Source(), "b" * 40, "a" * 40, Slow())
    assert Slow.asked < len(steps)


def test_commit_messages_do_not_fill_the_memory(box):
    folder, start, size = box.git_dir(REPO), box.sha(REPO, "main"), 1_000_000
    head = b"commit refs/heads/big\ncommitter a <a@b.example> 1700000000 +0000\n"
    body = head + b"data %d\n%b\n" % (size, b"x" * size)
    feed = body + b"from %b\n" % start.encode() + body * 29
    command = ["git", f"--git-dir={folder}", "fast-import", "--quiet"]
    subprocess.run(command, input=feed, check=True)
    with ExitStack() as opened:
        tips = Tips(start, box.sha(REPO, "big"))
        commits = Inspection(folder, tips, None, Memory(), "1", opened).commits()
    assert len(commits) == 30
    assert len(repr(commits)) < size


def test_a_change_full_of_findings_does_not_spend_the_quota_on_annotations():
    found = tuple(Finding("r", Tier.BLOCK, "m", "p", line) for line in range(1, 5000))
    page = gate_page(Verdict(GateName.SECRETS, Outcome.FAIL, "X", "t", findings=found), {})
    assert len(page.remarks) <= 1000


def test_checks_that_nobody_requires_do_not_take_the_success_away(box, bot):
    pull = approved(box, bot)
    before = len(box.check_runs(REPO, pull.head_sha))
    box.add_app("chatty")
    for number in range(3):
        box.post_check(REPO, pull.head_sha, f"note {number}", "chatty", status="in_progress")
        bot.settle()
    assert len(box.check_runs(REPO, pull.head_sha)) == before


def test_siblings_do_not_write_over_each_other_when_nothing_changed(box, bot):
    first, _, _ = twins(box, bot)
    box.forget_requests()
    box.add_app("extra")
    box.post_check(REPO, first.head_sha, "x", "extra", status="completed", conclusion="success")
    bot.settle()
    assert written_runs(box) == 0


def test_a_new_repository_under_an_old_name_is_not_taken_for_the_old_one(box, bot):
    open_fix(box)
    bot.settle()
    box.disturb_webhooks("drop", "repository", count=9)
    box.rename_repo(REPO, "gadgets")
    box.add_repo(REPO, {"src/a.py": "a = 1\n"})
    box.grant(REPO, "ann", "write")
    new = open_fix(box)
    bot.settle()
    before = len(box.check_runs(REPO, new.head_sha))
    wish(bot, lambda known: keys.pull_request(known, 1))
    bot.settle()
    assert len(box.check_runs(REPO, new.head_sha)) == before


# -- the record


def test_each_writing_of_a_run_has_its_entry(box, bot):
    set_policy(box, TITLES)
    _, second, _ = twins(box, bot)
    for title in ("bad", "fix: good", "bad", "fix: good"):
        box.forget_requests()
        before = recorded_runs(bot)
        box.edit_pull_request(REPO, second, {"title": title})
        bot.settle()
        assert recorded_runs(bot) - before == written_runs(box) > 0


@pytest.mark.parametrize(
    "files",
    [
        {"120000:.github/gatewright.yml": "../README.md"},
        dict.fromkeys((".github/gatewright.yml", ".github/gatewright.yaml"), "version: 1\n"),
    ],
    ids=["a link", "two files"],
)
def test_a_verdict_under_a_policy_that_cannot_be_read_is_recomputed(box, bot, files):
    box.commit(REPO, "main", files, author="carol")
    open_fix(box)
    bot.settle()
    with bot.parts.database.read() as connection:
        [found] = verdicts.newest(connection)
        assert replay(connection, found.id).is_equal


def test_an_upgraded_engine_does_not_date_its_verdicts_back(box, bot, monkeypatch):
    approved(box, bot)
    upgraded = utc_now()
    monkeypatch.setattr(judge, "ENGINE", "gatewright/9.9.9")
    wish(bot, lambda known: keys.pull_request(known, 1))
    bot.settle()
    with bot.parts.database.read() as connection:
        found = verdicts.newest(connection)
    assert any(datetime.fromisoformat(each.decided_at) > upgraded for each in found)


def test_an_invented_noreply_address_names_nobody():
    forged = Claim("author", "999999999999+nobody@users.noreply.github.com")
    text = CommitText("a", (), (forged,), skips_ci=False)
    [commit] = Contributors(b"key", {"a": Authorship(None, None)}).commits([text])
    assert commit.contributors[0].account is None
