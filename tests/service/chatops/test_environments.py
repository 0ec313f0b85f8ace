"""Environments and policies that are not as a command expects them."""

import pytest

from tests.service.chatops.acting import answers, ask, last, push, status_comments, to_dev
from tests.service.chatops.conftest import POLICY, Play, set_policy
from tests.service.conftest import REPO

NO_WORKFLOW = POLICY.replace("workflow: deploy.yml, peer_review: false", "peer_review: false")


def test_T64_an_environment_that_github_does_not_have_is_not_made_by_the_way(play):
    set_policy(play.box, POLICY.replace("name: dev,", "name: dve,").replace("[dev]", "[dve]"))
    play.say("bob", "/deploy dve")
    assert last(play) == ("refused", "environment_unprotected")
    assert "would make one without any rules" in status_comments(play)[-1]
    assert sorted(play.box.find_repo(REPO).environments) == ["dev", "production"]


def test_T64_T65_where_the_policy_asks_for_it_our_own_rule_must_be_enabled(play):
    set_policy(play.box, POLICY.replace("name: dev,", "name: dev, guarded: true,"))
    play.say("bob", "/deploy dev")
    assert last(play) == ("refused", "environment_unprotected")
    assert "not enabled there as a deployment protection rule" in status_comments(play)[-1]
    play.box.guard_environment(REPO, "dev", play.box.app)
    play.say("bob", "/deploy dev")
    assert last(play) == ("deploying", "gates_passed")


@pytest.mark.parametrize("guarded", [False, True])
def test_T65_people_are_told_where_the_other_door_stands_open(play, guarded):
    if guarded:
        play.box.guard_environment(REPO, "production", play.box.app)
    ask(play)
    development, production = status_comments(play)
    assert last(play) == ("awaiting_approval", "approval_needed")
    told = ["protection rule is not enabled" in each for each in (development, production)]
    assert told == [False, not guarded]


@pytest.mark.parametrize("line", ["/deploy dev", "/status", "/unlock dev", "/deploy @x"])
def test_a_policy_that_cannot_be_used_carries_nothing_out_and_says_so(play, line):
    set_policy(play.box, f"{POLICY}  oops: 1\n")
    comment = play.say("bob", line)
    assert "`policy_invalid`" in answers(play)[-1]
    assert (play.past(), play.reactions(comment)) == ((), ["-1", "eyes"])


def test_a_request_ends_when_the_policy_breaks_meanwhile(play):
    ask(play)
    set_policy(play.box, f"{POLICY}  oops: 1\n")
    play.bot.settle()
    assert last(play) == ("refused", "policy_invalid")


def test_a_request_ends_when_its_environment_leaves_the_policy(play):
    ask(play)
    set_policy(play.box, POLICY.partition("    - {name: production")[0])
    play.bot.settle()
    assert last(play) == ("refused", "unknown_environment")


@pytest.mark.parametrize("name", ["prod", "PRODUCTION", "Prod"])
def test_an_environment_answers_to_its_names_in_any_case(play, name):
    to_dev(play)
    play.say("dora", f"/deploy {name}")
    assert play.past()[-1].environment == "production"


def test_without_a_workflow_whoever_deploys_says_how_it_went(play):
    set_policy(play.box, NO_WORKFLOW)
    play.say("bob", "/deploy dev")
    assert (play.states(), play.runs()) == (["deploying"], [])
    (record,) = play.box.find_repo(REPO).deployments
    for state in ("in_progress", "success"):
        play.box.set_deployment_status(REPO, record, state, "bob")
    play.bot.settle()
    assert last(play) == ("succeeded", "healthy")


def test_a_record_that_somebody_else_made_is_not_taken_for_ours(play):
    play.say("carol", "/lock dev --reason wait")
    play.say("bob", "/deploy dev")
    request = play.past()[0].id
    made = play.box.ask_protection(REPO, play.box.start_workflow(REPO, play.head), "dev")
    made.task, made.payload = "gatewright", {"request_id": request}
    play.say("carol", "/unlock dev")
    assert play.states() == ["deploying"]
    assert play.past()[0].github_id != made.id


def test_what_is_live_is_what_went_there_last_and_not_what_was_asked_for_last(play):
    play.box.commit(REPO, "other", {"src/b.py": "b = 2\n"}, author="ann")
    other = Play(play.box, play.bot, play.box.open_pull_request(REPO, "other", author="ann").number)
    play.bot.settle()
    play.say("carol", "/lock dev --reason first")
    play.say("bob", "/deploy dev")
    other.say("carol", "/deploy dev")
    early, late = play.past()
    assert early.requested_login == "bob"
    other.finish()
    play.say("carol", "/unlock dev")
    play.finish()
    play.say("bob", "/status dev")
    assert [each.id for each in play.past()] == [late.id, early.id]
    assert f"| `dev` | `{early.sha[:12]}` (`{early.id}`) | nothing |" in answers(play)[-1]
    play.say("bob", "/rollback dev --reason x")
    assert play.past()[-1].sha == late.sha


def test_nothing_is_deployed_where_the_policy_has_no_environments(play):
    set_policy(play.box, "version: 1\n")
    play.say("bob", "/deploy dev")
    play.say("bob", "/status")
    refused, empty = answers(play)
    assert "The policy names no environment." in refused
    assert "nothing can be deployed" in empty


def test_a_push_that_changes_nothing_of_a_finished_request_leaves_it_alone(play):
    to_dev(play)
    push(play)
    assert play.states() == ["succeeded"]


def test_T53_a_name_with_a_slash_is_one_environment_however_it_is_spelt(play):
    play.box.add_environment(REPO, "eu/Dev:1")
    set_policy(play.box, POLICY.replace("name: dev,", "name: eu/Dev:1,").replace("[dev]", "[]"))
    play.say("bob", "/deploy EU/dev:1")
    (run,) = play.runs()
    play.box.ask_protection(REPO, run, "eu/DEV:1")
    play.bot.settle()
    assert [each[:2] for each in run.protection_answers] == [("eu/DEV:1", "approved")]
    play.say("bob", "/deploy eu/dev:1")
    assert play.states() == ["deploying", "queued"]
    play.finish()
    assert play.states() == ["succeeded", "deploying"]
    assert {each.environment for each in play.past()} == {"eu/Dev:1"}
    assert sorted(play.box.find_repo(REPO).environments) == ["dev", "eu/dev:1", "production"]


def test_a_success_links_to_where_it_can_be_seen(play):
    url = "https://dev.example.com/"
    set_policy(play.box, POLICY.replace("{name: dev,", f"{{name: dev, url: '{url}',"))
    to_dev(play)
    (record,) = play.box.find_repo(REPO).deployments.values()
    assert [each.environment_url for each in record.statuses] == ["", url]
