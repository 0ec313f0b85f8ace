"""Attacks by one on the share of all others."""

import subprocess
from contextlib import ExitStack

from app.changes.history import Comparison, Step
from app.core.render import gate_page
from app.core.verdict import Finding, GateName, Outcome, Tier, Verdict
from app.inspection import Inspection, Memory
from app.ports import Tips
from app.scan.hits import ContentScan
from app.scan.secrets import scan
from app.service import keys
from app.settings import load_settings
from tests.service.attacks.staging import (
    Stage,
    twins,
    wish,
    written_runs,
)
from tests.service.conftest import REPO
from tests.service.test_evaluate import approved, open_fix


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
