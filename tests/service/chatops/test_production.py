"""Production from the request to the end of the watch, as people and GitHub see it."""

from tests.service.chatops.acting import (
    answers,
    approve,
    ask,
    last,
    pass_time,
    push,
    ready,
    recorded,
    status_comments,
    to_dev,
    to_production,
)
from tests.service.conftest import REPO


def test_two_people_agree_and_the_head_goes_live(play):
    ask(play)
    assert last(play) == ("awaiting_approval", "approval_needed")
    play.say("eve", "/approve")
    assert (last(play)[0], len(play.runs())) == ("awaiting_approval", 1)
    play.say("carol", "/approve")
    assert (last(play)[0], len(play.runs())) == ("deploying", 2)
    play.finish()
    assert last(play)[0] == "watching"
    pass_time(play, minutes=31)
    assert last(play) == ("succeeded", "watch_over")
    assert play.told() == [["in_progress", "success"]] * 2


def test_the_workflow_of_the_default_branch_gets_the_commit_as_data(play):
    ask(play)
    approve(play)
    run, found = play.runs()[-1], play.past()[-1]
    assert run.suite.head_branch == "main"
    assert run.inputs == {
        "sha": play.head,
        "environment": "production",
        "request_id": found.id,
        "deployment_id": str(found.github_id),
        "strategy": "rolling",
        "kind": "deploy",
    }


def test_T43_T45_T52_github_is_told_what_kind_of_deployment_it_is(play):
    ask(play)
    approve(play)
    dev, production = play.box.find_repo(REPO).deployments.values()
    assert (dev.production, production.production) == (False, True)
    assert (production.transient, production.ref) == (False, play.head)
    assert production.payload["request_id"] == play.past()[-1].id


def test_T44_the_success_before_is_set_inactive(play):
    to_production(play)
    push(play)
    to_production(play)
    assert play.told() == [
        ["in_progress", "success", "inactive"],
        ["in_progress", "success", "inactive"],
        ["in_progress", "success"],
        ["in_progress", "success"],
    ]


def test_each_environment_has_one_comment_that_is_edited_in_place(play):
    to_production(play)
    dev, production = status_comments(play)
    assert "Deployment to `dev`: succeeded" in dev
    assert "Deployment to `production`: succeeded" in production
    assert len(answers(play)) == 4


def test_a_command_is_seen_and_then_marked_as_done_or_refused(play):
    ready(play)
    taken, denied = play.say("dora", "/deploy production"), play.say("bob", "/deploy production")
    assert [play.reactions(each) for each in (taken, denied)] == [["+1", "eyes"], ["-1", "eyes"]]


def test_whoever_may_not_operate_production_cannot_ask_for_it(play):
    ready(play)
    play.say("bob", "/deploy production")
    assert "`permission_denied`" in play.replies()[-1]
    assert len(play.past()) == 1


def test_a_commit_that_nobody_reviewed_is_blocked_by_its_merge_gates(play):
    to_dev(play)
    play.say("dora", "/deploy production")
    approve(play)
    pass_time(play, minutes=16)
    assert (last(play)[0], play.told()[-1]) == ("blocked", ["pending", "failure"])
    assert len(play.runs()) == 1


def test_the_newest_request_owns_the_comment_while_an_older_one_is_watched(play):
    ask(play)
    approve(play)
    play.finish()
    play.say("dora", "/deploy production")
    pass_time(play, minutes=1)
    assert play.states() == ["succeeded", "watching", "awaiting_approval"]
    assert "Deployment to `production`: awaiting approval" in status_comments(play)[-1]


def test_the_log_has_every_command_approval_and_change_of_state(play):
    to_production(play)
    commands = [(each["verb"], each["code"]) for each in recorded(play, "command.decided")]
    assert commands == [
        ("deploy", "requested"),
        ("deploy", "requested"),
        ("approve", "approved"),
        ("approve", "approved"),
    ]
    assert [each["out"] for each in recorded(play, "deployment.said")] == ["approve", "approve"]
    found = play.past()[-1]
    moves = [each for each in recorded(play, "deployment.moved") if each["deployment"] == found.id]
    assert [each["state"] for each in moves] == [
        "requested",
        "awaiting_approval",
        "queued",
        "gating",
        "deploying",
        "verifying",
        "watching",
        "succeeded",
    ]
