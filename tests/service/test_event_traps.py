"""Traps of events, identity and configuration (F), on the sandbox where GitHub is needed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.github.reader import Reader
from app.store.tables import publication
from app.store.times import stamp
from app.wiring import utc_now
from tests.service.conftest import REPO
from tests.service.test_evaluate import ALL_GREEN, approved, open_fix, seen, texts
from tests.service.test_sync import order

LOOSE = "version: 1\ngates:\n  approval:\n    rules: [{id: baseline, count: none}]\n"


def set_policy(box, text: str | None) -> None:
    box.commit(REPO, "main", {".github/gatewright.yml": text}, author="carol")


def test_F06_an_older_event_that_comes_late_does_not_bring_an_older_verdict(box, bot):
    box.disturb_webhooks("delay", "pull_request")
    pull = open_fix(box)
    box.commit(REPO, "fix", {"src/a.py": "a = 3\n"}, author="ann")
    box.review(REPO, pull, "bob")
    bot.settle()
    box.release_webhooks()
    bot.settle()
    assert seen(box, bot) == ALL_GREEN


def test_F07_an_api_that_lags_behind_git_is_asked_again(box, bot, monkeypatch):
    pull = open_fix(box)
    bot.settle()
    current = Reader.pull_request
    old = box.sha(REPO, "main")
    lag = iter([True])

    def lagging(self, number):
        found = current(self, number)
        return replace(found, head_sha=old) if next(lag, False) else found

    monkeypatch.setattr(Reader, "pull_request", lagging)
    box.review(REPO, pull, "bob")
    bot.settle()
    [left] = [each for each in bot.standings() if each.kind == "pull_request"]
    assert (left.state, "lags behind" in left.error) == ("sleeping", True)


@pytest.mark.parametrize("what", ["closed", "reopened"])
def test_F10_closing_and_reopening_are_handled(box, bot, what):
    pull = approved(box, bot)
    box.edit_pull_request(REPO, pull, {"state": "closed"})
    bot.settle()
    if what == "reopened":
        box.edit_pull_request(REPO, pull, {"state": "open"})
        bot.settle()
    assert seen(box, bot)["merge"] == "success"


def test_F12_a_fork_that_is_gone_is_still_judged(box, bot):
    box.add_user("eve")
    fork = box.fork(REPO, "eve")
    box.commit(fork, "fix", {"src/a.py": "a = 9\n"}, author="eve")
    pull = box.open_pull_request(REPO, "eve:fix", author="eve", title="fix: a")
    bot.settle()
    box.delete_repo(fork)
    box.review(REPO, pull, "bob")
    bot.settle()
    assert bot.checks(REPO, pull.head_sha)["merge"] == "success"


def test_F17_our_own_runs_do_not_wake_us(box, bot):
    approved(box, bot)
    box.forget_requests()
    bot.settle()
    assert [each for each in box.requests if each.actor != "anonymous"] == []


def test_F26_a_policy_that_is_a_link_is_no_policy_and_no_empty_one(box, bot):
    box.commit(REPO, "main", {"120000:.github/gatewright.yml": "/dev/null"}, author="carol")
    open_fix(box)
    bot.settle()
    assert set(seen(box, bot).values()) == {"failure"}
    assert "symlink" in texts(box)["merge"]


def test_F29_a_policy_that_was_removed_leaves_the_safe_defaults(box, bot):
    set_policy(box, LOOSE)
    open_fix(box)
    bot.settle()
    loose = seen(box, bot)["approval"]
    set_policy(box, None)
    bot.settle()
    assert (loose, seen(box, bot)["approval"]) == ("success", "in_progress")


def test_F30_a_new_policy_on_the_base_is_applied_to_open_pull_requests(box, bot):
    approved(box, bot)
    set_policy(box, "version: 1\ngates:\n  approval:\n    rules: [{id: baseline, count: 2}]\n")
    bot.settle()
    assert seen(box, bot)["approval"] == "in_progress"


def test_F31_the_first_policy_is_judged_by_the_defaults(box, bot):
    box.commit(REPO, "fix", {".github/gatewright.yml": LOOSE}, author="ann")
    box.open_pull_request(REPO, "fix", author="ann", title="policy")
    bot.settle()
    assert seen(box, bot)["approval"] == "in_progress"
    assert "policy" in texts(box)["compliance"]


def test_F39_a_run_that_waits_for_days_is_written_anew(box, bot):
    open_fix(box)
    bot.settle()
    head = box.sha(REPO, "fix")
    before = len(box.check_runs(REPO, head))
    with bot.parts.database.write() as connection:
        old = stamp(utc_now() - timedelta(days=8))
        connection.execute(publication.update().values(updated_at=old))
    order(bot)
    assert len(box.check_runs(REPO, head)) == before + 2
    assert seen(box, bot)["merge"] == "in_progress"


def test_F40_a_suspended_installation_is_taken_up_again(box, bot):
    installation = next(iter(box.world.installations.values()))
    box.suspend(installation)
    bot.settle()
    open_fix(box)
    box.unsuspend(installation)
    bot.settle()
    order(bot)
    assert seen(box, bot)["merge"] == "in_progress"


def test_G05_a_merge_is_recorded_with_its_head(box, bot):
    pull = approved(box, bot)
    box.merge(REPO, pull, actor="bob")
    bot.settle()
    with bot.parts.database.read() as connection:
        query = "SELECT count(*) FROM log_idem WHERE idem_key LIKE 'merge:%'"
        assert connection.exec_driver_sql(query).scalar_one() == 1
