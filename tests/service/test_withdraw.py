"""Taking a success back: on which commits, from whom, and when it is left alone."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from app.service import keys
from app.service.withdraw import Withdrawer
from app.store import registry, subjects, verdicts
from app.store.registry import KnownPullRequest
from app.store.subjects import SWEEP, Taken, Want
from app.store.verdicts import Publication
from tests.builders import HEAD, NOW, OLD, sha
from tests.store.rows import publication, recorded

QUEUE, OTHER_QUEUE = sha("queue"), sha("other queue")
GROUP = keys.group(1, QUEUE, "queue/main/pr-7", "main")
OTHER_GROUP = keys.group(1, OTHER_QUEUE, "queue/dev/pr-9", "dev")
AGAIN, BROKEN = "MERGE_AGAIN", "MERGE_ENGINE_ERROR"


@dataclass(slots=True)
class Pages:
    """A publisher that keeps in mind what it was to show."""

    shown: list[tuple[str, str]] = field(default_factory=list)

    def publish(self, _job: Taken, _repository: object, head: str, record: Any) -> None:
        """Note head and code of each page."""
        _, standings = record(None)
        self.shown += [(head, each.verdict.code) for each in standings]


def job(key: str = "pull_request:1#7", **changes: Any) -> Taken:
    plain = {"cause": "push", "taken": 1, "epoch": 1, "attempts": 0, "starts": 1, "urgent": True}
    kind = key.partition(":")[0]
    return Taken(key=key, kind=kind, account_id=9, installation_id=5, **plain | changes)


def green(head: str, *, name: str = "gatewright/merge", **changes: Any) -> Publication:
    plain = {"head_sha": head, "external_id": head, "outcome": "pass"}
    return publication(name, **plain | changes)


@pytest.fixture
def pages(database):
    """Pull request 7 on HEAD, judged once on OLD, with a merge group on each of two branches."""
    names = {"installation_id": 5, "account_id": 9, "full_name": "acme/widgets"}
    with database.write() as connection:
        registry.remember_repository(connection, NOW, id=1, default_branch="main", **names)
        seen = KnownPullRequest(7, HEAD, "main", is_open=True, head_seen_at=NOW, verdict_id=None)
        registry.remember_pull_request(connection, 1, seen)
        verdicts.keep(connection, recorded("v-7", head_sha=OLD))
        registry.set_verdict(connection, 1, 7, "v-7")
        for key in (GROUP, OTHER_GROUP):
            subjects.mark(connection, Want(key, keys.GROUP, 9, 5, "merge_group"), NOW)
    return Pages()


def stand(database, *publications) -> None:
    with database.write() as connection:
        for each in publications:
            verdicts.intend(connection, each, NOW)


def fail(database, pages: Pages, failed: Taken, *, parked: bool = False) -> list[tuple[str, str]]:
    Withdrawer(database, pages).failure(failed, "it broke", parked)
    return pages.shown


def test_whatever_rests_on_a_pull_request_is_taken_back(database, pages):
    stand(database, *(green(head) for head in (HEAD, OLD, QUEUE, OTHER_QUEUE)))
    assert fail(database, pages, job()) == [(HEAD, AGAIN), (OLD, AGAIN), (QUEUE, AGAIN)]


def test_a_verdict_that_was_taken_back_counts_for_no_sibling(database, pages):
    fail(database, pages, job())
    with database.read() as connection:
        assert verdicts.current(connection, 1, [7]) == {}


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        pytest.param(green(HEAD, posted=True), [(HEAD, AGAIN)], id="a success"),
        pytest.param(green(HEAD, outcome="fail", posted=True), [], id="no success"),
        pytest.param(
            green(HEAD, outcome="fail"),
            [(HEAD, AGAIN)],
            id="a failure that perhaps never came to stand over an older success",
        ),
        pytest.param(green(HEAD, name="gatewright/ci"), [], id="a page of one gate only"),
    ],
)
def test_what_may_be_a_success_is_replaced_and_nothing_else(database, pages, page, shown):
    stand(database, page)
    assert fail(database, pages, job()) == shown


@pytest.mark.parametrize(
    ("failed", "parked", "shown"),
    [
        pytest.param(job(cause=SWEEP, urgent=False), False, [], id="a regular look"),
        pytest.param(
            job(cause=SWEEP), False, [(HEAD, AGAIN)], id="a regular look with bad news behind it"
        ),
        pytest.param(
            job(cause=SWEEP, urgent=False),
            True,
            [(HEAD, AGAIN), (HEAD, BROKEN)],
            id="a regular look that failed for the last time",
        ),
        pytest.param(job(urgent=False), False, [(HEAD, AGAIN)], id="an event"),
        pytest.param(job(), True, [(HEAD, AGAIN), (HEAD, BROKEN)], id="for the last time"),
        pytest.param(job("pull_request:2#7"), True, [], id="a repository that is not known"),
    ],
)
def test_what_a_failed_attempt_shows(database, pages, failed, parked, shown):
    stand(database, green(HEAD))
    assert fail(database, pages, failed, parked=parked) == shown


def test_a_group_that_fails_for_the_last_time_says_so(database, pages):
    stand(database, green(QUEUE), green(HEAD))
    assert fail(database, pages, job(GROUP), parked=True) == [(QUEUE, AGAIN), (QUEUE, BROKEN)]


def test_a_closed_pull_request_says_nothing_any_more(database, pages):
    with database.write() as connection:
        registry.forget_pull_request(connection, 1, 7)
    assert fail(database, pages, job(), parked=True) == []
