"""The door of alerts: who may send them, what is refused, and that nothing is lost or doubled."""

import hashlib
import hmac
import json

import pytest
import requests

from app.audit.log import AuditLog
from app.engine.scheduler import Scheduler
from app.service.chatops.alarms import Alarms
from app.store import alerts, registry
from app.store.database import Database
from app.web.alerts import AlertDoor, alerts_blueprint
from app.web.application import create_app
from app.web.serving import serving
from tests.bot import ListQueue
from tests.builders import NOW
from tests.core.alerts.test_alerts import BEGAN, GROUP, MONITOR, TRIGGERED

TOKEN = "a token of this test"
SECRETS = (b"present", b"previous")
PLACE = "Acme/widgets/production"


@pytest.fixture
def database(sqlite_url):
    opened = Database.open(sqlite_url)
    with opened.write() as connection:
        registry.remember_installation(connection, NOW, id=5, account_id=9, account_login="acme")
        registry.remember_repository(
            connection, NOW, id=1, account_id=9, full_name="acme/widgets", installation_id=5
        )
    yield opened
    opened.close()


@pytest.fixture
def url(database, clock):
    alarms = Alarms(database, AuditLog("gate.example"), Scheduler(ListQueue(), clock), clock)
    door = AlertDoor(alarms, TOKEN.encode(), SECRETS)
    with serving(create_app([alerts_blueprint(door)], 10_000_000)) as address:
        yield address


def send(url: str, source: str, payload: object, place: str = PLACE, **headers: str):
    body = json.dumps(payload).encode()
    given = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"} | headers
    return requests.post(f"{url}/alerts/{source}/{place}", data=body, headers=given, timeout=10)


def signed(payload: object, secret: bytes) -> str:
    return "v1=" + hmac.new(secret, json.dumps(payload).encode(), hashlib.sha256).hexdigest()


def known(database, environment: str = "production") -> list[str]:
    with database.read() as connection:
        found = alerts.since(connection, 1, environment, BEGAN.replace(year=2000))
    return [each.title for each in found]


def test_alerts_are_kept_once_however_often_they_are_sent(url, database):
    answers = [send(url, "alertmanager", GROUP) for _ in range(2)]
    assert [(each.status_code, each.json()) for each in answers] == [
        (202, {"new": 2}),
        (202, {"new": 0}),
    ]
    assert known(database, "Production") == ["Slow", "The shop is down"]


def test_an_environment_may_hold_a_slash(url, database):
    assert send(url, "datadog", MONITOR, "acme/widgets/eu/production").status_code == 202
    assert known(database, "eu/production") == ["[Triggered] errors"]


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(signed(TRIGGERED, b"present"), id="the present secret"),
        pytest.param(signed(TRIGGERED, b"previous"), id="the secret before"),
        pytest.param(f"v1=00,{signed(TRIGGERED, b'present')}", id="the second of two signatures"),
    ],
)
def test_T97_pagerduty_signs_and_any_match_counts(url, database, header):
    answer = send(
        url, "pagerduty", TRIGGERED, Authorization="", **{"X-PagerDuty-Signature": header}
    )
    assert answer.status_code == 202
    assert known(database) == ["A little bump in the road"]


@pytest.mark.parametrize(
    ("sent", "headers", "status"),
    [
        pytest.param(("alertmanager", PLACE), {"Authorization": ""}, 401, id="no token"),
        pytest.param(("alertmanager", PLACE), {"Authorization": "Bearer x"}, 401, id="wrong token"),
        pytest.param(
            ("alertmanager", PLACE), {"Authorization": f"Basic {TOKEN}"}, 401, id="another kind"
        ),
        pytest.param(
            ("pagerduty", PLACE),
            {"X-PagerDuty-Signature": "v1=00"},
            401,
            id="T97 a wrong signature",
        ),
        pytest.param(("pagerduty", PLACE), {}, 401, id="a token instead of a signature"),
        pytest.param(("nagios", PLACE), {}, 404, id="an unknown source"),
        pytest.param(("alertmanager", "acme/other/x"), {}, 404, id="an unknown repository"),
        pytest.param(("alertmanager", "acme/widgets/$x"), {}, 404, id="no name of an environment"),
        pytest.param(
            ("alertmanager", PLACE), {"Content-Type": "text/plain"}, 415, id="another type"
        ),
    ],
)
def test_what_may_not_come_in_leaves_nothing_behind(url, database, sent, headers, status):
    source, place = sent
    payload = TRIGGERED if source == "pagerduty" else GROUP
    answer = send(url, source, payload, place, **headers)
    assert (answer.status_code, set(answer.json())) == (status, {"error"})
    assert known(database) == []


@pytest.mark.parametrize("payload", [[], "x", {"version": "3"}, {"version": "4", "alerts": [7]}])
def test_a_payload_that_is_not_as_documented_is_a_bad_request(url, database, payload):
    assert send(url, "alertmanager", payload).status_code == 400
    assert known(database) == []


def test_a_body_without_end_is_not_read(url):
    answer = send(url, "alertmanager", {"version": "x" * 1_000_001})
    assert answer.status_code == 413


def test_without_a_token_nobody_may_send(database, clock):
    alarms = Alarms(database, AuditLog("gate.example"), Scheduler(ListQueue(), clock), clock)
    app = create_app([alerts_blueprint(AlertDoor(alarms, b"", ()))], 10_000)
    with serving(app) as address:
        for header in ("Bearer ", "Bearer", ""):
            answer = send(address, "alertmanager", GROUP, Authorization=header)
            assert answer.status_code == 401
