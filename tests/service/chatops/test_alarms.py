"""Alerts take deployments back: those of the environment, the service and the time."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.alerts.alert import Alert
from app.core.canary.samples import Severity
from app.service.chatops.alarms import Alarms, Place
from app.wiring import utc_now
from tests.service.chatops.acting import pass_time
from tests.service.chatops.conftest import set_policy
from tests.service.conftest import REPO

WATCHED = """\
version: 1
deployments:
  environments:
    - name: dev
      tier: staging
      workflow: deploy.yml
      peer_review: false
      services: [shop]
"""


@pytest.fixture
def watched(play):
    """A second version in an environment that is watched; returns the play."""
    set_policy(play.box, WATCHED)
    play.bot.settle()
    for number in (3, 4):
        play.box.commit(REPO, "fix", {"src/a.py": f"a = {number}\n"}, author="ann")
        play.bot.settle()
        play.say("bob", "/deploy dev")
        play.finish()
        if number == 3:
            pass_time(play, hours=1)
    assert play.states() == ["succeeded", "watching"]
    return play


def alarm(play, environment: str = "DEV", **changes) -> int | None:
    """Let monitoring send one alert, and everything be done about it."""
    parts = play.bot.parts
    alarms = Alarms(parts.database, parts.log, parts.scheduler, utc_now)
    plain = {
        "source": "alertmanager",
        "key": "k1",
        "severity": Severity.SEV1,
        "title": "errors @everywhere",
        "started_at": datetime.now(UTC),
        "service": "shop",
    }
    found = alarms.accept(Place(REPO.upper(), environment), [Alert(**plain | changes)])
    play.bot.settle()
    return found


def test_the_worst_alert_takes_a_watched_deployment_back(watched):
    assert alarm(watched) == 1
    assert watched.states()[:2] == ["succeeded", "rolling_back"]
    watched.finish()
    assert watched.states() == ["succeeded", "review_required", "watching"]
    taken_back = watched.past()[1]
    assert "SEV1: errors" in " ".join(watched.replies())
    assert taken_back.ended_by == "rolled_back"


@pytest.mark.parametrize(
    ("environment", "changes"),
    [
        pytest.param("production", {}, id="T95 another environment"),
        pytest.param("dev", {"service": "search"}, id="T95 another service"),
        pytest.param("dev", {"severity": Severity.SEV2}, id="not the worst kind"),
        pytest.param("dev", {"is_over": True}, id="it is over"),
        pytest.param(
            "dev",
            {"started_at": datetime.now(UTC) - timedelta(days=1)},
            id="T95 it began before the deployment",
        ),
    ],
)
def test_other_alerts_leave_a_deployment_alone(watched, environment, changes):
    assert alarm(watched, environment, **changes) == 1
    assert watched.states() == ["succeeded", "watching"]


def test_a_repetition_is_no_new_alert(watched):
    assert [alarm(watched, severity=Severity.SEV2) for _ in range(2)] == [1, 0]


def test_nobody_knows_a_repository_of_another_name(play):
    parts = play.bot.parts
    alarms = Alarms(parts.database, parts.log, parts.scheduler, utc_now)
    assert alarms.accept(Place("acme/other", "dev"), []) is None
