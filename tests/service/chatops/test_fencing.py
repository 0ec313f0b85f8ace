"""Fencing (T81): whoever lost an environment between decision and effect has no effect any more."""

import pytest
import sqlalchemy as sa

from app.service.chatops.deploying.outside import Outside
from app.store.deployment_tables import environment_lock
from tests.service.chatops.acting import last, to_dev, wake


def take_over(play, **changes: object) -> None:
    """Give every lock to something else, with the next number."""
    values = {"holder": "req-7", "fencing": environment_lock.c.fencing + 1, **changes}
    with play.bot.parts.database.write() as connection:
        connection.execute(sa.update(environment_lock).values(**values))


@pytest.fixture
def late(play, monkeypatch):
    """Return a way to lose the environment right before an effect of a state."""

    def lose(name: str, state: str, **changes: object) -> None:
        real = getattr(Outside, name)

        def after_the_loss(self, stored, *given):
            if stored.state.value == state:
                take_over(play, **changes)
            return real(self, stored, *given)

        monkeypatch.setattr(Outside, name, after_the_loss)

    return lose


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="to another deployment"),
        pytest.param({"holder": environment_lock.c.holder}, id="and got it back since"),
        pytest.param({"released": True}, id="to nobody"),
    ],
)
def test_T81_nothing_is_recorded_by_whoever_lost_the_environment(play, late, changes):
    late("prepare", "gating", **changes)
    play.say("bob", "/deploy dev")
    assert (last(play), play.told(), play.runs()) == (("failed", "lock_lost"), [], [])


@pytest.mark.parametrize("changes", [{}, {"released": True}], ids=["to another", "to nobody"])
def test_T81_nothing_is_started_by_whoever_lost_the_environment(play, late, changes):
    late("prepare", "deploying", **changes)
    play.say("bob", "/deploy dev")
    assert (last(play), play.runs()) == (("failed", "lock_lost"), [])


def test_T81_a_rollback_that_lost_the_environment_starts_nothing(play, late):
    for text in ("/deploy dev", "/rollback dev --reason x"):
        if text.startswith("/roll"):
            play.box.commit("acme/widgets", "fix", {"src/a.py": "a = 9\n"}, author="ann")
            play.bot.settle()
            to_dev(play)
            late("prepare", "deploying")
        play.say("bob", text)
        if text.startswith("/dep"):
            play.finish()
    assert play.states()[-2:] == ["rollback_failed", "rollback_failed"]
    assert len(play.runs()) == 2


def test_T81_github_is_told_no_progress_by_whoever_lost_the_environment(play, late):
    late("tell", "deploying")
    play.say("bob", "/deploy dev")
    assert (last(play), play.told(), play.runs()) == (("failed", "lock_lost"), [["error"]], [])


def test_T81_the_run_of_whoever_lost_the_environment_is_stopped(play):
    play.say("bob", "/deploy dev")
    take_over(play)
    wake(play)
    assert last(play) == ("failed", "lock_lost")
    assert [each.conclusion for each in play.runs()] == ["cancelled"]
    assert play.told()[-1][-1] == "error"
