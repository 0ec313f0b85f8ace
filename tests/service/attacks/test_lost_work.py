"""Attacks on the work itself: what must not be forgotten."""

from contextlib import suppress
from datetime import timedelta

import pytest

from app.errors import GitHubError, GitHubUnavailableError
from app.ports import DeliverySeen
from app.service.redelivery import Redelivery
from app.wiring import utc_now
from tests.service.attacks.staging import (
    Stage,
    out_of_reach,
    sandbox_branch,
    set_policy,
    wake,
)
from tests.service.conftest import REPO
from tests.service.test_evaluate import approved, open_fix, seen
from tests.service.test_sync import JOB, order


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
