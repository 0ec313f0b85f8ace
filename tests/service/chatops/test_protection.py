"""GitHub's own door: a run that waits before an environment is answered, always."""

from datetime import timedelta

import pytest

from app.core.deploy import protection
from app.store import protections
from tests.service.chatops.acting import wake
from tests.service.conftest import REPO


def ask(play, run, environment: str = "dev") -> None:
    play.box.ask_protection(REPO, run, environment)
    play.bot.settle()


def answers(run) -> list[tuple[str, str]]:
    return [(environment, state) for environment, state, _ in run.protection_answers]


def test_a_run_that_a_command_started_may_go_on(play):
    play.say("bob", "/deploy dev")
    (run,) = play.runs()
    ask(play, run)
    assert answers(run) == [("dev", "approved")]


def test_T60_a_run_that_nobody_asked_for_may_not(play, monkeypatch):
    monkeypatch.setattr(protection, "PATIENCE", timedelta(0))
    run = play.box.start_workflow(REPO, play.box.sha(REPO, "main"), "carol", event="push")
    ask(play, run, "production")
    assert answers(run) == [("production", "rejected")]
    assert "/deploy production" in run.protection_answers[0][2]


def test_a_run_that_may_not_be_known_yet_is_looked_at_again(play):
    run = play.box.start_workflow(REPO, play.box.sha(REPO, "main"), "carol", event="push")
    ask(play, run, "production")
    (waiting,) = [each for each in play.bot.standings() if each.kind == "run"]
    assert answers(run) == []
    assert waiting.state == "sleeping"


def test_T61_another_attempt_of_an_approved_run_may_not(play):
    play.say("bob", "/deploy dev")
    (run,) = play.runs()
    ask(play, run)
    play.finish()
    ask(play, run)
    assert answers(run) == [("dev", "approved"), ("dev", "rejected")]


@pytest.mark.parametrize("fault", ["after", "status"])
def test_T59_an_answer_that_got_lost_is_given_again(play, fault):
    play.say("bob", "/deploy dev")
    (run,) = play.runs()
    details = {"status": 502} if fault == "status" else {}
    play.box.fail_api(fault, "/deployment_protection_rule", "POST", 1, **details)
    ask(play, run)
    wake(play)
    with play.bot.parts.database.read() as connection:
        repository = play.box.find_repo(REPO).id
        assert protections.unanswered(connection, repository, run.id) == ()
    assert answers(run) == [("dev", "approved")]


def test_T56_an_address_that_is_not_ours_is_not_followed(play):
    play.box.emit(
        "deployment_protection_rule",
        "requested",
        {
            "environment": "dev",
            "deployment_callback_url": "https://evil.example/repos/acme/other/actions/runs/7/x",
        },
        REPO,
        "carol",
    )
    play.bot.settle()
    assert [each for each in play.bot.standings() if each.kind == "run"] == []
