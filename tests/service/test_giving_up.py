"""What people see of a pull request that workers die of: never a success that stands on."""

from datetime import timedelta

import pytest

from app.engine.runner import MAX_STARTS
from app.store import subjects
from app.wiring import utc_now
from tests.service.conftest import REPO
from tests.service.test_evaluate import approved, open_fix, seen, texts
from tests.service.test_groups import group_state
from tests.service.test_reach import want

LATER = timedelta(hours=1)


def kill_workers(bot, start: str) -> None:
    """Let as many workers die on a subject as are allowed, and have it looked at again."""
    with bot.parts.database.write() as connection:
        (key,) = subjects.keys_starting(connection, start)
        for _ in range(MAX_STARTS):
            taken = subjects.take(connection, key, utc_now())
    bot.queue.enqueue(None, taken.key, "00000000000000~again")


def wake(bot) -> None:
    """Let the time pass after which a failed attempt is repeated."""
    with bot.parts.database.write() as connection:
        for each in subjects.due(connection, utc_now() + LATER):
            subjects.clear_wake(connection, [each.key])
            bot.parts.scheduler.want(connection, [each])
    bot.settle()


def states(bot) -> list[str]:
    return [each.state for each in bot.standings()]


@pytest.mark.parametrize("begin", [approved, open_fix], ids=["green", "not judged yet"])
def test_the_check_says_that_it_could_not_be_evaluated(box, bot, begin):
    begin(box, bot) if begin is approved else begin(box)
    bot.settle()
    kill_workers(bot, "pull_request:")
    bot.settle()
    assert (seen(box, bot)["merge"], states(bot)) == ("failure", ["parked"])
    assert f"the worker died {MAX_STARTS} times on it" in texts(box)["merge"]


def test_a_merge_group_does_not_wait_for_ever(box, bot):
    group = box.enqueue(REPO, approved(box, bot))
    bot.settle()
    before = group_state(box, bot, group)["merge"]
    kill_workers(bot, "group:")
    bot.settle()
    assert (before, group_state(box, bot, group)["merge"]) == ("success", "failure")


def test_a_success_does_not_stand_on_because_github_was_down_then(box, bot):
    approved(box, bot)
    kill_workers(bot, "pull_request:")
    box.fail_api("status", r"/check-runs", method="POST|PATCH", status=503, count=3)
    bot.settle()
    untold = states(bot)
    box.calm()
    wake(bot)
    assert (untold, states(bot)) == (["sleeping"], ["parked"])
    assert seen(box, bot)["merge"] == "failure"


def test_a_new_event_has_it_judged_again(box, bot):
    approved(box, bot)
    kill_workers(bot, "pull_request:")
    bot.settle()
    want(bot)
    bot.settle()
    assert (seen(box, bot)["merge"], states(bot)) == ("success", [])
