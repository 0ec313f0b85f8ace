"""Holds: one pull request waits until somebody lifts them, and nothing else does."""

import pytest

from tests.service.chatops.acting import (
    answers,
    approve,
    ask,
    green,
    last,
    pass_time,
    push,
    recorded,
    status_comments,
    to_dev,
    to_production,
)
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.chatops.test_locks import in_order, other_pull
from tests.service.chatops.test_simulate import said


def test_F85_a_held_pull_request_waits_until_its_holder_lifts_that(play):
    play.say("bob", '/hold dev --reason "ask @acme/dba"')
    play.say("carol", "/deploy dev")
    assert (play.states(), play.runs()) == (["queued"], [])
    assert "`held` held by bob \\(ask @&#8203;acme/dba\\) |" in status_comments(play)[-1]
    play.say("carol", "/status dev")
    keeps = "`bob` keeps this pull request from `dev`: `ask @acme/dba`"
    assert keeps in answers(play)[-1]
    play.say("bob", "/unhold dev")
    assert play.states() == ["deploying"]
    kinds = [recorded(play, kind) for kind in ("hold.placed", "hold.lifted")]
    bob = str(play.box.find_account("bob").id)
    assert [[(each["env"], each["by"], each["holder"]) for each in kind] for kind in kinds] == [
        [("dev", bob, bob)]
    ] * 2


@pytest.mark.parametrize(
    ("line", "who", "states"),
    [
        pytest.param("/hold --reason x", "bob", ["queued"], id="everywhere"),
        pytest.param("/hold dev --reason x", "bob", ["queued"], id="its holder as well"),
        pytest.param("/hold production --reason x", "bob", ["deploying"], id="elsewhere"),
    ],
)
def test_a_hold_is_for_everybody_and_for_where_it_says(play, line, who, states):
    play.say(who, line)
    play.say("bob", "/deploy dev")
    assert play.states() == states


def test_others_are_not_held_by_a_hold(play):
    other = other_pull(play, "one")
    play.say("bob", "/hold --reason x")
    play.say("bob", "/deploy dev")
    other.say("bob", "/deploy dev")
    assert in_order(play) == ["queued", "deploying"]
    play.say("bob", "/unhold")
    play.finish()
    assert in_order(play) == ["deploying", "succeeded"]


def test_whoever_waited_behind_what_is_held_goes_first(play):
    other, third = other_pull(play, "one"), other_pull(play, "two")
    for each in (other, play, third):
        each.say("bob", "/deploy dev")
    play.say("bob", "/hold dev --reason x")
    play.finish()
    assert in_order(play) == ["succeeded", "queued", "deploying"]


def test_below_L3_only_ones_own_holds_are_lifted(play):
    set_policy(play.box, f"{POLICY}  levels: {{L2: {{users: [bob]}}}}\n")
    for who in ("bob", "dora"):
        play.say(who, "/hold dev --reason mine")
    play.say("bob", "/unhold production")
    assert "`/unhold` lifts those too" in answers(play)[-1]
    play.say("bob", "/unhold dev")
    assert "Lifted: `dev` by `bob`." in answers(play)[-1]
    play.say("bob", "/unhold")
    assert "`permission_denied`" in answers(play)[-1]
    play.say("bob", "/hold --reason again")
    play.say("eve", "/unhold")
    assert "Lifted: `dev` by `dora`, any environment by `bob`." in answers(play)[-1]
    play.say("eve", "/unhold")
    assert "Nobody holds this pull request." in answers(play)[-1]


def test_a_hold_says_for_which_reason_a_request_expired_and_stays_itself(play):
    play.say("bob", "/hold --reason audit")
    play.say("carol", "/deploy dev")
    pass_time(play, hours=2)
    assert last(play) == ("expired", "time_is_up")
    assert "it waited for held: held by bob (audit)" in status_comments(play)[-1]
    play.say("carol", "/deploy dev")
    assert last(play)[0] == "queued"


def test_a_hold_ends_what_has_the_environment_and_has_not_begun(play):
    ask(play)
    approve(play, "eve")
    play.say("bob", "/hold production --reason wait")
    assert "| hold | waiting | `held` held by bob" in status_comments(play)[-1]
    approve(play, "carol")
    assert play.states()[-1] == "queued"
    play.say("bob", "/unhold")
    assert play.states()[-1] == "deploying"


def test_a_hold_while_the_gates_are_judged_lets_nothing_start(play):
    to_dev(play)
    push(play)
    to_dev(play)
    play.say("dora", "/deploy production")
    approve(play)
    assert last(play)[0] == "gating"
    play.say("bob", "/hold --reason wait")
    assert last(play) == ("blocked", "held")
    green(play)
    assert (last(play)[0], len(play.runs())) == ("blocked", 2)


def test_a_hold_never_stops_a_rollback(play):
    to_production(play)
    push(play)
    to_production(play)
    play.say("bob", "/hold --reason wait")
    play.say("dora", "/rollback production --reason slow")
    assert play.states()[-2:] == ["rolling_back", "deploying"]


def test_a_hold_can_be_simulated(play):
    text = said(play, "bob", "/simulate hold dev --reason x")
    assert "Nothing was done." in text
    play.say("bob", "/hold dev --reason x")
    assert "- waits: `held` held by bob" in said(play, "bob", "/simulate deploy dev")
