"""Bad input is counted and shown; it neither stops an answer nor makes a number up."""

import json

import pytest

from app.core.dora.reading import (
    DoraUnreadableError,
    SetAside,
    events_from,
    events_from_bytes,
    rules_from_bytes,
)
from app.core.dora.rules import DoraQuestionError
from tests.core.dora.builders import (
    BEGUN,
    alert,
    asked,
    at,
    commit,
    days,
    deployed,
    doubts,
    incident,
    measured,
    pull,
    status,
    told,
)

NO_TYPE = "the whole: Unable to extract tag using discriminator 'type'"


@pytest.mark.parametrize(
    ("event", "mistake"),
    [
        pytest.param(17, "the whole: Input should be an object", id="no object"),
        pytest.param({}, NO_TYPE, id="no type"),
        pytest.param(
            {**commit("x", "1"), "time": "2026-01-01"},
            "commit.time: Value error, a time zone",
            id="no zone",
        ),
        pytest.param(
            {**commit("x", "1"), "time": 5}, "commit.time: Value error, a moment", id="no text"
        ),
        pytest.param(
            {**commit("x", "1"), "time": "0001-01-01T00:00:00+23:59"},
            "commit.time: Value error, a moment",
            id="far past",
        ),
        pytest.param(
            {**commit("x", "1"), "parents": "c0"},
            "commit.parents: Input should be a valid",
            id="no list",
        ),
        pytest.param(
            status("d1", "cancelled", "6"), "deployment_status.state: Input", id="no state"
        ),
        pytest.param({"type": "x\ud800"}, "the whole: ", id="half a letter"),
    ],
)
def test_T62_an_event_that_cannot_be_read_is_set_aside_and_told(event, mistake):
    read = events_from([event])
    assert [each.position for each in read.set_aside] == [0]
    assert all(each.mistake.startswith(mistake) for each in read.set_aside)
    found = measured(days("x1"), event)
    assert found["deployments"] == 1
    assert len(found["quality"]["set_aside"]) == 1


def test_T62_its_place_in_the_list_is_told():
    read = events_from_bytes(json.dumps([*BEGUN[:2], {}]).encode())
    assert (len(read.events), read.set_aside) == (2, (SetAside(2, NO_TYPE),))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"{", "not JSON", id="no JSON"),
        pytest.param(b"{}", "not an array of events", id="no array"),
        pytest.param(b'[{"a": 1, "a": 2}]', "a key is repeated", id="a key twice"),
        pytest.param(b"[" * 100_000, "not JSON", id="too deep"),
        pytest.param(b"\xff", "not JSON", id="no text"),
    ],
)
def test_a_file_that_holds_no_events_is_refused(content, reason):
    with pytest.raises(DoraUnreadableError, match=reason):
        events_from_bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"atribution_window_s": 1}',
        b'{"attribution_window_s": -1}',
        b'{"production_environments": []}',
    ],
)
def test_rules_that_cannot_be_read_are_refused(content):
    with pytest.raises(DoraUnreadableError):
        rules_from_bytes(content)


@pytest.mark.parametrize("depth", range(900, 1000, 3))
def test_an_event_of_any_depth_is_refused_or_set_aside(depth):
    deep = b"[" + b"[" * depth + b"]" * depth + b"]"
    try:
        read = events_from_bytes(deep)
    except DoraUnreadableError:
        return
    assert [each.position for each in read.set_aside] == [0]


def test_a_key_that_nothing_reads_is_told():
    found = measured(days("x1"), asked("d2", "x1", "7", planed=True))
    assert found["quality"]["unknown_keys"] == {"deployment.planed": 1}
    assert doubts(found) == {"KEY_UNKNOWN": 1, "DEPLOYMENT_UNFINISHED": 1}


@pytest.mark.parametrize(
    ("events", "told"),
    [
        pytest.param(
            status("gone", "success", "6"), {"STATUS_WITHOUT_DEPLOYMENT": 1}, id="no deployment"
        ),
        pytest.param(
            {**commit("x", "6"), "repo": "acme/other"}, {"OTHER_REPOSITORY": 1}, id="repository"
        ),
        pytest.param(deployed("w", "c0", "6", service="web"), {"OTHER_SERVICE": 1}, id="service"),
        pytest.param(
            deployed("s", "c0", "6", "staging"), {"OTHER_ENVIRONMENT": 1}, id="environment"
        ),
        pytest.param(commit("x", "6", "gone"), {"PARENT_UNKNOWN": 1}, id="unknown parent"),
        pytest.param({**commit("x", "6"), "parents": None}, {"PARENTS_LOST": 1}, id="lost parents"),
        pytest.param(commit("x", "6", "x"), {}, id="its own parent"),
        pytest.param(
            commit("x", "6", reverts="gone"), {"REVERT_OF_UNKNOWN": 1}, id="revert of nothing"
        ),
        pytest.param(
            commit("x", "6", cherry_picked_from="gone"),
            {"CHERRY_PICK_OF_UNKNOWN": 1},
            id="pick of nothing",
        ),
        pytest.param(commit("x", "6", received=at("5")), {"RECEIVED_TOO_EARLY": 1}, id="early"),
        pytest.param(
            pull(1, "6", "5", "c0", ["gone"], method="merge"),
            {"LISTED_COMMIT_UNKNOWN": 1, "PULL_REQUEST_ORDER": 1},
            id="a pull request merged before it was opened, with a commit that nobody told of",
        ),
        pytest.param(pull(1, "5", "6", "gone", ["c0"]), {"MERGE_UNKNOWN": 1}, id="unknown merge"),
        pytest.param(incident("i", "9", "10"), {"INCIDENT_UNATTRIBUTED": 1}, id="nobody to blame"),
        pytest.param(
            [asked("d", "c0", "7"), status("d", "success", "6"), status("d", "in_progress", "8")],
            {"DEPLOYMENT_ORDER": 1},
            id="impossible order",
        ),
    ],
)
def test_what_is_doubtful_is_counted_under_its_code(events, told):
    assert doubts(measured(events)) == told


def test_what_names_no_service_is_that_of_what_it_belongs_to():
    events = [
        days("x1"),
        told("i1", "opened", "6 09:10", service="web"),
        told("i1", "resolved", "6 09:20", service=None),
        {**alert("cpu", "firing", "6 10:00"), "service": "web"},
        {**alert("cpu", "resolved", "6 10:10"), "service": None},
        told("i2", "opened", "6 11:00", service=None),
    ]
    mine, web = measured(events), measured(events, service="web")
    assert [each["id"] for each in mine["evidence"]["incidents"]] == ["i2"]
    assert [each["id"] for each in web["evidence"]["incidents"]] == ["i1", "cpu#1"]
    assert web["time_to_restore"] == {"n": 2, "median_s": 600}


def test_commits_in_a_circle_end_the_walk():
    circle = [commit("x1", "6 08:00", "x2"), commit("x2", "6 08:30", "x1")]
    found = measured(circle, deployed("d1", "x1", "6 09:00"))
    assert found["lead_time"]["n"] == 2


def test_no_event_at_all_is_no_number():
    found = measured(config={"production_environments": ["elsewhere"]})
    assert (found["history_from"], found["waiting"], found["deployments"]) == (None, None, 0)
    assert (found["change_fail"]["rate"], found["rework"]["rate"]) == (None, None)
    assert (found["frequency_category"], found["quick_check"]["overall"]) == (None, None)


@pytest.mark.parametrize(
    ("asked_for", "config", "reason"),
    [
        pytest.param({"to": at("5")}, {}, "the window ends before it begins", id="empty"),
        pytest.param(
            {"to": "9999-12-31T00:00:00Z"}, {}, "between the years 1900 and 2200", id="long"
        ),
        pytest.param(
            {"service": "x"}, {"services": {"y": ["y/"]}}, "names no service 'x'", id="service"
        ),
    ],
)
def test_a_question_without_an_answer_is_refused(asked_for, config, reason):
    with pytest.raises(DoraQuestionError, match=reason):
        measured(config=config, **asked_for)
