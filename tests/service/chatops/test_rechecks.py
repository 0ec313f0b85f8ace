"""`/recheck`: everything is judged once more, and nobody can make that a burden."""

import sqlalchemy as sa

from app.service import keys
from app.store.tables import subject
from tests.service.chatops.acting import answers, green, pass_time, to_dev
from tests.service.conftest import REPO


def evaluations(play) -> int:
    """Return how often the pull request was judged."""
    key = keys.pull_request(play.box.find_repo(REPO).id, play.number)
    with play.bot.parts.database.read() as connection:
        query = sa.select(subject.c.epoch).where(subject.c.key == key)
        return connection.execute(query).scalar_one()


def test_recheck_wakes_what_waits_for_gates(play):
    to_dev(play)
    play.say("bob", "/lock dev --reason x")
    play.say("carol", "/deploy dev")
    before = evaluations(play)
    play.say("bob", "/recheck")
    assert evaluations(play) == before + 1
    assert f"All gates are judged again on `{play.head}`." in answers(play)[-1]


def test_recheck_counts_once_a_minute(play):
    play.say("bob", "/recheck")
    before = evaluations(play)
    play.say("carol", "/recheck")
    assert evaluations(play) == before
    assert "less than a minute ago. " in answers(play)[-1]
    pass_time(play, minutes=2)
    green(play)
    before = evaluations(play)
    play.say("carol", "/recheck")
    assert evaluations(play) == before + 1


def test_recheck_can_be_simulated_and_wakes_nobody(play):
    before = evaluations(play)
    play.say("bob", "/simulate recheck")
    assert evaluations(play) == before
    assert "Nothing was done." in answers(play)[-1]


def test_reading_alone_is_not_enough_to_have_everything_judged(play):
    play.box.add_user("mallory")
    before = evaluations(play)
    play.say("mallory", "/recheck")
    assert evaluations(play) == before
    assert "`permission_denied`" in answers(play)[-1]
