"""Sign-offs after the fact: a role that looks at what was done, and reviews that others accept."""

import pytest

from app.core.commands.review import template
from tests.service.chatops.acting import (
    answers,
    last,
    order_pages,
    pass_time,
    push,
    recorded,
    status_comments,
    to_dev,
)
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.chatops.test_overrides import order_id, state
from tests.service.conftest import REPO

HOTFIX = f"""{POLICY.replace("after: [dev],", "after: [dev], peer_review: false,")}\
  roles: {{CTO: {{users: [eve]}}, CISO: {{users: [carol]}}}}
  sign_offs:
    - {{id: hotfix, if: {{environments: [production]}}, roles: [CTO], review_after: [CISO]}}
"""


@pytest.fixture
def hotfix(play) -> str:
    """A hotfix got its sign-offs and has begun; returns the request's id."""
    play.box.add_user("fay")
    play.box.grant(REPO, "fay", "maintain")
    set_policy(play.box, HOTFIX)
    to_dev(play)
    play.say("dora", "/deploy production")
    for who in ("eve", "fay"):
        play.say(who, "/approve")
    assert last(play)[0] == "deploying"
    return play.past()[-1].id


REMINDER = "Still to be looked at by `CISO`"


def test_L4_a_hotfix_goes_with_the_cto_and_the_ciso_looks_afterwards(play, hotfix):
    assert f"{REMINDER}, with `/approve {hotfix}`" in status_comments(play)[-1]
    play.finish()
    pass_time(play, minutes=31)
    assert (last(play)[0], REMINDER in status_comments(play)[-1]) == ("succeeded", True)
    play.say("bob", "/status production")
    assert f"{REMINDER}, with `/approve {hotfix}`" in answers(play)[-1]
    play.say("carol", f"/approve {hotfix}")
    assert f"`CISO` has looked at `{hotfix}` afterwards." in answers(play)[-1]
    assert REMINDER not in status_comments(play)[-1]
    play.say("bob", "/status production")
    assert REMINDER not in answers(play)[-1]
    looked = [each for each in recorded(play, "deployment.said") if each["out"] == "looked"]
    assert [(each["role"], each["deployment"]) for each in looked] == [("CISO", hotfix)]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        pytest.param("eve", "approver_not_eligible", id="another role"),
        pytest.param("dora", "approver_not_eligible", id="whoever asked"),
        pytest.param("rob", "permission_denied", id="somebody who only reads"),
    ],
)
def test_L4_nobody_else_looks_for_that_role(play, hotfix, who, code):
    play.box.add_user("rob")
    play.box.grant(REPO, "rob", "read")
    play.say(who, f"/approve {hotfix}")
    assert f"`{code}`" in answers(play)[-1]
    play.say("bob", "/status")
    assert REMINDER in answers(play)[-1]


def test_L4_whoever_asked_does_not_look_for_a_role_either(play):
    set_policy(play.box, HOTFIX.replace("[carol]", "[carol, dora]"))
    to_dev(play)
    play.say("dora", "/deploy production")
    for who in ("eve", "carol"):
        play.say(who, "/approve")
    play.say("dora", f"/approve {play.past()[-1].id}")
    assert "`self_approval`" in answers(play)[-1]


def test_what_never_began_is_not_looked_at(play):
    set_policy(play.box, HOTFIX)
    to_dev(play)
    play.say("dora", "/deploy production")
    play.say("dora", "/cancel")
    play.say("bob", "/status")
    assert REMINDER not in answers(play)[-1]


# Reviews that are handed in


@pytest.fixture
def incident(play) -> str:
    """A second version was taken back and a fix is pushed; returns the incident's id."""
    to_dev(play)
    push(play, "a = 3\n")
    to_dev(play)
    play.say("bob", "/rollback dev --reason slow")
    play.finish()
    push(play, "a = 4\n")
    return f"inc-{play.past()[1].comment_id}"


def filled(play, incident: str) -> str:
    return template(incident).replace("the commit that mends it, all 40 characters", play.head)


def test_a_review_by_somebody_at_l3_waits_for_l4(play, incident):
    asked = play.say("bob", filled(play, incident))
    assert (
        f"The review of `{incident}` with the fix `{play.head}` is to be accepted"
        in (answers(play)[-1])
    )
    before = play.states()[1]
    play.say("eve", f"/approve {order_id(asked)}")
    assert (before, state(play), play.states()[1]) == ("review_required", "granted", "cleared")
    assert [each["fix"] for each in recorded(play, "incident.reviewed")] == [
        f"gitCommit:{play.head}"
    ]


def test_the_deployer_cannot_agree_to_a_review_that_somebody_else_handed_in(play):
    to_dev(play)
    push(play, "a = 3\n")
    play.say("dora", "/deploy dev")
    play.finish()
    play.say("bob", "/rollback dev --reason slow")
    play.finish()
    push(play, "a = 4\n")
    asked = play.say("bob", filled(play, f"inc-{play.past()[1].comment_id}"))
    play.say("dora", f"/approve {order_id(asked)}")
    assert "`self_approval`" in answers(play)[-1]
    play.say("eve", f"/approve {order_id(asked)}")
    assert (state(play), play.states()[1]) == ("granted", "cleared")


def test_a_deployer_at_l4_hands_the_review_in_as_well(play):
    to_dev(play)
    push(play, "a = 3\n")
    play.say("dora", "/deploy dev")
    play.finish()
    play.say("bob", "/rollback dev --reason slow")
    play.finish()
    push(play, "a = 4\n")
    play.say("dora", filled(play, f"inc-{play.past()[1].comment_id}"))
    assert (state(play), play.states()[1]) == ("waiting", "review_required")


def test_a_review_that_came_too_late_is_stale(play, incident):
    asked = play.say("bob", filled(play, incident))
    play.say("dora", filled(play, incident))
    play.say("eve", f"/approve {order_id(asked)}")
    assert (state(play), "is reviewed already" in order_pages(play)[-1]) == ("stale", True)
    assert len(recorded(play, "incident.reviewed")) == 1
