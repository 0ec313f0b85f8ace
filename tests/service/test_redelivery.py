"""What each search for lost deliveries reads, asks for and remembers, on both databases."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from app.errors import ForbiddenError, GitHubError, GitHubUnavailableError
from app.ports import DeliverySeen
from app.service.redelivery import Redelivery
from app.store import deliveries, lost
from app.store.database import Database
from app.store.deliveries import Received
from tests.builders import NOW
from tests.service.test_sync import JOB

EVERY = timedelta(minutes=5)


@dataclass
class Listed:
    """GitHub's side: its list, newest first, and what it was asked for."""

    seen: list[DeliverySeen] = field(default_factory=list)
    read: int = 0
    asked: list[str] = field(default_factory=list)
    breaks_with: GitHubError | None = None
    refuses_with: GitHubError | None = None

    def add(self, guid: str, when: datetime) -> None:
        self.seen.append(DeliverySeen(len(self.seen) + 1, guid, when))

    def deliveries(self):
        for each in sorted(self.seen, key=lambda each: each.delivered_at, reverse=True):
            self.read += 1
            yield each
        if self.breaks_with is not None:
            raise self.breaks_with

    def redeliver(self, delivery_id: int) -> None:
        if self.refuses_with is not None:
            raise self.refuses_with
        (guid,) = (each.guid for each in self.seen if each.id == delivery_id)
        self.asked.append(guid)


class Search:
    """The job with its list and clock."""

    def __init__(self, database, clock) -> None:
        self.database, self.clock = database, clock
        self.listed = Listed()
        self.job = Redelivery(database, self.listed, clock, EVERY)

    def runs(self) -> list[str]:
        """Search, and return what was asked for."""
        self.listed.asked, self.listed.read = [], 0
        assert self.job.lost_deliveries(JOB).wake_at == self.clock() + EVERY
        return self.listed.asked

    def arrives(self, guid: str) -> None:
        received = Received(guid, "ping", None, 9, 5, 1, b"{}", "stored")
        with self.database.write() as connection:
            deliveries.keep(connection, [received], self.clock())

    def fill(self, count: int, **ago: float) -> None:
        """Let deliveries arrive that GitHub lists too."""
        for number in range(count):
            guid = f"{len(self.listed.seen)}-{number}"
            self.listed.add(guid, self.clock() - timedelta(**ago))
            self.arrives(guid)

    def noted(self) -> list[str]:
        with self.database.read() as connection:
            return [each.guid for each in lost.noted(connection, NOW - timedelta(days=99))]


@pytest.fixture
def search(database_url, clock):
    database = Database.open(database_url)
    yield Search(database, clock)
    database.close()


def test_the_first_search_reads_whatever_github_keeps(search):
    search.listed.add("too old", NOW - timedelta(days=4))
    search.listed.add("old", NOW - timedelta(days=2))
    assert search.runs() == ["old"]


def test_a_later_search_reads_what_is_new_and_an_overlap(search):
    search.fill(50, days=1)
    search.fill(3, minutes=20)
    search.runs()
    first = search.listed.read
    search.clock.forward(minutes=5)
    search.fill(2, minutes=3)
    search.runs()
    # One more than wanted is read, to see that the list goes back too far.
    assert (first, search.listed.read) == (53, 2 + 3 + 1)


def test_what_is_listed_late_is_found(search):
    search.runs()
    search.clock.forward(minutes=5)
    search.listed.add("late", NOW - timedelta(minutes=20))
    assert search.runs() == ["late"]


def test_what_may_be_on_its_way_is_left_alone_and_found_later(search):
    search.listed.add("just sent", NOW - timedelta(seconds=30))
    first = search.runs()
    search.clock.forward(minutes=5)
    assert (first, search.runs()) == ([], ["just sent"])


def test_what_does_not_arrive_is_asked_for_until_it_does(search):
    """The mark goes on; what is missing is remembered apart from it."""
    search.listed.add("missing", NOW - timedelta(hours=1))
    asked = [search.runs()]
    for _ in range(2):
        search.clock.forward(hours=6)
        asked.append(search.runs())
    search.arrives("missing")
    search.clock.forward(hours=6)
    assert (asked, search.runs(), search.noted()) == ([["missing"]] * 3, [], [])


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(GitHubError("cannot be sent again", 422), id="refused"),
        pytest.param(ForbiddenError("not now", 403), id="forbidden"),
    ],
)
def test_what_github_would_not_send_again_is_asked_for_the_next_time(search, error):
    search.listed.add("missing", NOW - timedelta(hours=1))
    search.listed.refuses_with = error
    refused = search.runs()
    search.clock.forward(hours=6)
    search.listed.refuses_with = None
    assert (refused, search.runs()) == ([], ["missing"])


def test_an_outage_while_asking_leaves_everything_to_the_next_time(search):
    for name in ("a", "b"):
        search.listed.add(name, NOW - timedelta(hours=1))
    search.listed.refuses_with = GitHubUnavailableError("down", 502)
    with pytest.raises(GitHubUnavailableError):
        search.runs()
    search.listed.refuses_with = None
    search.clock.forward(hours=6)
    assert sorted(search.runs()) == ["a", "b"]


def test_an_attempt_that_failed_too_is_asked_for_once_a_search_and_no_longer_than_kept(search):
    search.listed.add("missing", NOW - timedelta(days=2, hours=23))
    search.runs()
    asked = []
    for _ in range(3):
        search.clock.forward(minutes=25)
        search.listed.add("missing", search.clock() - timedelta(minutes=10))
        asked.append(search.runs())
    search.clock.forward(days=2)
    assert (asked, search.runs(), search.noted()) == ([["missing"], ["missing"], []], [], [])


@pytest.mark.parametrize(
    ("error", "read"),
    [
        pytest.param(GitHubError("bad cursor", 422), 51, id="an answer that cannot be used"),
        pytest.param(GitHubError("more than 100 pages"), 2, id="more than is ever read"),
    ],
)
def test_a_list_that_breaks_off_is_read_again_unless_its_end_is_out_of_reach(search, error, read):
    search.fill(50, days=1)
    search.listed.breaks_with = error
    search.runs()
    search.listed.breaks_with = None
    search.clock.forward(minutes=5)
    search.fill(1, minutes=3)
    search.runs()
    assert search.listed.read == read


def test_after_an_outage_of_days_the_search_begins_where_github_does(search):
    search.runs()
    search.clock.forward(days=9)
    search.listed.add("too old", search.clock() - timedelta(days=4))
    search.listed.add("old", search.clock() - timedelta(days=2))
    assert search.runs() == ["old"]
