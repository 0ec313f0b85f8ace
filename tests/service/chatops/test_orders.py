"""Locks of others, freezes by people and chosen rollbacks: done once somebody else agreed."""

import pytest

from app.core.commands.order import data_risk
from app.store import environment_locks
from tests.service.chatops.acting import (
    answers,
    approve,
    green,
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


def agreed(play, who: str, line: str, by: str = "eve"):
    """Let somebody give an order and somebody else agree to it; returns the order's comment."""
    asked = play.say(who, line)
    play.say(by, f"/approve {order_id(asked)}")
    return asked


FORCE = "/unlock dev --force --reason gone"


def test_F29_somebody_else_s_lock_ends_once_a_third_person_agreed(play):
    play.say("bob", "/lock dev --reason mine")
    play.say("bob", "/deploy dev --dry-run")
    play.say("ann", "/deploy dev")
    asked = play.say("dora", FORCE)
    assert "The lock of `@bob` on `dev` (`mine`) is to end, because `gone`." in answers(play)[-1]
    before = play.states()
    play.say("eve", f"/approve {order_id(asked)}")
    assert (before, state(play), play.states()) == (["queued"], "granted", ["deploying"])


def test_the_owner_needs_nobody_to_give_a_lock_up(play):
    play.say("bob", "/lock dev --reason mine")
    play.say("bob", FORCE)
    assert "`dev` is free." in answers(play)[-1]
    play.say("dora", FORCE)
    assert "Nobody has locked it." in answers(play)[-1]


def test_a_lock_that_changed_hands_meanwhile_is_not_the_one_that_people_agreed_to(play):
    play.say("bob", "/lock dev --reason mine")
    asked = play.say("dora", FORCE)
    play.say("bob", "/unlock dev")
    play.say("carol", "/lock dev --reason yours")
    play.say("eve", f"/approve {order_id(asked)}")
    assert state(play) == "stale"
    assert "`somebody else has locked it since`" in order_pages(play)[-1]
    assert "@carol" in _locked(play)


def test_a_lock_that_its_owner_took_anew_is_not_that_lock_either(play):
    play.say("bob", "/lock dev --reason mine")
    asked = play.say("dora", FORCE)
    play.say("bob", "/unlock dev")
    play.say("bob", "/lock dev --reason again")
    play.say("eve", f"/approve {order_id(asked)}")
    assert state(play) == "stale"


def test_a_lock_that_ran_out_meanwhile_needs_no_end(play):
    play.say("bob", "/lock dev --until 5m --reason mine")
    asked = play.say("dora", FORCE)
    pass_time(play, minutes=6)
    play.say("eve", f"/approve {order_id(asked)}")
    assert (state(play), "`the lock was given up`" in order_pages(play)[-1]) == ("stale", True)


def _locked(play) -> str:
    repository = play.box.find_repo(REPO).id
    with play.bot.parts.database.read() as connection:
        found = environment_locks.lock_of(connection, repository, "@dev")
    return found.holder if found else ""


def test_whoever_may_not_force_a_lock_open_places_no_order(play):
    play.say("dora", "/lock dev --reason mine")
    play.say("bob", FORCE)
    assert "`permission_denied`" in answers(play)[-1]
    assert order_pages(play) == []


# Freezes


def test_a_freeze_by_command_holds_back_until_it_ends(play):
    play.say("dora", '/freeze dev --until 2h --reason "audit for @acme/all"')
    play.say("bob", "/deploy dev")
    assert last(play)[0] == "queued"
    assert "`frozen` audit for @&#8203;acme/all \\(dora\\), until" in status_comments(play)[-1]
    play.say("bob", "/status")
    assert "`dev` is frozen by `dora` until" in answers(play)[-1]
    pass_time(play, minutes=119)
    before = last(play)[0]
    pass_time(play, minutes=1)
    assert (before, last(play)[0]) == ("queued", "deploying")


def test_a_freeze_while_the_gates_are_judged_lets_nothing_start(play):
    to_dev(play)
    play.say("dora", "/deploy production")
    approve(play)
    assert last(play)[0] == "gating"
    play.say("dora", "/freeze production --until 2h --reason audit")
    green(play)
    assert (last(play), len(play.runs())) == (("blocked", "frozen"), 1)


def test_a_freeze_is_lifted_once_somebody_else_agreed(play):
    play.say("dora", "/freeze dev --until 30m --reason audit")
    play.say("bob", "/deploy dev")
    asked = play.say("dora", "/unfreeze dev --reason done")
    play.say("dora", f"/approve {order_id(asked)}")
    before = last(play)[0]
    play.say("eve", f"/approve {order_id(asked)}")
    assert (before, state(play), last(play)[0]) == ("queued", "granted", "deploying")
    (lifted,) = recorded(play, "freeze.lifted")
    (kept,) = recorded(play, "freeze.set")
    assert (
        (kept["freeze"], kept["env"])
        == (lifted["freeze"], lifted["env"])
        == (
            f"frz-{play.box.find_repo(REPO).issues[play.number].comments[0].id}",
            "dev",
        )
    )


def test_an_unfreeze_lifts_what_was_there_when_it_was_asked_for(play):
    play.say("dora", "/freeze dev --until 30m --reason one")
    asked = play.say("dora", "/unfreeze dev --reason done")
    play.say("carol", "/freeze dev --until 2h --reason two")
    play.say("eve", f"/approve {order_id(asked)}")
    play.say("bob", "/deploy dev")
    assert (state(play), last(play)[0]) == ("granted", "queued")


def test_a_freeze_that_ended_meanwhile_needs_no_lifting(play):
    play.say("dora", "/freeze dev --until 30m --reason one")
    asked = play.say("dora", "/unfreeze dev --reason done")
    pass_time(play, minutes=31)
    play.say("eve", f"/approve {order_id(asked)}")
    assert (state(play), "`the freeze is over already`" in order_pages(play)[-1]) == ("stale", True)


def test_a_freeze_of_everything_is_lifted_by_l5_only(play):
    play.box.grant(REPO, "carol", "admin")
    set_policy(play.box, f"{POLICY}  levels: {{L5: {{users: [carol]}}}}\n")
    play.say("dora", "/freeze --global --until 1h --reason all")
    play.say("bob", "/deploy dev")
    play.say("dora", "/unfreeze dev --reason done")
    assert "`/unfreeze --global` is what lifts that." in answers(play)[-1]
    play.say("dora", "/unfreeze --global --reason done")
    assert "`permission_denied`" in answers(play)[-1]
    before = last(play)[0]
    agreed(play, "carol", "/unfreeze --global --reason done")
    assert (before, state(play), last(play)[0]) == ("queued", "granted", "deploying")


def test_a_freeze_of_the_policy_is_not_lifted_by_command(play):
    frozen = '{start: "2020-01-01", end: "2099-01-01", timezone: UTC, reason: year}'
    set_policy(play.box, f"{POLICY}  freezes: [{frozen}]\n")
    play.say("dora", "/unfreeze dev --reason done")
    assert "a freeze of the policy ends in the policy" in answers(play)[-1]


def test_a_freeze_by_command_and_one_of_the_policy_both_hold(play):
    frozen = '{start: "2020-01-01", end: "2099-01-01", timezone: UTC, reason: year}'
    set_policy(play.box, f"{POLICY}  freezes: [{frozen}]\n")
    play.say("dora", "/freeze dev --until 30m --reason audit")
    play.say("bob", "/deploy dev")
    assert "until 2099" in status_comments(play)[-1]
    set_policy(play.box, POLICY)
    assert last(play)[0] == "queued"


def test_neither_freeze_nor_order_stops_a_rollback_to_the_last_known_good(play):
    to_dev(play)
    push(play)
    to_dev(play)
    play.say("dora", "/freeze --global --until 30m --reason audit")
    play.say("bob", "/rollback dev --reason bad")
    play.finish()
    assert play.states() == ["succeeded", "review_required", "succeeded"]


# Rollbacks that people choose


@pytest.fixture
def three(play) -> list[str]:
    """Three versions went to development one after the other; returns their commits."""
    made = []
    for text in ("a = 2\n", "a = 3\n", "a = 4\n"):
        if made:
            push(play, text)
        to_dev(play)
        made.append(play.head)
    return made


def test_T92_going_back_further_than_the_last_known_good_waits_for_somebody(play, three):
    first, _, live = three
    asked = play.say("bob", f"/rollback dev --to {first} --reason slow")
    assert f"`dev` is to go from `{live}` back to `{first}`, because `slow`" in answers(play)[-1]
    assert play.states() == ["succeeded"] * 3
    play.say("eve", f"/approve {order_id(asked)} {first[:7]}")
    play.finish()
    assert play.states() == ["succeeded", "succeeded", "review_required", "succeeded"]
    assert (play.past()[-1].sha, play.past()[-1].kind.value) == (first, "rollback")


def test_T16_on_a_merged_pull_request_people_still_agree_to_a_rollback(play, three):
    play.box.merge(REPO, play.number, actor="carol")
    play.bot.settle()
    agreed(play, "bob", f"/rollback dev --to {three[0]} --reason slow")
    assert (state(play), play.past()[-1].sha) == ("granted", three[0])


def test_naming_the_last_known_good_needs_nobody(play, three):
    play.say("bob", f"/rollback dev --to {three[1]} --reason slow")
    play.finish()
    assert (play.past()[-1].sha, order_pages(play)) == (three[1], [])


@pytest.mark.parametrize(
    ("target", "code", "says"),
    [
        pytest.param("0" * 40, "no_rollback_target", "was never a success there", id="T92 unknown"),
        pytest.param("live", "no_rollback_target", "is what is live", id="T92 what is live"),
        pytest.param("bad", "quarantined", "was taken back from dev", id="T93 what was taken back"),
    ],
)
def test_T92_T93_what_nobody_can_go_back_to(play, three, target, code, says):
    if target == "live":
        play.say("bob", "/deploy dev")
        play.finish()
    if target == "bad":
        # The same tree came there twice; the second time it was taken back.
        play.box.set_branch(REPO, "fix", three[0], actor="ann")
        play.bot.settle()
        to_dev(play)
        play.say("bob", "/rollback dev --reason slow")
        play.finish()
    sha = {"live": three[2], "bad": three[0]}.get(target, target)
    play.say("bob", f"/rollback dev --to {sha} --reason slow")
    assert f"`{code}`" in answers(play)[-1]
    assert says in answers(play)[-1].replace("\\", "")


def test_what_went_live_meanwhile_makes_a_chosen_rollback_stale(play, three):
    asked = play.say("bob", f"/rollback dev --to {three[0]} --reason slow")
    push(play, "a = 5\n")
    to_dev(play)
    play.say("eve", f"/approve {order_id(asked)}")
    assert state(play) == "stale"
    assert "is live there now" in order_pages(play)[-1]
    assert play.states() == ["succeeded"] * 4


def test_what_is_under_way_meanwhile_makes_it_stale_as_well(play, three):
    asked = play.say("bob", f"/rollback dev --to {three[0]} --reason slow")
    play.say("bob", "/deploy dev")
    play.say("eve", f"/approve {order_id(asked)}")
    assert (state(play), "is under way there" in order_pages(play)[-1]) == ("stale", True)


def test_T91_loss_of_data_needs_l5_the_quoted_sentence_and_two_people(play, three):
    play.box.grant(REPO, "carol", "admin")
    play.box.grant(REPO, "eve", "admin")
    set_policy(play.box, f"{POLICY}  levels: {{L5: {{users: [carol, eve]}}}}\n")
    line = f"/rollback dev --to {three[0]} --accept-data-risk --reason"
    play.say("dora", f"{line} slow")
    denied = answers(play)[-1]
    play.say("carol", f"{line} slow")
    sentence = data_risk("dev", three[0])
    asked_for = answers(play)[-1]
    asked = play.say("carol", f'{line} "{sentence}"')
    told = answers(play)[-1]
    play.say("dora", f"/approve {order_id(asked)}")
    before = state(play)
    play.say("eve", f"/approve {order_id(asked)}")
    play.finish()
    assert "`permission_denied`" in denied
    assert f"`{sentence}`" in asked_for
    assert "2 at L4, 1 of them at L5" in told
    assert (before, state(play), play.past()[-1].sha) == ("waiting", "granted", three[0])


def test_T71_a_chosen_rollback_is_begun_once(play, three):
    play.box.disturb_webhooks("duplicate", event="issue_comment", action="created")
    agreed(play, "bob", f"/rollback dev --to {three[0]} --reason slow")
    pass_time(play, minutes=1)
    play.finish()
    assert play.states() == ["succeeded", "succeeded", "review_required", "succeeded"]
    assert len(play.runs()) == 4


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(FORCE, id="unlock"),
        pytest.param("/unfreeze dev --reason done", id="unfreeze"),
        pytest.param("/rollback dev --to {} --reason slow", id="rollback"),
    ],
)
def test_orders_are_simulated_without_being_placed(play, three, line):
    play.say("bob", "/lock dev --reason mine")
    play.say("dora", "/freeze dev --until 30m --reason audit")
    play.say("dora", f"/simulate {line.format(three[0])}")
    assert "would be answered:\n\nOrder `ord-" in answers(play)[-1]
    assert (order_pages(play), recorded(play, "order.moved")) == ([], [])


def test_another_deployment_of_what_is_live_is_nothing_to_go_back_to(play):
    to_dev(play)
    to_dev(play)
    play.say("bob", "/rollback dev --reason slow")
    assert "`no_rollback_target`" in answers(play)[-1]
    assert play.states() == ["succeeded"] * 2
