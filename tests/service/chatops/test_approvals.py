"""Whose agreement counts, for exactly what, and for how long."""

import pytest

from tests.service.chatops.acting import (
    approve,
    ask,
    last,
    pass_time,
    push,
    status_comments,
)
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.conftest import REPO

WAITING = ("awaiting_approval", "approval_needed")


@pytest.mark.parametrize(
    ("who", "code"),
    [
        pytest.param("dora", "self_approval", id="whoever asked"),
        pytest.param("ann", "self_approval", id="the author of the pull request"),
        pytest.param("rob", "permission_denied", id="somebody who only reads"),
    ],
)
def test_T25_T26_who_cannot_approve(play, who, code):
    play.box.add_user("rob")
    play.box.grant(REPO, "rob", "read")
    ask(play)
    play.say(who, "/approve")
    assert f"`{code}`" in play.replies()[-1]
    assert last(play) == WAITING


def test_T25_whoever_pushed_a_commit_of_somebody_else_cannot_approve(play):
    push(play, pusher="eve")
    ask(play)
    play.say("eve", "/approve")
    assert "`self_approval`" in play.replies()[-1]


def test_the_same_person_counts_once(play):
    ask(play)
    approve(play, "eve", "eve")
    assert last(play) == WAITING
    assert "1 of 2" in status_comments(play)[-1]


def test_one_of_two_has_to_be_able_to_operate_production(play):
    play.box.add_user("fay")
    play.box.grant(REPO, "fay", "write")
    ask(play)
    approve(play, "bob", "fay")
    assert last(play) == WAITING
    play.say("eve", "/approve")
    assert last(play)[0] == "deploying"


def test_T21_an_approval_counts_no_more_once_the_right_is_taken_away(play):
    ask(play)
    approve(play, "eve")
    play.box.grant(REPO, "eve", "read")
    approve(play, "carol")
    assert last(play) == WAITING
    assert "`eve` does not count (`approver_not_eligible`)" in status_comments(play)[-1]


def test_T21_a_request_ends_once_whoever_asked_may_not_ask_any_more(play):
    ask(play)
    play.box.grant(REPO, "dora", "write")
    approve(play)
    assert last(play) == ("refused", "permission_denied")
    assert len(play.runs()) == 1


def test_an_approval_under_another_policy_is_stale_and_can_be_given_anew(play):
    ask(play)
    approve(play, "eve")
    set_policy(play.box, f"{POLICY}# changed\n")
    approve(play, "carol")
    assert last(play) == WAITING
    assert "`eve` does not count (`approval_stale`)" in status_comments(play)[-1]
    play.say("eve", "/approve")
    assert last(play)[0] != "awaiting_approval"


def test_an_approval_names_the_commit_that_was_looked_at(play):
    ask(play)
    play.say("eve", "/approve 0123456")
    assert "`approval_stale`" in play.replies()[-1]
    assert f"The request is for `{play.head}`." in play.replies()[-1]


def test_of_several_requests_one_has_to_be_named(play):
    ask(play)
    play.say("dora", "/deploy production")
    play.say("eve", "/approve")
    names = [f"`/approve {each.id}`" for each in play.past()[1:]]
    assert f"Several wait, name one: {', '.join(names)}." in play.replies()[-1]
    approve(play)
    assert play.states() == ["succeeded", "awaiting_approval", "deploying"]


def test_a_no_ends_the_request_whatever_others_said(play):
    ask(play)
    approve(play, "eve")
    play.say("bob", '/reject --reason "not on a Friday"')
    assert last(play) == ("rejected", "rejected")
    play.say("carol", "/approve")
    assert "`no_request`" in play.replies()[-1]


@pytest.mark.parametrize(
    ("who", "state"),
    [
        pytest.param("dora", "cancelled", id="by whoever asked"),
        pytest.param("bob", "cancelled", id="by another operator"),
        pytest.param("rob", "awaiting_approval", id="not by somebody who only reads"),
    ],
)
def test_a_request_that_waits_is_cancelled(play, who, state):
    play.box.add_user("rob")
    play.box.grant(REPO, "rob", "read")
    ask(play)
    play.say(who, "/cancel")
    assert last(play)[0] == state


def test_what_runs_is_not_cancelled_but_aborted(play):
    ask(play)
    approve(play)
    play.say("dora", "/cancel")
    assert "`/abort`" in play.replies()[-1]
    assert last(play)[0] == "deploying"


def test_a_request_that_nobody_answers_expires(play):
    ask(play)
    pass_time(play, hours=3, minutes=59)
    before = last(play)
    pass_time(play, minutes=1)
    assert (before, last(play)) == (WAITING, ("expired", "time_is_up"))
    assert "Post `/deploy production` again" in status_comments(play)[-1]


def test_what_the_policy_asks_for_in_roles_is_asked_for(play):
    roles = "  roles: {CISO: {users: [eve]}}\n  sign_offs:\n    - {id: prod, roles: [CISO]}\n"
    set_policy(play.box, f"{POLICY}{roles}".replace("peer_review: false", "peer_review: false"))
    play.box.merge(REPO, play.number, actor="carol")
    play.box.commit(REPO, "more", {"src/b.py": "b = 2\n"}, author="ann")
    play.number = play.box.open_pull_request(REPO, "more", author="ann").number
    play.bot.settle()
    play.say("bob", "/deploy dev")
    assert last(play) == WAITING
    play.say("dora", "/approve")
    assert "still needed: `CISO`" in status_comments(play)[-1]
    play.say("eve", "/approve")
    assert last(play)[0] == "deploying"


def test_a_request_of_another_pull_request_is_not_approved_here(play):
    ask(play)
    request = play.past()[-1].id
    play.box.commit(REPO, "other", {"src/b.py": "b = 2\n"}, author="bob")
    other = play.box.open_pull_request(REPO, "other", author="bob").number
    play.box.comment(REPO, other, "eve", f"/approve {request}")
    play.bot.settle()
    assert last(play) == WAITING
