"""Taking back: what had traffic goes back to what was good, and nothing else does."""

import pytest

from tests.service.chatops.acting import (
    answers,
    approve,
    ask,
    last,
    pass_time,
    push,
    status_comments,
    to_dev,
    to_production,
)
from tests.service.conftest import REPO


def moving(play, *states: str) -> None:
    """Let the newest deployment's workflow say what it does."""
    found = play.past()[-1]
    for state in states:
        play.box.set_deployment_status(REPO, found.github_id, state, "bob")
    play.bot.settle()


@pytest.fixture
def second(play):
    """A first version is live in development, a second one on its way; returns both commits."""
    to_dev(play)
    first = play.head
    push(play)
    play.say("bob", "/deploy dev")
    return first, play.head


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(["in_progress"], id="told in time"),
        pytest.param(["in_progress", "failure"], id="told together with the failure"),
    ],
)
def test_T92_a_failure_after_traffic_moved_is_taken_back(play, second, told):
    first, _ = second
    moving(play, *told)
    if len(play.past()) == len(["first", "second"]):
        play.finish("failure")
    assert play.states() == ["succeeded", "rolling_back", "deploying"]
    back = play.past()[-1]
    assert (back.kind.value, back.sha, play.runs()[-1].inputs["sha"]) == ("rollback", first, first)
    play.finish()
    assert play.states() == ["succeeded", "review_required", "succeeded"]
    assert play.told() == [
        ["in_progress", "success", "inactive"],
        ["in_progress", *told, "failure", "inactive"],
        ["in_progress", "success"],
    ]


def test_T92_a_failure_before_traffic_moved_is_only_a_failure(play, second):
    play.finish("failure")
    assert play.states() == ["succeeded", "failed"]
    assert last(play) == ("failed", "run_failed")


@pytest.fixture
def taken_back(play, second):
    moving(play, "in_progress")
    play.finish("failure")
    play.finish()
    return second


def test_T93_T99_what_was_taken_back_and_its_environment_are_closed(play, taken_back):
    play.say("bob", "/deploy dev")
    assert last(play) == ("refused", "review_required")
    objections = status_comments(play)[-1]
    assert "- `review_required`" in objections
    assert "- `quarantined`" in objections


def test_T99_people_are_told_how_the_environment_is_opened(play, taken_back):
    incident = f"inc-{play.past()[1].comment_id}"
    assert f"`/review {incident}` is answered with the form" in status_comments(play)[-1]


def test_T93_the_same_commit_stays_out_also_after_the_review(play, taken_back):
    bad = play.head
    fix = push(play, "a = 4\n")
    review = f"/review inc-{play.past()[1].comment_id}\n\ncause: x\nimpact: x\nfix: {{}}\n"
    review += "tests: x\nfollow-ups: none\n"
    play.say("dora", review.format(bad))
    assert "already in what went wrong" in answers(play)[-1]
    play.say("dora", review.format(fix))
    assert play.states()[1] == "cleared"
    play.box.set_branch(REPO, "fix", bad, actor="ann")
    play.bot.settle()
    play.say("bob", "/deploy dev")
    assert last(play) == ("refused", "quarantined")
    assert "/review" not in status_comments(play)[-1]


def test_T94_a_rollback_that_fails_calls_people_and_is_not_taken_back(play, second):
    moving(play, "in_progress")
    play.finish("failure")
    moving(play, "in_progress")
    play.finish("failure")
    assert play.states() == ["succeeded", "rollback_failed", "rollback_failed"]
    assert len(play.runs()) == 3
    assert "People have to act now" in status_comments(play)[-1]
    assert [each[-1] for each in play.told()] == ["success", "error", "error"]


def test_a_rollback_that_takes_too_long_is_told(play, second):
    moving(play, "in_progress")
    play.finish("failure")
    pass_time(play, minutes=10)
    assert play.states()[1:] == ["rollback_failed", "deploying"]
    play.finish()
    assert play.states()[1:] == ["review_required", "succeeded"]


def test_a_success_is_taken_back_when_somebody_says_so(play):
    to_production(play)
    first = play.head
    push(play)
    to_production(play)
    play.say("dora", '/rollback production --reason "slow for @acme/all"')
    play.finish()
    assert play.states()[-2:] == ["review_required", "watching"]
    assert play.past()[-1].sha == first
    assert play.told()[-2:] == [["in_progress", "success", "failure", "inactive"], ["in_progress"]]
    pass_time(play, minutes=31)
    play.say("bob", "/status production")
    assert f"| `production` | `{first[:12]}` (`{play.past()[-1].id}`) |" in answers(play)[-1]


def test_what_is_watched_is_taken_back_by_abort(play):
    to_production(play)
    push(play)
    ask(play)
    approve(play)
    play.finish()
    play.say("dora", "/rollback production --reason slow")
    assert "`/abort` takes it back" in answers(play)[-1]
    play.say("dora", "/abort production")
    assert play.states()[-2:] == ["rolling_back", "deploying"]


def test_where_nothing_good_is_known_that_is_said_and_nothing_moves(play):
    to_dev(play)
    play.say("bob", "/rollback dev --reason x")
    assert "No earlier deployment is known to be good." in answers(play)[-1]
    assert play.states() == ["succeeded"]


def test_a_first_deployment_that_broke_calls_people(play):
    play.say("bob", "/deploy dev")
    moving(play, "in_progress")
    play.finish("failure")
    assert last(play) == ("rollback_failed", "rollback_failed")
    assert "People have to act now" in status_comments(play)[-1]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("/rollback production --reason x", id="rollback"),
        pytest.param('/rollback production --reason "x" --accept-data-risk', id="with data risk"),
    ],
)
def test_whoever_may_not_operate_production_takes_nothing_back(play, line):
    play.say("bob", line)
    assert play.past() == ()
    assert play.reactions(play.box.find_repo(REPO).issues[play.number].comments[0]) == [
        "-1",
        "eyes",
    ]


def test_a_flood_of_requests_makes_nobody_forget_an_incident(play, taken_back):
    for _ in range(3):
        play.say("bob", "/deploy dev")
    assert {each.ended_by for each in play.past()[3:]} == {"review_required"}
