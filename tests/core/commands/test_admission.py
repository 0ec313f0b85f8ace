"""Which comments, commands and commits may be acted on at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.commands.admission import (
    ADMITTED,
    IGNORED,
    Admission,
    AdmissionRules,
    Decision,
    Origin,
    Posted,
    Reread,
    admit_code,
    admit_command,
    admit_comment,
    admit_unchanged,
)
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.scales import Risk
from app.core.facts import Account, AccountKind
from tests.builders import ANN, HEAD, NOW, OLD, ROBOT, at, sha

SAFE, RESTRICTED, ELEVATED, DANGEROUS, CRITICAL = Risk
RULES = AdmissionRules(own_account=99)
POSTED = Posted(
    event="issue_comment",
    action="created",
    author=ANN,
    created_at=NOW,
    updated_at=NOW,
    body_digest="digest",
    is_on_pull_request=True,
    is_open=True,
)
DEPLOY = Command("deploy", environment="production")


def refused(code):
    return Admission(Decision.REFUSED, Code(code))


def test_a_new_comment_of_a_person_on_a_pull_request_is_admitted():
    assert admit_comment(POSTED, RULES) == ADMITTED


def test_T01_a_comment_on_an_issue_is_refused():
    posted = replace(POSTED, is_on_pull_request=False)
    assert admit_comment(posted, RULES) == refused("not_a_pull_request")


@pytest.mark.parametrize(
    "event",
    [
        "pull_request_review",
        "pull_request_review_comment",
        "pull_request",
        "issues",
        "commit_comment",
        "discussion_comment",
        "",
    ],
)
def test_T02_other_texts_hold_no_commands(event):
    assert admit_comment(replace(POSTED, event=event), RULES) == IGNORED


def test_T03_an_edited_comment_is_never_carried_out():
    assert admit_comment(replace(POSTED, action="edited"), RULES) == refused("comment_edited")


@pytest.mark.parametrize("action", ["deleted", "pinned", ""])
def test_T05_a_deleted_comment_says_nothing(action):
    assert admit_comment(replace(POSTED, action=action), RULES) == IGNORED


@pytest.mark.parametrize(
    "author",
    [
        pytest.param(ROBOT, id="any bot"),
        pytest.param(Account(99, "gatewright"), id="the app's own account"),
    ],
)
@pytest.mark.parametrize("action", ["created", "edited"])
def test_T13_bots_are_not_answered(author, action):
    posted = replace(POSTED, author=author, action=action)
    assert admit_comment(posted, RULES) == Admission(Decision.IGNORED, Code.BOT_COMMENT)


@pytest.mark.parametrize(
    "author",
    [
        pytest.param(None, id="a deleted account"),
        pytest.param(Account(5, "m", AccountKind.MANNEQUIN), id="a mannequin"),
        pytest.param(Account(6, "o", AccountKind.ORGANIZATION), id="an organisation"),
        pytest.param(Account(7, "u", AccountKind.UNKNOWN), id="something unknown"),
    ],
)
def test_T14_only_people_give_commands(author):
    assert admit_comment(replace(POSTED, author=author), RULES) == refused("author_unknown")


@pytest.mark.parametrize(
    ("app", "risk", "admission"),
    [
        pytest.param(12, SAFE, ADMITTED, id="reading"),
        pytest.param(12, RESTRICTED, ADMITTED, id="restricted"),
        pytest.param(12, ELEVATED, refused("app_not_allowed"), id="elevated"),
        pytest.param(12, CRITICAL, refused("app_not_allowed"), id="critical"),
        pytest.param(11, CRITICAL, ADMITTED, id="a listed app"),
        pytest.param(None, CRITICAL, ADMITTED, id="no app"),
    ],
)
def test_T15_apps_that_speak_for_people_are_listed_or_kept_to_little(app, risk, admission):
    rules = AdmissionRules(trusted_apps=frozenset({11}))
    posted = replace(POSTED, via_app=app)
    assert admit_command(DEPLOY, risk, posted, rules, NOW) == admission


@pytest.mark.parametrize(
    ("verb", "admission"),
    [
        pytest.param("deploy", refused("pull_request_closed"), id="deploy"),
        pytest.param("help", refused("pull_request_closed"), id="help"),
        pytest.param("override", refused("pull_request_closed"), id="override"),
        pytest.param("approve", ADMITTED, id="approve"),
        pytest.param("status", ADMITTED, id="status"),
        pytest.param("rollback", ADMITTED, id="rollback"),
        pytest.param("unlock", ADMITTED, id="unlock"),
        pytest.param("ack", ADMITTED, id="ack"),
        pytest.param("review", ADMITTED, id="review"),
    ],
)
def test_T16_a_closed_pull_request_allows_little(verb, admission):
    posted = replace(POSTED, is_open=False)
    assert admit_command(Command(verb), SAFE, posted, RULES, NOW) == admission


@pytest.mark.parametrize(
    ("command", "now", "admission"),
    [
        pytest.param(DEPLOY, at(15), ADMITTED, id="just in time"),
        pytest.param(DEPLOY, at(15.1), refused("command_expired"), id="too late"),
        pytest.param(DEPLOY, at(-15.1), refused("command_expired"), id="from the future"),
        pytest.param(Command("status"), at(9999), ADMITTED, id="reading never expires"),
    ],
)
def test_T69_old_commands_are_not_carried_out(command, now, admission):
    assert admit_command(command, RESTRICTED, POSTED, RULES, now) == admission


def test_T72_what_was_missed_during_an_outage_expires_by_the_policys_limit():
    rules = AdmissionRules(longest_age=timedelta(hours=1))
    assert admit_command(DEPLOY, DANGEROUS, POSTED, rules, at(59)) == ADMITTED
    assert admit_command(DEPLOY, DANGEROUS, POSTED, rules, at(61)) == refused("command_expired")


SAME = Reread(NOW, "digest")


@pytest.mark.parametrize(
    ("reread", "risk", "admission"),
    [
        pytest.param(SAME, CRITICAL, ADMITTED, id="nothing changed"),
        pytest.param(Reread(NOW, "x"), DANGEROUS, refused("comment_edited"), id="another text"),
        pytest.param(
            Reread(at(1), "digest"), DANGEROUS, refused("comment_edited"), id="edited and put back"
        ),
        pytest.param(Reread(NOW, "x"), SAFE, refused("comment_edited"), id="seen without need"),
        pytest.param(None, DANGEROUS, refused("api_unavailable"), id="not read again"),
        pytest.param(
            Reread(None, "digest"), CRITICAL, refused("api_unavailable"), id="without its time"
        ),
        pytest.param(
            Reread(NOW, None), CRITICAL, refused("api_unavailable"), id="without its text"
        ),
        pytest.param(None, ELEVATED, ADMITTED, id="elevated need not be read again"),
    ],
)
def test_T04_a_dangerous_comment_must_stand_unchanged(reread, risk, admission):
    assert admit_unchanged(POSTED, reread, risk) == admission


def test_T05_a_deleted_comment_cancels_nothing():
    assert admit_unchanged(POSTED, Reread(None, None, is_deleted=True), CRITICAL) == ADMITTED


HERE, FORK = 1, 2
ORIGIN = Origin(HEAD, HEAD, HEAD, HERE, HERE, {})


@pytest.mark.parametrize(
    ("origin", "allow", "admission"),
    [
        pytest.param(ORIGIN, False, ADMITTED, id="a branch of the repository"),
        pytest.param(
            replace(ORIGIN, head_repository=FORK), False, refused("fork_denied"), id="a fork"
        ),
        pytest.param(replace(ORIGIN, head_repository=FORK), True, ADMITTED, id="an allowed fork"),
        pytest.param(
            replace(ORIGIN, head_repository=None), True, refused("fork_denied"), id="a gone fork"
        ),
    ],
)
def test_T32_code_of_forks_is_denied_by_default(origin, allow, admission):
    assert admit_code(DEPLOY, origin, AdmissionRules(allow_forks=allow)) == admission


@pytest.mark.parametrize(
    ("compared", "admission"),
    [
        pytest.param({"main": "behind"}, ADMITTED, id="contained in a protected branch"),
        pytest.param({"main": "identical"}, ADMITTED, id="its tip"),
        pytest.param({"main": "diverged", "release": "behind"}, ADMITTED, id="in one of two"),
        pytest.param({"main": "ahead"}, refused("sha_not_protected"), id="built upon it"),
        pytest.param({"main": "diverged"}, refused("sha_not_protected"), id="beside it"),
        pytest.param({"main": ""}, refused("sha_not_protected"), id="no answer"),
        pytest.param({}, refused("sha_not_protected"), id="no protected branch"),
    ],
)
def test_T33_a_named_commit_must_be_in_a_protected_branch(compared, admission):
    command = replace(DEPLOY, sha=OLD)
    assert admit_code(command, replace(ORIGIN, compared=compared), RULES) == admission


def test_T29_naming_the_head_pins_it():
    command = replace(DEPLOY, sha=HEAD)
    assert admit_code(command, ORIGIN, RULES) == ADMITTED
    assert admit_code(command, replace(ORIGIN, head=OLD), RULES) == refused("sha_not_protected")


def test_T32_naming_the_head_of_a_fork_does_not_hide_the_fork():
    command = replace(DEPLOY, sha=HEAD)
    origin = replace(ORIGIN, head_repository=FORK)
    assert admit_code(command, origin, RULES) == refused("fork_denied")


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        pytest.param(replace(ORIGIN, listed_head=OLD), "sha_mismatch", id="T30 two answers"),
        pytest.param(
            replace(ORIGIN, head_now=OLD, listed_head=OLD), "ref_changed", id="T31 the head moved"
        ),
        pytest.param(replace(ORIGIN, head_now=None), "api_unavailable", id="no answer"),
        pytest.param(replace(ORIGIN, listed_head=None), "api_unavailable", id="half an answer"),
    ],
)
def test_T30_T31_the_head_is_the_same_by_every_account(origin, code):
    assert admit_code(DEPLOY, origin, RULES) == refused(code)


def test_T28_what_is_pushed_after_the_comment_is_not_deployed():
    pushed = sha("pushed")
    origin = replace(ORIGIN, head_now=pushed, listed_head=pushed)
    assert admit_code(DEPLOY, origin, RULES) == refused("ref_changed")
