"""The pager is told once people are called, once somebody comes, and once it is over."""

import pytest

from tests.bot import running_bot
from tests.pager import desk
from tests.service.chatops.acting import recorded, wake
from tests.service.chatops.test_alarms import alarm
from tests.service.chatops.test_incidents import every, issues, on_issue, review_of
from tests.service.conftest import REPO


@pytest.fixture
def pager():
    with desk() as made:
        yield made


@pytest.fixture
def bot(box, database, tmp_path, scanners, pager):
    more = {"pagerduty_routing_key": "of this test", "pagerduty_events_url": pager.url}
    with running_bot(box, database, tmp_path, scanners, **more) as made:
        box.install_app("acme")
        made.settle()
        yield made


def test_the_pager_follows_an_incident_to_its_end(play, pager):
    alarm(play, "production")
    (issue,) = issues(play)
    called = pager.actions()
    on_issue(play, issue, "bob", "/ack inc-a1")
    on_issue(play, issue, "dora", review_of(play, "inc-a1"))
    wake(play)
    assert called == ["trigger"]
    assert pager.actions() == ["trigger", "acknowledge", "resolve"]
    repository = play.box.find_repo(REPO).id
    assert {each["dedup_key"] for each in pager.told} == {f"gatewright:{repository}:inc-a1"}
    assert pager.told[0]["links"][0]["href"].endswith(f"/{REPO}/issues/{issue.number}")
    told = [each["what"] for each in recorded(play, "incident.told")]
    assert told == ["issue", "pager:trigger", "pager:acknowledge", "pager:resolve"]


def test_a_pager_that_is_away_is_told_later_and_holds_nothing_up(play, pager):
    pager.statuses += [500, 500]
    alarm(play, "production")
    before = len(issues(play)), pager.actions()
    wake(play)
    wake(play)
    assert (before, pager.actions()) == ((1, []), ["trigger"])


def test_a_pager_that_refuses_is_not_asked_again(play, pager):
    pager.statuses.append(400)
    alarm(play, "production")
    wake(play)
    assert pager.told == []
    assert [each.pager_state for each in every(play)] == ["trigger"]
