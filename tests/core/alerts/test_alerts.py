"""Alerts of each source, read as documented, and what they say about a deployment."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.alerts.alert import Alert, AlertUnreadableError, severity, speaks_against
from app.core.alerts.sources import MOST, SOURCES, alertmanager, datadog, pagerduty
from app.core.canary.samples import Severity

BEGAN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

# As Alertmanager's documentation shows a group.
GROUP = {
    "version": "4",
    "groupKey": "{}:{alertname='Down'}",
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "gatewright",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "Down", "severity": "critical", "service": "shop"},
            "annotations": {"summary": "The shop is down"},
            "startsAt": "2026-11-20T13:00:00.123456789+01:00",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "c3a1",
        },
        {
            "status": "resolved",
            "labels": {"alertname": "Slow", "severity": "warning"},
            "annotations": {},
            "startsAt": "2026-11-20T11:00:00Z",
            "fingerprint": "d4b2",
        },
    ],
}
TRIGGERED = {
    "event": {
        "id": "01E",
        "event_type": "incident.triggered",
        "occurred_at": "2026-11-20T12:00:05Z",
        "data": {
            "id": "PGR0VU2",
            "type": "incident",
            "title": "A little bump in the road",
            "created_at": "2026-11-20T12:00:00Z",
            "service": {"id": "PF9KMXH", "summary": "shop"},
            "priority": {"id": "PSO75BM", "summary": "P1"},
            "urgency": "high",
        },
    }
}
MONITOR = {
    "aggregation": "abc",
    "title": "[Triggered] errors",
    "date": "1795176000000",
    "transition": "Triggered",
    "severity": "SEV1",
    "service": "shop",
}


def plain(found: Alert) -> tuple:
    return (found.severity, found.title, found.service, found.started_at, found.is_over)


def test_T96_each_alert_of_a_group_is_read_by_itself():
    first, second = alertmanager(GROUP)
    began = BEGAN + timedelta(microseconds=123456)
    assert plain(first) == (Severity.SEV1, "The shop is down", "shop", began, False)
    over = BEGAN - timedelta(hours=1)
    assert plain(second) == (Severity.SEV3, "Slow", "", over, True)


def test_T96_a_repetition_has_the_same_key_and_a_new_beginning_another():
    def key(**changes: str) -> str:
        return alertmanager({**GROUP, "alerts": [{**GROUP["alerts"][0], **changes}]})[0].key

    later = key(startsAt="2026-11-20T14:00:00Z")
    assert key() == key(status="resolved") == alertmanager(GROUP)[0].key
    assert len({key(), later, key(fingerprint="other")}) == 3


def test_T97_only_an_incident_that_was_triggered_is_an_alert():
    (found,) = pagerduty(TRIGGERED)
    assert plain(found) == (Severity.SEV1, "A little bump in the road", "shop", BEGAN, False)
    event = {**TRIGGERED["event"], "event_type": "incident.acknowledged"}
    assert pagerduty({"event": event}) == ()


def test_T97_without_a_priority_the_urgency_counts():
    data = {**TRIGGERED["event"]["data"], "priority": None}
    (found,) = pagerduty({"event": {**TRIGGERED["event"], "data": data}})
    assert found.severity is Severity.SEV2


def test_T98_datadog_sends_our_own_template():
    (found,) = datadog(MONITOR)
    assert plain(found) == (Severity.SEV1, "[Triggered] errors", "shop", BEGAN, False)
    assert datadog({**MONITOR, "transition": "Recovered"})[0].is_over


@pytest.mark.parametrize(
    ("source", "payload", "message"),
    [
        pytest.param(
            "alertmanager", {"version": "3"}, '`version` must be "4"', id="another version"
        ),
        pytest.param(
            "alertmanager",
            {"version": "4", "alerts": ["x"]},
            "`alerts` must be a list of objects",
            id="alerts that are none",
        ),
        pytest.param(
            "alertmanager",
            {"version": "4", "alerts": [{}] * (MOST + 1)},
            "`alerts` must hold at most 500 alerts",
            id="too many alerts",
        ),
        pytest.param(
            "alertmanager",
            {**GROUP, "alerts": [{**GROUP["alerts"][0], "startsAt": "2026-11-20T11:00:00"}]},
            "`startsAt` must be a moment with its offset",
            id="a moment without offset",
        ),
        pytest.param(
            "alertmanager",
            {**GROUP, "alerts": [{**GROUP["alerts"][0], "fingerprint": ""}]},
            "`fingerprint` must be text",
            id="no fingerprint",
        ),
        pytest.param("pagerduty", {}, "`event` must be an object", id="no event"),
        pytest.param(
            "datadog", {"date": "soon"}, "`date` must be milliseconds since 1970", id="no number"
        ),
        pytest.param(
            "datadog",
            {**MONITOR, "date": "9" * 30},
            "`date` lies outside of time",
            id="a date outside of time",
        ),
    ],
)
def test_what_is_not_as_documented_is_refused_by_its_place(source, payload, message):
    with pytest.raises(AlertUnreadableError) as caught:
        SOURCES[source](payload)
    assert str(caught.value) == message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
KEYS = st.sampled_from(["version", "alerts", "event", "data", "date", "aggregation", "severity"])


@given(st.sampled_from(sorted(SOURCES)), st.dictionaries(KEYS, JSON | st.just("4"), max_size=4))
def test_whatever_is_sent_is_read_or_refused(source, payload):
    try:
        found = SOURCES[source](json.loads(json.dumps(payload)))
    except AlertUnreadableError:
        return
    assert all(isinstance(each, Alert) for each in found)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("CRITICAL", Severity.SEV1),
        (" sev1 ", Severity.SEV1),
        ("P2", Severity.SEV2),
        ("page", Severity.SEV4),
        ("", Severity.SEV4),
    ],
)
def test_words_for_severities(word, found):
    assert severity(word) is found


SEV1 = Alert("alertmanager", "k", Severity.SEV1, "down", BEGAN, "shop")
MINUTES = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seen", "traffic_from", "services", "against"),
    [
        pytest.param(SEV1, BEGAN, (), True, id="at the moment the traffic came"),
        pytest.param(SEV1, BEGAN + MINUTES, (), False, id="T95 it began before the traffic"),
        pytest.param(SEV1, BEGAN - 30 * MINUTES, (), True, id="exactly thirty minutes later"),
        pytest.param(
            SEV1, BEGAN - 30 * MINUTES - timedelta(seconds=1), (), False, id="after the window"
        ),
        pytest.param(SEV1, BEGAN, ("Shop",), True, id="of the very service"),
        pytest.param(SEV1, BEGAN, ("search",), False, id="T95 of another service"),
        pytest.param(replace(SEV1, service=""), BEGAN, ("search",), True, id="of no service"),
        pytest.param(replace(SEV1, is_over=True), BEGAN, (), False, id="it is over"),
        pytest.param(
            replace(SEV1, severity=Severity.SEV2), BEGAN, (), False, id="not the worst kind"
        ),
    ],
)
def test_which_alerts_speak_against_a_deployment(seen, traffic_from, services, against):
    assert speaks_against(seen, traffic_from, services) is against
