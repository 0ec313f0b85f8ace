"""Incidents of alerts alone and of people's issues: what opens, closes and ends them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.canary.samples import Severity
from app.core.commands.review import template
from app.store import incidents
from tests.service.chatops.acting import answers, last, recorded, to_dev, wake
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.chatops.test_alarms import alarm
from tests.service.chatops.test_incidents import every, issues, on_issue, review_of, said
from tests.service.conftest import REPO

LABELLED = (
    POLICY
    + """\
  incidents:
    label: incident
    severities: {outage: SEV1}
"""
)
SOON = timedelta(minutes=1)


def summary(play) -> list[tuple[str, str, str]]:
    return [(each.id, each.severity.value, each.phase.value) for each in every(play)]


def test_T96_several_alerts_of_one_environment_are_one_incident(play):
    now = datetime.now(UTC)
    told = [
        {"key": "k1", "severity": Severity.SEV2, "started_at": now},
        {"key": "k1", "severity": Severity.SEV2, "started_at": now},
        {"key": "k2", "severity": Severity.SEV1, "started_at": now - SOON},
        {"key": "k3", "severity": Severity.SEV4, "started_at": now + SOON},
    ]
    for each in told:
        alarm(play, "production", **each)
    (seen,) = every(play)
    (issue,) = issues(play)
    assert summary(play) == [("inc-a1", "SEV1", "open")]
    assert (seen.opened_at, seen.environment) == (now - SOON, "production")
    assert issue.body.count("alert of `alertmanager`") == 3
    assert len(recorded(play, "incident.joined")) == 2


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"severity": Severity.SEV3}, id="a mild one"),
        pytest.param({"is_over": True}, id="one that is over"),
    ],
)
def test_other_alerts_open_none(play, changes):
    alarm(play, "production", **changes)
    assert summary(play) == []


def test_T96_an_alert_that_is_over_is_noted_and_ends_nothing(play):
    now = datetime.now(UTC)
    for is_over in (False, True, True):
        alarm(play, "production", started_at=now, is_over=is_over)
    (issue,) = issues(play)
    assert summary(play) == [("inc-a1", "SEV1", "open")]
    assert issue.body.count("an alert is over") == 1


def test_T74_an_alert_s_text_mentions_nobody(play):
    alarm(play, "production", title="<!-- x --> @acme/all #1 [a](https://evil.example)")
    (issue,) = issues(play)
    assert "@acme" not in issue.title
    assert "@acme" not in issue.body
    assert "](https" not in issue.body


def test_T99_a_bad_alert_closes_production_until_its_review(play):
    to_dev(play)
    play.box.review(REPO, play.number, "bob")
    play.bot.settle()
    alarm(play, "production")
    play.say("dora", "/deploy production")
    before = last(play)
    (issue,) = issues(play)
    on_issue(play, issue, "bob", template("inc-a1").replace("the commit", play.head))
    below = said(play, issue)[-1]
    filled = template("inc-a1").replace("the commit that mends it, all 40 characters", play.head)
    on_issue(play, issue, "dora", filled.replace("cause: ", "case: "))
    incomplete = said(play, issue)[-1]
    on_issue(play, issue, "dora", filled)
    play.say("dora", "/deploy production")
    assert before == ("refused", "review_required")
    assert "`permission_denied`" in below
    assert "Missing: cause." in incomplete
    assert summary(play) == [("inc-a1", "SEV1", "reviewed")]
    assert issue.state == "closed"
    assert last(play)[0] == "awaiting_approval"


def test_an_alert_after_traffic_is_back_is_another_incident(play):
    alarm(play, "dev", severity=Severity.SEV2, key="k1")
    to_dev(play)
    with play.bot.parts.database.write() as connection:
        (seen,) = incidents.every(connection)
        incidents.change(connection, seen, mitigated_at=datetime.now(UTC))
    alarm(play, "dev", severity=Severity.SEV2, key="k2", started_at=datetime.now(UTC) + SOON)
    assert [each[0] for each in summary(play)] == ["inc-a1", "inc-a2"]


def report(play, who: str, labels: list[str], by: str | None = None, title: str = "down"):
    """Let somebody open an issue, and somebody else give it labels."""
    issue = play.box.open_issue(REPO, title, who, "the shop is down")
    play.box.set_labels(REPO, issue.number, labels, by or who)
    play.bot.settle()
    return issue


@pytest.mark.parametrize(
    ("labels", "severity", "environment"),
    [
        pytest.param(["incident"], "SEV2", "production", id="the label alone"),
        pytest.param(["Incident", "outage"], "SEV1", "production", id="how bad it is"),
        pytest.param(["outage", "incident"], "SEV1", "production", id="the other way round"),
        pytest.param(["incident", "dev"], "SEV2", "dev", id="where it is"),
        pytest.param(["incident", "PROD"], "SEV2", "production", id="by its other name"),
    ],
)
def test_an_issue_reports_an_incident(play, labels, severity, environment):
    set_policy(play.box, LABELLED)
    issue = report(play, "bob", labels)
    (seen,) = every(play)
    found = (seen.id, seen.severity.value, seen.environment, seen.issue_number)
    assert found == (f"inc-i{issue.number}", severity, environment, issue.number)
    assert (issue.body, issue.title) == ("the shop is down", "down")
    told = said(play, issue)[0]
    assert f"/ack inc-i{issue.number}" in told


def test_its_page_is_a_comment_that_is_edited_and_its_review_closes_it(play):
    set_policy(play.box, LABELLED)
    issue = report(play, "bob", ["incident"])
    on_issue(play, issue, "bob", f"/ack inc-i{issue.number}")
    page, *_ = said(play, issue)
    assert "taken on | by `bob`" in page
    on_issue(play, issue, "dora", review_of(play, f"inc-i{issue.number}"))
    assert issue.state == "closed"
    assert [each[2] for each in summary(play)] == ["reviewed"]
    assert len([each for each in said(play, issue) if "gatewright:incident:" in each]) == 1


def stranger(play) -> None:
    play.box.add_user("mallory")
    play.box.grant(REPO, "mallory", "triage")


@pytest.mark.parametrize(
    ("who", "labels", "by"),
    [
        pytest.param("mallory", ["incident"], None, id="somebody below L2 gives the label"),
        pytest.param("mallory", ["bug"], "bob", id="another label by somebody who may"),
        pytest.param("bob", ["bug"], None, id="another label"),
    ],
)
def test_other_issues_report_nothing(play, who, labels, by):
    set_policy(play.box, LABELLED)
    stranger(play)
    report(play, who, labels, by)
    assert summary(play) == []


def test_a_stranger_s_label_becomes_none_of_ours_by_a_maintainer_s_other_one(play):
    set_policy(play.box, LABELLED)
    stranger(play)
    issue = report(play, "mallory", ["incident"])
    play.box.set_labels(REPO, issue.number, ["incident", "seen"], "bob")
    play.bot.settle()
    assert summary(play) == []


def test_without_a_label_in_the_policy_no_issue_reports_anything(play):
    report(play, "bob", ["incident"])
    assert summary(play) == []


def test_our_own_labelled_issue_reports_no_second_incident(play):
    set_policy(play.box, LABELLED)
    alarm(play, "production")
    wake(play)
    (issue,) = issues(play)
    assert [each.name for each in issue.labels] == ["incident"]
    assert summary(play) == [("inc-a1", "SEV1", "open")]


def test_an_incident_without_a_pull_request_is_taken_on_in_both_places(play):
    alarm(play, "production")
    (issue,) = issues(play)
    on_issue(play, issue, "bob", "/status")
    assert "nobody has taken it on yet, `/ack inc-a1` does" in said(play, issue)[-1]
    play.say("bob", "/ack inc-a1")
    assert "`bob` looks after `inc-a1` (SEV1)." in answers(play)[-1]
    assert summary(play) == [("inc-a1", "SEV1", "acknowledged")]
