"""One comment of one person is carried out once, and nothing else is a command at all."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from app.wiring import utc_now
from tests.service.chatops.acting import answers, ask, recorded
from tests.service.conftest import REPO


def event_of(play, comment) -> dict[str, Any]:
    """Return what GitHub sent about a comment, to be sent again in another form."""
    found = next(
        each
        for each in play.box.deliveries
        if each.event == "issue_comment" and each.payload["comment"]["id"] == comment.id
    )
    return {name: deepcopy(found.payload[name]) for name in ("comment", "issue")}


def send(play, body: dict[str, Any], action: str = "created") -> None:
    play.box.emit("issue_comment", action, body, REPO, "bob")
    play.bot.settle()


def test_T69_T70_the_same_comment_is_carried_out_once(play):
    play.box.disturb_webhooks("duplicate", event="issue_comment", action="created")
    comment = play.say("bob", "/deploy dev")
    (delivery, *_) = [each for each in play.box.deliveries if each.event == "issue_comment"]
    play.box.redeliver(delivery)
    send(play, event_of(play, comment))
    assert (len(play.past()), len(play.runs()), len(answers(play))) == (1, 1, 1)


@pytest.fixture
def unheard(play):
    """A comment that GitHub has but whose event is not told as it was."""
    rule = play.box.disturb_webhooks("delay", event="issue_comment", action="created")
    comment = play.box.comment(REPO, play.number, "dora", "/deploy dev")
    play.box.wait_idle()
    (kept,) = rule.kept
    return comment, {name: deepcopy(kept.payload[name]) for name in ("comment", "issue")}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"user": None}, id="T14 a ghost"),
        pytest.param({"user": {"id": 9, "login": "x[bot]", "type": "Bot"}}, id="T13 a bot"),
        pytest.param({"user": {"id": 9, "login": "x", "type": "Mannequin"}}, id="T14 a mannequin"),
    ],
)
def test_T13_T14_whoever_is_no_person_gives_no_commands(play, unheard, change):
    comment, body = unheard
    body["comment"] |= change
    send(play, body)
    assert (play.past(), play.replies(), play.reactions(comment)) == ((), [], [])


def test_T72_a_command_that_comes_late_is_not_carried_out(play, unheard):
    _, body = unheard
    body["comment"]["created_at"] = f"{utc_now() - timedelta(minutes=16):%Y-%m-%dT%H:%M:%SZ}"
    send(play, body)
    assert play.past() == ()
    assert "`command_expired`" in answers(play)[-1]
    assert "Try `/deploy dev`." in answers(play)[-1]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("/lock dev --reason x", "app_not_allowed", id="what is elevated"),
        pytest.param("/deploy production", "app_not_allowed", id="what is dangerous"),
    ],
)
def test_T15_another_app_does_not_speak_for_a_person(play, unheard, line, code):
    _, body = unheard
    body["comment"] |= {"body": line, "performed_via_github_app": {"id": 4711}}
    send(play, body)
    assert f"`{code}`" in answers(play)[-1]
    assert play.past() == ()


def test_T01_a_comment_on_an_issue_is_no_command(play):
    issue = play.box.open_issue(REPO, "slow", "bob")
    comment = play.box.comment(REPO, issue.number, "bob", "/deploy dev")
    play.bot.settle()
    assert (play.past(), play.reactions(comment)) == ((), [])


def test_T02_a_review_a_remark_and_a_description_hold_no_commands(play):
    play.box.review(REPO, play.number, "bob", "COMMENT", "/deploy dev")
    play.box.comment_on_line(REPO, play.number, "bob", "src/a.py", "/deploy dev")
    play.box.edit_pull_request(REPO, play.number, {"body": "/deploy dev"})
    play.bot.settle()
    assert (play.past(), answers(play)) == ((), [])


def test_T03_an_edit_never_runs_and_is_answered_once(play):
    comment = play.say("dora", "looks good")
    for text in ("/deploy dev", "/deploy dev now", "/deploy  dev"):
        play.box.edit_comment(REPO, comment, "bob", text)
        play.bot.settle()
    (answer,) = answers(play)
    assert "only a new comment is a command. Post a new comment." in answer
    assert (play.past(), play.reactions(comment)) == ((), ["-1", "eyes"])


def test_T03_an_edit_beside_a_command_that_ran_is_not_answered(play):
    comment = play.say("bob", "/deploy dev\n\nplease")
    play.box.edit_comment(REPO, comment, "bob", "/deploy dev\n\nthank you")
    play.bot.settle()
    assert len(answers(play)) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("```\n/deploy dev\n```", id="T06 in a fence"),
        pytest.param("~~~\n/deploy dev", id="T06 in an open fence"),
        pytest.param("see\n\n    /deploy dev", id="T06 indented"),
        pytest.param("`/deploy dev`", id="T06 in a code span"),
        pytest.param("<!--\n/deploy dev\n-->", id="T07 in an HTML comment"),
        pytest.param("> /deploy dev\n/deploy dev", id="T08 in a quote and its lazy line"),
    ],
)
def test_T06_T07_T08_what_is_only_shown_or_quoted_is_no_command(play, text):
    comment = play.say("bob", text)
    assert (play.past(), answers(play), play.reactions(comment)) == ((), [], [])


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_T09_any_line_end_ends_a_command(play, newline):
    play.say("bob", f"please{newline}{newline}/deploy dev{newline}")
    assert play.states() == ["deploying"]


def test_T17_of_two_changes_in_one_comment_none_runs(play):
    play.say("dora", "/deploy dev\n/deploy production")
    assert play.past() == ()
    assert "`too_many_commands`" in answers(play)[-1]


def test_several_questions_get_one_answer(play):
    play.say("bob", "/whoami\n/status")
    (answer,) = answers(play)
    assert "`bob` has level L3" in answer
    assert "| `production` | nothing | nothing | nobody |" in answer


def test_T05_a_deleted_command_is_no_cancellation(play):
    ask(play)
    (asked,) = [
        each
        for each in play.box.find_repo(REPO).issues[play.number].comments
        if each.body == "/deploy production"
    ]
    send(play, event_of(play, asked), action="deleted")
    assert play.states()[-1] == "awaiting_approval"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("/deploy nowhere", "unknown_environment", id="a name that is none"),
        pytest.param("/deploy dev now", "parse_error", id="a word too many"),
        pytest.param("/depoy dev", "hint", id="a verb misspelt"),
        pytest.param("/deploy dev\n/abort dev", "too_many_commands", id="two changes"),
        pytest.param("/deploy production", "permission_denied", id="a level too low"),
    ],
)
def test_the_log_has_what_was_refused_as_well(play, line, code):
    comment = play.say("bob", line)
    (entry,) = recorded(play, "command.decided")
    assert (entry["code"], entry["comment"]) == (code, str(comment.id))


def test_the_log_has_an_edit_that_did_not_run(play):
    comment = play.say("dora", "looks good")
    play.box.edit_comment(REPO, comment, "bob", "/deploy dev")
    play.bot.settle()
    assert [each["code"] for each in recorded(play, "command.decided")] == ["comment_edited"]
