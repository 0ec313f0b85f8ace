"""Who has an environment: one deployment at a time, in order, and people who keep others out."""

import pytest

from tests.service.chatops.acting import (
    answers,
    last,
    pass_time,
    push,
    recorded,
    status_comments,
    to_dev,
    to_production,
)
from tests.service.chatops.conftest import POLICY, Play, set_policy
from tests.service.conftest import REPO

FROZEN = """\
  freezes:
    - {start: "2020-01-01", end: "2099-01-01", timezone: UTC, reason: "year @acme/end"}
"""


def test_a_lock_keeps_others_out_until_it_is_given_up(play):
    play.say("bob", '/lock dev --reason "trying a migration"')
    play.say("carol", "/deploy dev")
    assert (play.states(), play.runs()) == (["queued"], [])
    assert "held by bob \\(trying a migration\\)" in status_comments(play)[-1]
    play.say("bob", "/unlock dev")
    assert play.states() == ["deploying"]


def test_a_lock_keeps_its_owner_out_of_nothing(play):
    play.say("bob", "/lock dev --reason mine")
    play.say("bob", "/deploy dev")
    assert play.states() == ["deploying"]


def test_a_lock_taken_while_something_is_under_way_lets_that_go_on(play):
    play.say("carol", "/deploy dev")
    play.say("bob", "/lock dev --reason next")
    play.finish()
    play.say("carol", "/deploy dev")
    assert play.states() == ["succeeded", "queued"]


def test_a_lock_with_an_end_runs_out_by_itself(play):
    play.say("bob", "/lock dev --until 30m --reason short")
    play.say("carol", "/deploy dev")
    pass_time(play, minutes=29)
    before = play.states()
    pass_time(play, minutes=2)
    assert (before, play.states()) == (["queued"], ["deploying"])


def test_only_its_owner_gives_a_lock_up(play):
    play.say("bob", "/lock dev --reason mine")
    play.say("carol", "/unlock dev")
    play.say("carol", "/lock dev --reason too")
    refusals = answers(play)[1:]
    assert [each.count("`@bob` has locked it, because: `mine`.") for each in refusals] == [1] * 2
    play.say("carol", "/deploy dev")
    assert play.states() == ["queued"]


def test_what_nobody_has_locked_cannot_be_unlocked(play):
    play.say("bob", "/unlock dev")
    assert "Nobody has locked it." in answers(play)[-1]


def test_who_holds_what_is_shown(play):
    play.say("bob", '/lock dev --reason "see @acme/all"')
    play.say("bob", "/status dev")
    assert "| `dev` | nothing | nothing | `@bob: see @acme/all` |" in answers(play)[-1]


def other_pull(play, name: str) -> Play:
    """Return another pull request of the repository."""
    play.box.commit(REPO, name, {f"src/{name}.py": "x = 1\n"}, author="ann")
    pull = play.box.open_pull_request(REPO, name, author="ann")
    play.bot.settle()
    return Play(play.box, play.bot, pull.number)


def in_order(play) -> list[str]:
    """Return the states of all requests in the order in which they were made."""
    return [each.state.value for each in sorted(play.past(), key=lambda each: each.requested_at)]


def test_T80_F56_deployments_of_one_environment_follow_one_another_in_order(play):
    others = [other_pull(play, "one"), other_pull(play, "two")]
    for each in (play, *others):
        each.say("bob", "/deploy dev")
    seen = [in_order(play)]
    assert "is under way there, 1 more before it" in status_comments(others[1])[-1]
    for _ in range(3):
        play.finish()
        seen.append(in_order(play))
    assert seen == [
        ["deploying", "queued", "queued"],
        ["succeeded", "deploying", "queued"],
        ["succeeded", "succeeded", "deploying"],
        ["succeeded", "succeeded", "succeeded"],
    ]


def test_T82_a_deployment_that_ends_early_hands_the_environment_on(play):
    other = other_pull(play, "one")
    play.say("bob", "/deploy dev")
    other.say("bob", "/deploy dev")
    play.say("bob", "/abort dev")
    assert play.states() == ["failed", "deploying"]
    assert [each.conclusion for each in play.runs()] == ["cancelled", None]


def test_T82_a_run_that_never_ends_is_given_up(play):
    play.say("bob", "/deploy dev")
    pass_time(play, minutes=61)
    assert last(play) == ("failed", "time_is_up")
    assert play.runs()[0].conclusion == "cancelled"
    play.say("bob", "/deploy dev")
    assert play.states() == ["failed", "deploying"]


def test_a_queued_request_does_not_wait_for_ever(play):
    play.say("bob", "/lock dev --reason long")
    play.say("carol", "/deploy dev")
    pass_time(play, hours=2)
    assert last(play) == ("expired", "time_is_up")


def test_a_push_ends_what_waits_for_the_environment(play):
    play.say("bob", "/lock dev --reason long")
    play.say("carol", "/deploy dev")
    push(play)
    assert last(play) == ("superseded", "ref_changed")


def test_a_freeze_of_the_policy_holds_back_until_it_is_lifted(play):
    set_policy(play.box, f"{POLICY}{FROZEN}")
    play.say("bob", "/deploy dev")
    assert play.states() == ["queued"]
    shown = status_comments(play)[-1]
    assert "`frozen` year @&#8203;acme/end, until 2099\\-01\\-01 00:00 UTC |" in shown
    set_policy(play.box)
    play.bot.settle()
    assert play.states() == ["deploying"]


def test_neither_a_freeze_nor_a_lock_stops_a_rollback(play):
    to_dev(play)
    push(play)
    to_dev(play)
    set_policy(play.box, f"{POLICY}{FROZEN}")
    play.say("carol", "/lock dev --reason mine")
    play.say("bob", "/rollback dev --reason bad")
    play.finish()
    assert play.states() == ["succeeded", "review_required", "succeeded"]


@pytest.mark.parametrize("line", ["/abort production", "/rollback production --reason x"])
def test_what_is_under_way_is_aborted_and_not_rolled_back(play, line):
    to_production(play)
    before = len(play.runs())
    play.say("dora", line)
    is_rollback = line.startswith("/rollback")
    assert ("`no_rollback_target`" in answers(play)[-1]) == is_rollback
    assert ("Nothing is under way there." in answers(play)[-1]) != is_rollback
    assert len(play.runs()) == before


def test_a_lock_is_recorded_with_who_took_it(play):
    play.say("bob", "/lock dev --reason mine")
    (entry,) = recorded(play, "command.decided")
    bob = play.box.find_account("bob").id
    assert (entry["verb"], entry["env"], entry["code"], entry["by"]) == (
        "lock",
        "dev",
        "locked",
        str(bob),
    )
