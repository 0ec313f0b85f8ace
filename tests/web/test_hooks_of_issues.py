"""What events about issues and comments on them ask for."""

from datetime import datetime

import pytest

from app.service.intents import Ignore, ReadComment, ReadReport, WakeIncident
from tests.web import payloads
from tests.web.gate import APP_ID
from tests.web.test_hooks import ROBOT, asked

AT = "2026-11-20T03:00:00Z"
OTHER_APP = {"id": 4711}


def issue(action: str, *labels: str, app: dict | None = None, **beside) -> payloads.Payload:
    plain = {
        "number": 9,
        "state": "open",
        "labels": [{"id": 1, "name": name} for name in labels],
        "created_at": AT,
        "performed_via_github_app": app,
    }
    return payloads.about(action=action, issue=plain, **beside)


def reported(label: str, sender: dict = payloads.ANN, app_id: int | None = None) -> ReadReport:
    at = datetime.fromisoformat(AT)
    return ReadReport(9, label, sender["id"], sender["login"], at, app_id)


NOTHING = {Ignore("the issue reports no incident")}
BY_BOT = {Ignore("a bot gave an issue a label")}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        pytest.param(issue("opened", "incident"), {reported("")}, id="opened with a label"),
        pytest.param(issue("opened"), NOTHING, id="opened without one"),
        pytest.param(
            issue("labeled", "bug", "incident", label={"name": "incident"}),
            {reported("incident")},
            id="given a label",
        ),
        pytest.param(
            issue("opened", "incident", app={"id": APP_ID}, sender=ROBOT), NOTHING, id="our own"
        ),
        pytest.param(
            issue("opened", "incident", app=OTHER_APP, sender=ROBOT),
            {reported("", ROBOT, 4711)},
            id="opened by another app",
        ),
        pytest.param(
            issue("labeled", "incident", app=OTHER_APP, sender=ROBOT, label={"name": "incident"}),
            BY_BOT,
            id="given a label by a bot",
        ),
        pytest.param(issue("opened", "incident", sender=ROBOT), BY_BOT, id="opened by a bot"),
        pytest.param(
            issue("labeled", "incident", app=OTHER_APP, label={"name": "incident"}),
            {reported("incident")},
            id="opened by an app, given a label by a person",
        ),
        pytest.param(issue("closed"), {WakeIncident(9)}, id="closed"),
        pytest.param(issue("deleted"), {WakeIncident(9)}, id="deleted"),
        pytest.param(issue("reopened"), {WakeIncident(9)}, id="opened again"),
        pytest.param(issue("edited"), {WakeIncident(9)}, id="edited by a person"),
        pytest.param(
            issue("edited", sender=ROBOT), {Ignore("a bot edited an issue")}, id="edited by a bot"
        ),
    ],
)
def test_an_issue(payload, expected):
    assert asked("issues", payload) == expected


@pytest.mark.parametrize(
    ("part", "on_issue"),
    [
        pytest.param({"pull_request": {"url": "x"}}, False, id="on a pull request"),
        pytest.param({}, True, id="on an issue, where intake decides"),
    ],
)
def test_a_comment_says_what_it_stands_on(part, on_issue):
    comment = {"id": 5, "body": "/ack inc-7", "created_at": AT, "user": payloads.ANN}
    payload = payloads.about(
        action="created", comment=comment, issue={"number": 9, "state": "open", **part}
    )
    at = datetime.fromisoformat(AT)
    expected = ReadComment(5, 9, 1, "ann", "/ack inc-7", at, on_issue=on_issue)
    assert asked("issue_comment", payload) == {expected}
