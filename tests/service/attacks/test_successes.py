"""Attacks on a success: what must not say yes."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.service import find, keys
from app.service.gather import Gatherer
from app.store.database import Database
from tests.service.attacks.staging import (
    CREDENTIAL,
    EASY_SANDBOX,
    NOT_FRESH,
    Stage,
    out_of_reach,
    sandbox_branch,
    set_policy,
    twins,
    wake,
    wish,
)
from tests.service.conftest import REPO
from tests.service.test_evaluate import approved, open_fix, seen
from tests.service.test_sync import order


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
