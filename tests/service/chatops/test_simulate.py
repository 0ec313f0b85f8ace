"""Simulations say everything that would stop a command, and change nothing."""

import pytest


def said(play, who: str, text: str) -> str:
    play.say(who, text)
    return play.replies()[-1]


@pytest.mark.parametrize("line", ["/simulate deploy production", "/deploy production --dry-run"])
def test_every_obstacle_is_told_at_once_and_nothing_is_done(play, line):
    text = said(play, "dora", line)
    assert "Nothing was done." in text
    assert "- stops: `order_violation` nothing was deployed to dev yet" in text
    assert "- waits: the merge gates have not decided about this commit" in text
    assert "- waits: 2 people have to approve" in text
    assert (play.past(), play.runs(), play.told()) == ((), [], [])


def test_what_nothing_stops_is_said_to_be_free(play):
    text = said(play, "bob", "/simulate deploy dev")
    assert "- nothing stands in the way" in text
    assert play.past() == ()


def test_the_right_to_ask_is_looked_at_as_well(play):
    assert "`permission_denied`" in said(play, "bob", "/simulate deploy production")


def test_other_changes_are_simulated_by_their_answer(play):
    text = said(play, "bob", "/simulate lock dev --reason later")
    assert "would be answered:" in text
    play.say("bob", "/deploy dev")
    assert play.states() == ["deploying"]


def test_a_lock_is_named_as_what_a_deployment_waits_for(play):
    play.say("dora", "/lock dev --reason demo")
    assert "- waits: `locked` held by dora" in said(play, "bob", "/simulate deploy dev")
