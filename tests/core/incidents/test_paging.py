"""Who is called when: each limit to the second, each call once, and never without end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.canary.samples import Severity
from app.core.incidents.paging import Sight, Since, due, escalates, names_people, next_at

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
QUIET = Sight(Severity.SEV2, AT)
ROLLING = replace(QUIET, rolling_back=Since("req-1", AT))
FAILED = replace(QUIET, failed=Since("req-1", AT))
WAITING = replace(QUIET, is_mitigated=True, waits=Since("req-1", AT))
WORST = replace(QUIET, severity=Severity.SEV1)


def keys(sight: Sight, after: timedelta, sent=()) -> list[str]:
    return [page.key for page in due(sight, sent, AT + after)]


def span(**parts: float) -> timedelta:
    return timedelta(**parts)


SECOND = span(seconds=1)
WARNING, ESCALATION = "rollback:req-1:warning", "review:req-1:escalation"


@pytest.mark.parametrize(
    ("sight", "after", "expected"),
    [
        pytest.param(ROLLING, span(minutes=5) - SECOND, [], id="before five minutes"),
        pytest.param(ROLLING, span(minutes=5), ["rollback:req-1:warning"], id="warned at five"),
        pytest.param(
            ROLLING, span(minutes=8) - SECOND, ["rollback:req-1:warning"], id="before eight"
        ),
        pytest.param(ROLLING, span(minutes=8), ["rollback:req-1:call"], id="called at eight"),
        pytest.param(FAILED, span(), ["failed:req-1:0"], id="a failure at once"),
        pytest.param(FAILED, span(minutes=10) - SECOND, ["failed:req-1:0"], id="not yet again"),
        pytest.param(FAILED, span(minutes=10), ["failed:req-1:1"], id="again after ten"),
        pytest.param(FAILED, span(days=9), ["failed:req-1:36"], id="not for ever"),
        pytest.param(WAITING, span(hours=24) - SECOND, [], id="the review has a day"),
        pytest.param(WAITING, span(hours=24), ["review:req-1:reminder"], id="reminded after a day"),
        pytest.param(
            WAITING, span(hours=72), ["review:req-1:escalation"], id="escalated after three"
        ),
        pytest.param(WORST, span(), ["unacknowledged:0"], id="SEV1 at once"),
        pytest.param(WORST, span(minutes=25), ["unacknowledged:2"], id="SEV1 every ten minutes"),
        pytest.param(WORST, span(days=1), ["unacknowledged:6"], id="SEV1 not for ever"),
        pytest.param(QUIET, span(days=1), [], id="a milder one calls nobody"),
        pytest.param(replace(WORST, is_acknowledged=True), span(days=1), [], id="somebody came"),
        pytest.param(replace(WORST, is_mitigated=True), span(days=1), [], id="traffic is back"),
        pytest.param(
            replace(WORST, failed=Since("req-1", AT)),
            span(),
            ["failed:req-1:0"],
            id="one series where two would call",
        ),
        pytest.param(
            replace(FAILED, is_acknowledged=True),
            span(minutes=10),
            ["failed:req-1:1"],
            id="a rollback that failed calls on though somebody came",
        ),
        pytest.param(
            replace(FAILED, is_resolved=True, waits=Since("req-1", AT)),
            span(days=9),
            [],
            id="nothing after the review",
        ),
    ],
)
def test_when_people_are_called(sight, after, expected):
    assert keys(sight, after) == expected


def test_what_was_sent_is_not_sent_again():
    assert keys(FAILED, span(minutes=10), ["failed:req-1:1"]) == []
    assert keys(FAILED, span(minutes=20), ["failed:req-1:1"]) == ["failed:req-1:2"]


def test_what_was_missed_is_not_made_up_for():
    assert keys(FAILED, span(minutes=45), ["failed:req-1:0"]) == ["failed:req-1:4"]


@pytest.mark.parametrize(
    ("sight", "after", "expected"),
    [
        pytest.param(ROLLING, span(), span(minutes=5), id="the warning"),
        pytest.param(ROLLING, span(minutes=5), span(minutes=8), id="then the call"),
        pytest.param(ROLLING, span(minutes=8), None, id="then the machine decides"),
        pytest.param(FAILED, span(minutes=3), span(minutes=10), id="every ten minutes"),
        pytest.param(WAITING, span(hours=30), span(hours=72), id="the escalation"),
        pytest.param(QUIET, span(), None, id="nothing by time alone"),
    ],
)
def test_when_time_alone_calls_next(sight, after, expected):
    found = next_at(sight, AT + after)
    assert found == (None if expected is None else AT + expected)


def test_a_warning_names_nobody_and_only_the_last_reminder_escalates():
    warned = due(ROLLING, (), AT + span(minutes=5))
    called = due(ROLLING, (), AT + span(minutes=8))
    reminded = due(WAITING, (), AT + span(hours=24))
    escalated = due(WAITING, (), AT + span(hours=72))
    pages = (*warned, *called, *reminded, *escalated)
    told = [(names_people(page.key), escalates(page.key)) for page in pages]
    assert told == [(False, False), (True, False), (True, False), (True, True)]
