"""Lost, repeated and late deliveries; installations; sweeps: the end is always the same."""

import random
from datetime import timedelta
from http import HTTPStatus

import pytest

from app.service.redelivery import Redelivery
from app.service.sync import standing_orders
from app.store.subjects import Taken
from app.wiring import utc_now
from tests.service.conftest import REPO
from tests.service.test_evaluate import ALL_GREEN, open_fix, seen

JOB = Taken("deliveries:0", "deliveries", 0, 0, "test", 1, 1, 0, 0, urgent=False)


def order(bot) -> None:
    """Do what every instance does at its start and from time to time."""
    with bot.parts.database.write() as connection:
        bot.parts.scheduler.want(connection, standing_orders())
    bot.settle()


def test_a_pull_request_whose_event_was_lost_is_found_by_the_sweep(box, bot):
    box.disturb_webhooks("drop", "pull_request")
    open_fix(box)
    box.disturb_webhooks("drop", "check_suite")
    bot.settle()
    order(bot)
    assert seen(box, bot)["merge"] == "in_progress"


def test_lost_deliveries_are_asked_for_again(box, bot):
    box.disturb_webhooks("fail", "pull_request")
    box.disturb_webhooks("fail", "check_suite", count=5)
    open_fix(box)
    bot.settle()
    lost = {each.guid for each in box.deliveries if each.status_code != HTTPStatus.ACCEPTED}
    before = seen(box, bot)
    ten_minutes = timedelta(minutes=10)
    Redelivery(
        bot.parts.database, bot.parts.github(), lambda: utc_now() + ten_minutes, ten_minutes
    ).lost_deliveries(JOB)
    bot.settle()
    accepted = {each.guid for each in box.deliveries if each.status_code == HTTPStatus.ACCEPTED}
    assert (len(lost) > 0, lost <= accepted, before) == (True, True, {})
    assert seen(box, bot)["merge"] == "in_progress"


def test_an_installation_made_while_we_were_down_is_found(box, bot):
    box.add_org("late", {"ann": "admin"})
    box.add_repo("late/tools", {"a.py": "a = 1\n"})
    box.disturb_webhooks("drop", "installation")
    box.install_app("late")
    box.commit("late/tools", "fix", {"a.py": "a = 2\n"}, author="ann")
    box.open_pull_request("late/tools", "fix", author="ann", title="fix: a")
    bot.settle()
    order(bot)
    head = box.sha("late/tools", "fix")
    assert bot.checks("late/tools", head)["merge"] == "in_progress"


def test_a_rename_is_survived_by_id(box, bot):
    pull = open_fix(box)
    bot.settle()
    box.rename_repo(REPO, "gadgets")
    bot.settle()
    box.review("acme/gadgets", pull, "bob")
    bot.settle()
    assert bot.checks("acme/gadgets", box.sha("acme/gadgets", "fix")) == ALL_GREEN


def test_a_push_to_the_base_makes_every_pull_request_into_it_stale(box, bot):
    open_fix(box)
    box.commit(REPO, "other", {"src/b.py": "b = 3\n"}, author="bob")
    box.open_pull_request(REPO, "other", author="bob", title="fix: b")
    bot.settle()
    fresh = [seen(box, bot, branch)["freshness"] for branch in ("fix", "other")]
    box.commit(REPO, "main", {"README.md": "# new\n"}, author="carol")
    bot.settle()
    stale = [seen(box, bot, branch)["freshness"] for branch in ("fix", "other")]
    assert (fresh, stale) == (["success"] * 2, ["failure"] * 2)


@pytest.mark.parametrize("seed", range(4))
def test_lost_repeated_and_reordered_events_end_in_the_same_verdicts(box, bot, seed):
    """Whatever happens to deliveries on their way, one sweep later the verdicts are the same."""
    dice = random.Random(seed)
    for event in ("pull_request", "pull_request_review", "check_run", "push", "check_suite"):
        mishap = dice.choice(["drop", "duplicate", "reorder", "drop"])
        box.disturb_webhooks(mishap, event, count=dice.randint(1, 3))
    pull = open_fix(box)
    box.review(REPO, pull, "bob")
    box.commit(REPO, "fix", {"src/a.py": "a = 5\n"}, author="ann")
    box.review(REPO, pull, "bob")
    box.commit(REPO, "other", {"src/b.py": "b = 3\n"}, author="bob")
    other = box.open_pull_request(REPO, "other", author="bob", title="fix: b")
    box.review(REPO, other, "ann")
    box.commit(REPO, "other", {"src/b.py": "b = 4\n"}, author="bob")
    box.release_webhooks()
    bot.settle()
    order(bot)
    assert seen(box, bot, "fix") == ALL_GREEN
    assert seen(box, bot, "other") == ALL_GREEN | {
        "merge": "in_progress",
        "approval": "in_progress",
    }
