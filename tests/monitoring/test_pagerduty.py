"""The adapter to PagerDuty against a server that keeps what it is told."""

from datetime import UTC, datetime

import pytest

from app.errors import PagerError, PagerUnavailableError
from app.monitoring.pagerduty import PagerDuty
from app.ports.pager import PagerEvent
from tests.pager import desk

KEY = "a routing key of this test"
EVENT = PagerEvent(
    action="trigger",
    key="gatewright:1:inc-7",
    summary="SEV1 production: slow (inc-7)",
    source="acme/widgets",
    severity="critical",
    at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
    group="production",
    link="https://github.example/acme/widgets/issues/9",
    details={"incident": "inc-7"},
)


@pytest.fixture
def told():
    with desk() as made:
        yield made


def test_a_trigger_says_everything(told):
    PagerDuty(KEY, told.url).tell(EVENT)
    assert told.told == [
        {
            "routing_key": KEY,
            "event_action": "trigger",
            "dedup_key": "gatewright:1:inc-7",
            "client": "Gatewright",
            "links": [
                {
                    "href": "https://github.example/acme/widgets/issues/9",
                    "text": "The incident's issue",
                }
            ],
            "payload": {
                "summary": "SEV1 production: slow (inc-7)",
                "source": "acme/widgets",
                "severity": "critical",
                "timestamp": "2026-11-20T03:00:00.000+00:00",
                "group": "production",
                "class": "deployment",
                "custom_details": {"incident": "inc-7"},
            },
        }
    ]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_what_follows_says_which_one_is_meant(told, action):
    event = PagerEvent(action, EVENT.key, "", "", "info", EVENT.at)
    PagerDuty(KEY, told.url).tell(event)
    expected = {"routing_key": KEY, "event_action": action, "dedup_key": EVENT.key}
    assert told.told == [expected]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param(400, PagerError, id="a wrong event"),
        pytest.param(302, PagerError, id="another address is not followed"),
        pytest.param(429, PagerUnavailableError, id="too many"),
        pytest.param(500, PagerUnavailableError, id="out of order"),
    ],
)
def test_any_other_answer_is_none(told, status, kind):
    told.statuses.append(status)
    with pytest.raises(PagerError, match=f"answers with status {status}") as raised:
        PagerDuty(KEY, told.url).tell(EVENT)
    assert raised.type is kind


def test_whoever_does_not_answer_is_away_and_the_key_is_not_told():
    with pytest.raises(PagerUnavailableError) as raised:
        PagerDuty(KEY, "http://127.0.0.1:1/v2/enqueue").tell(EVENT)
    assert KEY not in str(raised.value)
    assert KEY not in repr(PagerDuty(KEY, "x"))
