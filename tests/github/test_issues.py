"""Issues on the sandbox: opened once, found again, edited in place, and where there are none."""

from datetime import UTC, datetime, timedelta

import pytest

from app.errors import ForbiddenError, GitHubUnavailableError, NotFoundError
from app.github.issues import RepositoryIssues
from app.ports.issues import IssueOrder
from app.sandbox.box import PERMISSIONS
from tests.sandbox.client import REPO

MARK = "<!-- gatewright:incident:inc-7 -->"
ORDER = IssueOrder("slow", f"{MARK}\nIt is slow.", MARK, ("incident",))
SINCE = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def issues(hub) -> RepositoryIssues:
    return hub.github.issues(hub.repository)


def ours(hub) -> list:
    found = hub.box.find_repo(REPO)
    return [each for each in found.issues.values() if each.number not in found.pulls]


def test_an_issue_is_opened_and_read_as_it_stands(hub, issues):
    number = issues.open(ORDER, SINCE)
    seen = issues.read(number)
    assert (seen.title, seen.is_open, seen.labels) == ("slow", True, ("incident",))
    assert (seen.app_id, seen.is_pull_request) == (hub.github.numeric_id, False)
    assert issues.read(1).is_pull_request
    assert issues.read(99) is None


def test_an_issue_must_hold_its_marker(issues):
    with pytest.raises(ValueError, match="must hold its marker"):
        issues.open(IssueOrder("slow", "It is slow.", MARK), SINCE)


@pytest.mark.parametrize(
    "kind", [pytest.param("after", id="its answer is lost"), pytest.param("status", id="it fails")]
)
def test_an_issue_is_opened_once_whatever_becomes_of_the_answer(hub, issues, kind):
    hub.box.fail_api(kind, "/issues$", "POST", 1)
    number = issues.open(ORDER, SINCE)
    assert [each.number for each in ours(hub)] == [number]


def test_an_outage_that_goes_on_is_told(hub, issues):
    hub.box.fail_api("status", "/issues$", "POST", 2)
    with pytest.raises(GitHubUnavailableError):
        issues.open(ORDER, SINCE)


def test_T74_a_marker_that_somebody_else_wrote_is_not_ours(hub, issues):
    hub.box.open_issue(REPO, "slow", "mallory", MARK)
    assert issues.find(MARK, SINCE) is None
    number = issues.open(ORDER, SINCE)
    assert issues.find(MARK, SINCE) == number
    assert issues.find(MARK, datetime.now(UTC) + timedelta(hours=1)) is None


def test_it_is_edited_closed_and_opened_again(hub, issues):
    number = issues.open(ORDER, SINCE)
    assert issues.edit(number, {"title": "slower", "body": "text", "assignees": ["bob"]})
    assert issues.edit(number, {"state": "closed", "state_reason": "not_planned"})
    (found,) = ours(hub)
    assert (found.title, found.body, found.state_reason) == ("slower", "text", "not_planned")
    assert [each.login for each in found.assignees] == ["bob"]
    assert not issues.read(number).is_open
    assert issues.edit(number, {"state": "open"})
    assert issues.read(number).is_open
    assert not issues.edit(99, {"state": "closed"})


def test_a_text_that_is_too_long_is_cut(hub, issues):
    number = issues.open(IssueOrder("x" * 400, f"{MARK}{'y' * 70_000}", MARK), SINCE)
    (found,) = ours(hub)
    assert (found.number, len(found.title) <= 256, len(found.body) <= 65_536) == (
        number,
        True,
        True,
    )


def test_where_issues_are_disabled_there_is_none(hub, issues):
    number = issues.open(ORDER, SINCE)
    hub.box.find_repo(REPO).settings.has_issues = False
    with pytest.raises(NotFoundError, match="410"):
        issues.open(ORDER, SINCE)
    assert issues.read(number) is None
    assert not issues.edit(number, {"state": "closed"})
    assert issues.read(1).is_pull_request


def test_without_the_permission_that_is_said(hub):
    granted = {**PERMISSIONS, "issues": "read"}
    hub.stage.installation.permissions = granted
    hub.box.app.permissions = granted
    issues = hub.github.issues(hub.repository)
    with pytest.raises(ForbiddenError):
        issues.open(ORDER, SINCE)
