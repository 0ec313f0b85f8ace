"""A rollback waits within its ten minutes for what may pass, and undoes nothing that came since."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.deploy.lease import Lock
from app.core.deploy.states import State
from app.service.chatops.deploying.deployer import Deployer
from app.store import deployments, environment_locks
from app.wiring import utc_now
from tests.service.chatops.acting import pass_time, push, to_dev, wake
from tests.service.chatops.conftest import set_policy
from tests.service.chatops.test_rollback import moving
from tests.service.conftest import REPO

OTHER = "req-9"


@pytest.fixture
def second(play):
    """A first version is live in development, a second one takes traffic."""
    to_dev(play)
    push(play)
    play.say("bob", "/deploy dev")
    moving(play, "in_progress")


def test_a_rollback_waits_for_a_policy_that_can_be_read(play, second):
    set_policy(play.box, "version: 7\n")
    play.finish("failure")
    before = play.states()
    set_policy(play.box)
    play.bot.settle()
    wake(play)
    assert before == ["succeeded", "rolling_back", "gating"]
    assert play.states() == ["succeeded", "rolling_back", "deploying"]
    play.finish()
    assert play.states() == ["succeeded", "review_required", "succeeded"]


def test_a_policy_that_stays_unreadable_calls_people_after_ten_minutes(play, second):
    set_policy(play.box, "version: 7\n")
    play.finish("failure")
    pass_time(play, minutes=10)
    assert play.states()[1] == "rollback_failed"
    assert len(play.runs()) == 2


@pytest.fixture
def raced(play, monkeypatch):
    """Something else takes the environment just before the rollback; returns how it gives it up."""
    place = (play.box.find_repo(REPO).id, "dev")
    real = Deployer._rollback_of

    def quicker(self, connection, bad, target):
        environment_locks.release_lock(connection, *place, bad.id)
        wanted = Lock("dev", OTHER, 0, None)
        environment_locks.take_lock(connection, place[0], wanted, utc_now())
        return real(self, connection, bad, target)

    def give_up():
        with play.bot.parts.database.write() as connection:
            environment_locks.release_lock(connection, *place, OTHER)
        # It takes the environment first, and goes on when it looks again.
        wake(play)
        wake(play)

    monkeypatch.setattr(Deployer, "_rollback_of", quicker)
    return give_up


def test_a_rollback_waits_for_an_environment_that_something_else_got_first(play, second, raced):
    play.finish("failure")
    before = play.states()
    raced()
    assert before == ["succeeded", "rolling_back", "gating"]
    assert play.states() == ["succeeded", "rolling_back", "deploying"]


def test_T92_a_rollback_does_not_undo_what_went_live_while_it_waited(play, second, raced):
    play.finish("failure")
    bad = play.past()[1]
    with play.bot.parts.database.write() as connection:
        later = replace(
            bad,
            id=OTHER,
            comment_id=None,
            state=State.SUCCEEDED,
            begun_at=utc_now() + timedelta(seconds=1),
            github_id=None,
        )
        deployments.create(connection, later)
    raced()
    assert {each.id: each.state.value for each in play.past()}[f"{bad.id}-back"] == "gating"
    pass_time(play, minutes=10)
    assert {each.id: each.state.value for each in play.past()}[bad.id] == "rollback_failed"
    assert len(play.runs()) == 2
