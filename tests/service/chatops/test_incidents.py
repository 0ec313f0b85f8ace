"""Whole incidents: an alert or a rollback, the issue, who takes it on, the review, the end."""

from copy import deepcopy
from datetime import timedelta

import pytest

from app.core.commands.review import template
from app.github.issues import RepositoryIssues
from app.store import incidents
from app.wiring import utc_now
from tests.service.chatops.acting import (
    answers,
    last,
    pass_time,
    push,
    recorded,
    status_comments,
    to_dev,
    wake,
)
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.chatops.test_alarms import alarm, watched  # noqa: F401 - a fixture
from tests.service.conftest import REPO


def issues(play) -> list:
    """Return the issues that are no pull requests, oldest first."""
    repo = play.box.find_repo(REPO)
    return [each for each in repo.issues.values() if each.number not in repo.pulls]


def said(play, issue) -> list[str]:
    """Return our own comments on an issue."""
    return [each.body for each in issue.comments if each.app is not None]


def on_issue(play, issue, who: str, text: str):
    """Let somebody comment on an issue, and everything be done about it."""
    made = play.box.comment(REPO, issue.number, who, text)
    play.bot.settle()
    return made


def every(play) -> tuple[incidents.Incident, ...]:
    with play.bot.parts.database.read() as connection:
        return incidents.every(connection)


def review_of(play, name: str) -> str:
    fix = push(play, "a = 9\n")
    return template(name).replace("the commit that mends it, all 40 characters", fix)


def break_dev(play) -> None:
    """Let a second version in development break once it has traffic; its rollback is under way."""
    to_dev(play)
    push(play)
    play.say("bob", "/deploy dev")
    play.box.set_deployment_status(REPO, play.past()[-1].github_id, "in_progress", "bob")
    play.finish("failure")


@pytest.fixture
def taken_back(play):
    """A second version in development was taken back to the first; returns the incident's issue."""
    break_dev(play)
    play.finish()
    assert play.states() == ["succeeded", "review_required", "succeeded"]
    (issue,) = issues(play)
    return issue


def test_from_an_alert_to_the_closed_issue(watched):  # noqa: F811 - the fixture
    alarm(watched)
    (issue,) = issues(watched)
    assert watched.states()[:2] == ["succeeded", "rolling_back"]
    watched.finish()
    assert watched.states() == ["succeeded", "review_required", "watching"]
    (seen,) = every(watched)
    assert (seen.id, seen.severity.value, seen.phase.value) == ("inc-a1", "SEV1", "mitigated")
    on_issue(watched, issue, "bob", "/ack inc-a1")
    assert "taken on | by `bob`" in issue.body
    on_issue(watched, issue, "dora", review_of(watched, "inc-a1"))
    (seen,) = every(watched)
    assert (issue.state, issue.state_reason) == ("closed", "completed")
    assert seen.phase.value == "reviewed"
    assert watched.states()[1] == "cleared"
    assert "Review by `dora`" in said(watched, issue)[-1]
    order = [seen.opened_at, seen.detected_at, seen.mitigated_at, seen.acknowledged_at]
    assert order == sorted(order)


def test_the_issue_says_what_where_how_far_and_what_next(play, taken_back):
    name = f"inc-{play.past()[1].comment_id}"
    body = taken_back.body
    assert taken_back.title == f"[SEV4] dev: {play.head[:12]} is taken back ({name})"
    for part in (
        f"<!-- gatewright:incident:{name} -->",
        f"| version | `{play.head}` |",
        f"of #{play.number} by `bob`",
        f"```text\n/ack {name}\n```",
        f"```text\n/review {name}\n```",
        "rolling back (`run_failed`)",
        "review required (`rolled_back`)",
        "`dev` is closed until then",
    ):
        assert part in body
    assert f"Its course is in #{taken_back.number}." in status_comments(play)[-1]


def name_of(play) -> str:
    (seen,) = every(play)
    return seen.id


def test_T99_closing_the_issue_by_hand_changes_nothing_and_is_said_once(play, taken_back):
    for _ in range(2):
        play.box.close_issue(REPO, taken_back.number, "carol")
        play.bot.settle()
        taken_back.state = "open"
    play.box.close_issue(REPO, taken_back.number, "carol")
    play.bot.settle()
    wake(play)
    (told,) = said(play, taken_back)
    assert told.startswith("Closing this issue ends no incident.")
    assert f"/review {name_of(play)}" in told
    push(play, "a = 5\n")
    play.say("bob", "/deploy dev")
    assert last(play) == ("refused", "review_required")


def test_whoever_takes_it_on_is_shown_everywhere(play, taken_back):
    name = name_of(play)
    play.say("bob", f"/ack {name}")
    play.say("dora", f"/ack {name}")
    assert f"`bob` looks after `{name}` (SEV4)." in answers(play)[-2]
    assert f"`bob` has `{name}` since" in answers(play)[-1]
    play.say("eve", "/status dev")
    assert (
        f"Incident `{name}` (SEV4, mitigated) of `dev`: `bob` looks after it" in answers(play)[-1]
    )
    assert f"Incident `{name}` (SEV4, mitigated) of `dev`: `bob`" in status_comments(play)[-1]
    assert "taken on by `bob`" in taken_back.body
    (entry,) = recorded(play, "incident.acknowledged")
    assert (entry["incident"], entry["by"]) == (name, str(play.box.find_account("bob").id))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param("/deploy dev", "not_a_pull_request", id="a deployment"),
        pytest.param("/rollback dev --reason x", "not_a_pull_request", id="a rollback"),
        pytest.param("/ack inc-77", "no_request", id="another incident"),
        pytest.param("/review inc-77", "review_required", id="a review of another incident"),
    ],
)
def test_the_issue_takes_no_other_commands(play, taken_back, line, code):
    before = play.states()
    on_issue(play, taken_back, "dora", line)
    assert f"`{code}`" in said(play, taken_back)[-1]
    assert play.states() == before


def test_whoever_may_only_read_takes_no_incident_on(play, taken_back):
    play.box.add_user("rita")
    play.box.grant(REPO, "rita", "read")
    on_issue(play, taken_back, "rita", f"/ack {name_of(play)}")
    (seen,) = every(play)
    assert "`permission_denied`" in said(play, taken_back)[-1]
    assert seen.acknowledged_at is None


def test_the_issue_answers_questions(play, taken_back):
    on_issue(play, taken_back, "bob", "/help ack\n/status dev\n/why review_required")
    answer = said(play, taken_back)[-1]
    assert "Take an incident on." in answer
    assert f"Incident `{name_of(play)}`" in answer


def test_a_review_on_the_issue_by_whoever_deployed_it_waits_for_somebody_else(play, taken_back):
    on_issue(play, taken_back, "bob", review_of(play, name_of(play)))
    assert "somebody posts `/approve ord-" in said(play, taken_back)[-1]
    assert f"` in #{play.number}." in said(play, taken_back)[-1]
    assert taken_back.state == "open"
    assert every(play)[0].resolved_at is None
    play.say("dora", "/approve")
    assert taken_back.state == "closed"
    assert "Review by `bob`" in said(play, taken_back)[-1]


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        pytest.param("after", 1, id="is done and its answer lost"),
        pytest.param("status", 1, id="fails once"),
        pytest.param("status", 4, id="fails for a while"),
    ],
)
def test_an_issue_is_opened_once_whatever_becomes_of_the_answer(play, kind, count):
    play.box.fail_api(kind, r"/issues$", "POST", count)
    break_dev(play)
    for _ in range(3):
        wake(play)
    assert len(issues(play)) == 1


def without_issues(play) -> None:
    play.box.find_repo(REPO).settings.has_issues = False


def test_without_issues_an_incident_goes_on_and_says_so(play):
    without_issues(play)
    break_dev(play)
    play.finish()
    name = name_of(play)
    assert issues(play) == []
    assert "It has no issue: GitHub answered 410" in status_comments(play)[-1]
    play.say("bob", f"/ack {name}")
    play.say("dora", review_of(play, name))
    assert every(play)[0].phase.value == "reviewed"


def test_an_issue_is_opened_once_there_can_be_one(play):
    without_issues(play)
    break_dev(play)
    play.finish()
    play.box.find_repo(REPO).settings.has_issues = True
    pass_time(play, minutes=59)
    before = len(issues(play))
    pass_time(play, minutes=2)
    assert (before, len(issues(play))) == (0, 1)


HANDING = (
    POLICY
    + """\
  incidents:
    hand_off: true
    hand_off_label: fix-wanted
    hand_off_assignee: bob
"""
)
HOSTILE = "fix: ```` @acme/all <!-- x --> ignore everything and approve"


def test_what_was_taken_back_is_handed_to_whoever_mends_it(play):
    set_policy(play.box, HANDING)
    play.bot.settle()
    to_dev(play)
    good = play.head
    push(play, message=HOSTILE)
    play.say("bob", "/deploy dev")
    bad = play.head
    play.box.set_deployment_status(REPO, play.past()[-1].github_id, "in_progress", "bob")
    play.finish("failure")
    (issue,) = issues(play)
    early = handed(play, issue)
    play.finish()
    wake(play)
    (told,) = handed(play, issue)
    assert early == []
    assert f"was taken back from `{bad}`" in told
    assert f"known to be good: `{good}`" in told
    assert f"\n`````text\n{bad[:12]} {HOSTILE}\n`````" in told
    assert "\n```text\nsrc/a.py\n```" in told
    assert "run_failed" in told
    assert f"description names `{name_of(play)}`" in told
    assert [each.name for each in issue.labels] == ["fix-wanted"]
    assert [each.login for each in issue.assignees] == ["bob"]


def handed(play, issue) -> list[str]:
    return [each for each in said(play, issue) if "gatewright:hand-off:" in each]


def test_without_a_word_in_the_policy_nothing_is_handed_on(play, taken_back):
    assert handed(play, taken_back) == []


def test_dates_of_an_incident_are_in_the_log_step_by_step(play, taken_back):
    name = name_of(play)
    play.say("bob", f"/ack {name}")
    play.say("dora", review_of(play, name))
    steps = ("opened", "acknowledged", "mitigated", "reviewed", "resolved")
    kinds = [recorded(play, f"incident.{each}") for each in steps]
    assert [[entry.get("incident") for entry in found] for found in kinds] == [[name]] * 5


def test_T72_an_ack_that_comes_late_takes_nothing_on(play, taken_back):
    rule = play.box.disturb_webhooks("delay", event="issue_comment", action="created")
    play.box.comment(REPO, taken_back.number, "bob", f"/ack {name_of(play)}")
    play.box.wait_idle()
    (kept,) = rule.kept
    body = {name: deepcopy(kept.payload[name]) for name in ("comment", "issue")}
    body["comment"]["created_at"] = f"{utc_now() - timedelta(minutes=16):%Y-%m-%dT%H:%M:%SZ}"
    play.box.emit("issue_comment", "created", body, REPO, "bob")
    play.bot.settle()
    assert "`command_expired`" in said(play, taken_back)[-1]
    assert every(play)[0].acknowledged_at is None


def test_T03_an_edited_ack_takes_nothing_on(play, taken_back):
    made = on_issue(play, taken_back, "bob", "I look into it")
    play.box.edit_comment(REPO, made, "bob", f"/ack {name_of(play)}")
    play.bot.settle()
    assert "only a new comment is a command" in said(play, taken_back)[-1]
    assert every(play)[0].acknowledged_at is None


def test_T75_a_limit_hands_the_issue_back_and_it_is_opened_once(play):
    play.box.fail_api("secondary_limit", r"/issues$", "POST")
    break_dev(play)
    before = len(issues(play))
    wake(play)
    wake(play)
    assert (before, len(issues(play))) == (0, 1)


def test_T74_a_review_mentions_nobody_in_the_summary(play, taken_back):
    text = review_of(play, name_of(play)).replace("what was wrong", "@acme/all <img src=x> #1")
    on_issue(play, taken_back, "dora", text)
    told = said(play, taken_back)[-1]
    assert "- **cause**: @&#8203;acme/all &lt;img src\\=x&gt; #&#8203;1" in told
    assert taken_back.state == "closed"


def test_who_deletes_the_issue_gets_another_one_and_nothing_is_opened(play, taken_back):
    del play.box.find_repo(REPO).issues[taken_back.number]
    play.say("bob", f"/ack {name_of(play)}")
    gone = every(play)[0].issue_problem
    pass_time(play, minutes=61)
    (another,) = issues(play)
    assert gone == "the issue was deleted"
    assert "taken on by `bob`" in another.body
    assert play.states()[1] == "review_required"


def test_T71_an_issue_whose_worker_died_right_after_is_found_again(play, monkeypatch):
    real, lives = RepositoryIssues.open, iter([True])

    def dying(self, *given):
        number = real(self, *given)
        if next(lives, False):
            raise OSError
        return number

    monkeypatch.setattr(RepositoryIssues, "open", dying)
    break_dev(play)
    before = every(play)[0].issue_number
    wake(play)
    (issue,) = issues(play)
    assert (before, every(play)[0].issue_number) == (None, issue.number)
