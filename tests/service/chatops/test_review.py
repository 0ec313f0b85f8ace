"""An environment stays closed after a rollback until the incident is reviewed."""

import pytest

from app.core.commands.review import template
from tests.service.conftest import REPO


def deployed(play) -> str:
    """Have the head live in development; return its commit."""
    play.say("bob", "/deploy dev")
    play.finish()
    return play.head


@pytest.fixture
def incident(play) -> str:
    """A second version is taken back to the first; returns the incident's id."""
    deployed(play)
    play.box.commit(REPO, "fix", {"src/a.py": "a = 3\n"}, author="ann")
    play.bot.settle()
    deployed(play)
    play.say("bob", '/rollback dev --reason "it is slow"')
    play.finish()
    assert play.states() == ["succeeded", "review_required", "succeeded"]
    return f"inc-{play.past()[1].id.removeprefix('req-')}"


def filled(play, incident: str) -> str:
    return template(incident).replace("the commit that mends it, all 40 characters", play.head)


def test_T99_nothing_is_deployed_before_the_review_and_something_after_it(play, incident):
    play.box.commit(REPO, "fix", {"src/a.py": "a = 4\n"}, author="ann")
    play.bot.settle()
    play.say("bob", "/deploy dev")
    before = play.states()[-1], play.past()[-1].ended_by
    play.say("dora", filled(play, incident))
    reviewed = play.states()[1]
    deployed(play)
    assert before == ("refused", "review_required")
    assert (reviewed, play.states()[-1]) == ("cleared", "succeeded")


@pytest.mark.parametrize(
    ("who", "change", "code"),
    [
        pytest.param("rob", None, "permission_denied", id="somebody who only reads"),
        pytest.param("dora", ("cause: ", "case: "), "review_required", id="a field is missing"),
        pytest.param("dora", ("inc-", "inc-9"), "review_required", id="another incident"),
    ],
)
def test_a_review_that_does_not_do_closes_nothing(play, incident, who, change, code):
    play.box.add_user("rob")
    play.box.grant(REPO, "rob", "read")
    text = filled(play, incident)
    play.say(who, text.replace(*change) if change else text)
    assert play.states()[1] == "review_required"
    assert f"`{code}`" in play.replies()[-1]
