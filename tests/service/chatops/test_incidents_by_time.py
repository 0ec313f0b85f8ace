"""Who is called when, over whole rollbacks: once each, by name, whatever dies in between."""

import pytest

from app.service.incidents.calls import Caller
from app.store import incidents
from tests.service.chatops.acting import pass_time, recorded, wake
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.chatops.test_incidents import (
    break_dev,
    every,
    issues,
    on_issue,
    review_of,
    said,
    without_issues,
)
from tests.service.conftest import REPO

CALLING = (
    POLICY
    + """\
  incidents:
    page: {users: [ann], teams: [on-call]}
    escalate: {users: [carol]}
"""
)
WHO = "@ann @acme/on-call"


@pytest.fixture
def rolling_back(play):
    """A rollback is under way; people to call are named."""
    set_policy(play.box, CALLING)
    play.bot.settle()
    break_dev(play)
    return play


def calls(play) -> list[str]:
    """Return the first line of each call in the issue."""
    (issue,) = issues(play)
    found = [each for each in said(play, issue) if "gatewright:page:" in each]
    return [each.partition("\n")[0] for each in found]


WARNED = "**The rollback has taken five of its ten minutes.**"
READY = f"{WHO} **The rollback has taken eight of its ten minutes: get ready to do it by hand.**"


def failed(minutes: int = 0) -> str:
    span = f" for {minutes} minutes" if minutes else ""
    return f"{WHO} **The rollback did not work{span}: people have to act now.**"


def test_a_slow_rollback_is_warned_of_called_about_and_called_about_again(rolling_back):
    told = []
    for minutes in (4, 1, 3, 2, 10, 10):
        pass_time(rolling_back, minutes=minutes)
        told.append(calls(rolling_back))
    expected = [WARNED, READY, failed(), failed(10), failed(20)]
    assert told == [expected[:count] for count in (0, 1, 2, 3, 4, 5)]
    assert len(recorded(rolling_back, "incident.paged")) == 5
    assert rolling_back.states()[1] == "rollback_failed"


def test_T94_a_rollback_that_fails_calls_people_at_once_and_is_not_taken_back(rolling_back):
    back = rolling_back.past()[-1]
    rolling_back.box.set_deployment_status(REPO, back.github_id, "in_progress", "bob")
    rolling_back.finish("failure")
    assert rolling_back.states() == ["succeeded", "rollback_failed", "rollback_failed"]
    assert calls(rolling_back) == [failed()]
    assert [each.severity.value for each in every(rolling_back)] == ["SEV3"]
    assert len(rolling_back.runs()) == 3


def test_calls_end_with_the_rollback(rolling_back):
    pass_time(rolling_back, minutes=10)
    rolling_back.finish()
    before = calls(rolling_back)
    pass_time(rolling_back, minutes=30)
    assert rolling_back.states()[1] == "review_required"
    assert calls(rolling_back) == before == [failed()]


def test_a_missing_review_is_reminded_of_and_escalated(rolling_back):
    rolling_back.finish()
    told = []
    for hours in (23, 1, 47, 1, 200):
        pass_time(rolling_back, hours=hours)
        told.append(calls(rolling_back))
    day = f"{WHO} **The incident has waited a day for its review.**"
    three = f"{WHO} @carol **The incident has waited three days for its review.**"
    assert told == [[], [day], [day], [day, three], [day, three]]


def test_nobody_is_called_after_the_review(rolling_back):
    rolling_back.finish()
    (issue,) = issues(rolling_back)
    (seen,) = every(rolling_back)
    on_issue(rolling_back, issue, "dora", review_of(rolling_back, seen.id))
    pass_time(rolling_back, hours=80)
    assert calls(rolling_back) == []


@pytest.mark.parametrize("after", [False, True], ids=["before it is made", "after it was made"])
def test_a_call_is_made_once_though_its_worker_dies(rolling_back, monkeypatch, after):
    real, lives = Caller._make, iter([True])

    def dying(self, *given, **more):
        if next(lives, False):
            if after:
                with monkeypatch.context() as patch:
                    patch.setattr(incidents, "mark_done", lambda *_: None)
                    real(self, *given, **more)
            raise OSError
        real(self, *given, **more)

    monkeypatch.setattr(Caller, "_make", dying)
    pass_time(rolling_back, minutes=8)
    wake(rolling_back)
    wake(rolling_back)
    assert calls(rolling_back) == [READY]
    assert len(recorded(rolling_back, "incident.paged")) == 1


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        pytest.param("after", 1, id="is done and its answer lost"),
        pytest.param("status", 3, id="fails for a while"),
    ],
)
def test_a_call_whose_request_fails_is_made_once(rolling_back, kind, count):
    (issue,) = issues(rolling_back)
    rolling_back.box.fail_api(kind, rf"/issues/{issue.number}/comments$", "POST", count)
    pass_time(rolling_back, minutes=8)
    wake(rolling_back)
    assert calls(rolling_back) == [READY]


def test_without_an_issue_people_are_called_on_the_pull_request(play):
    without_issues(play)
    set_policy(play.box, CALLING)
    break_dev(play)
    pass_time(play, minutes=8)
    found = [each for each in play.replies() if "gatewright:page:" in each]
    assert [each.partition("\n")[0] for each in found] == [READY]


def test_without_a_word_in_the_policy_nobody_is_mentioned(play):
    break_dev(play)
    pass_time(play, minutes=8)
    (call,) = calls(play)
    assert "@" not in call
