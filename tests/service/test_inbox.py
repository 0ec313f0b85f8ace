import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.errors import DeliveryRefusedError
from app.service.inbox import Inbox
from app.service.intake import Accepted
from app.store.deliveries import Received


def delivery(guid: str) -> Accepted:
    return Accepted(Received(guid, "ping", None, 0, None, None, b"{}", "ignored"), ())


@dataclass
class Ledger:
    """Stores batches when it is let; refuses those that hold a bad delivery."""

    bad: str = ""
    error: Exception | None = None
    asked: int = 0
    batches: list[list[str]] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def accept(self, batch) -> None:
        self.asked += 1
        guids = [accepted.received.guid for accepted in batch]
        self.begun.release()
        assert self.open.wait(20)
        if self.bad in guids:
            raise self.error or LookupError(self.bad)
        self.batches.append(guids)

    def stored(self) -> set[str]:
        return {guid for batch in self.batches for guid in batch}


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def wait_until_waiting(inbox: Inbox, number: int) -> None:
    """Return when so many deliveries wait; they get there without any signal of their own."""
    for _ in range(2000):
        with inbox._guard:
            if len(inbox._waiting) >= number:
                return
        threading.Event().wait(0.005)
    raise AssertionError(f"{number} deliveries never waited")


def crowd(inbox: Inbox, ledger: Ledger, pool: ThreadPoolExecutor, names: str):
    """Let the first delivery be in work while all others wait, then let them go."""
    first = pool.submit(inbox.put, delivery(names[0]))
    assert ledger.begun.acquire(timeout=20)
    rest = [pool.submit(inbox.put, delivery(name)) for name in names[1:]]
    wait_until_waiting(inbox, len(rest))
    ledger.open.set()
    return [first, *rest]


def test_a_delivery_is_stored_when_put_returns(ledger):
    ledger.open.set()
    Inbox(ledger.accept).put(delivery("a"))
    assert ledger.batches == [["a"]]


def test_deliveries_that_wait_are_stored_in_one_commit_in_their_order(ledger):
    inbox = Inbox(ledger.accept)
    with ThreadPoolExecutor(8) as pool:
        for each in crowd(inbox, ledger, pool, "abcdefg"):
            each.result(20)
    assert ledger.batches[0] == ["a"]
    assert [sorted(batch) for batch in ledger.batches[1:]] == [list("bcdefg")]


def test_one_bad_delivery_in_a_batch_does_not_refuse_the_others(ledger):
    ledger.bad = "d"
    inbox = Inbox(ledger.accept)
    with ThreadPoolExecutor(8) as pool:
        found = crowd(inbox, ledger, pool, "abcdef")
        failed = [each.exception(20) for each in found]
    assert [str(error) for error in failed if error] == ["d"]
    assert ledger.stored() == set("abcef")


def test_everybody_hears_of_an_outage(ledger):
    def away(_batch) -> None:
        ledger.begun.release()
        assert ledger.open.wait(20)
        raise OSError("away")

    inbox = Inbox(away)
    with ThreadPoolExecutor(4) as pool:
        failed = [each.exception(20) for each in crowd(inbox, ledger, pool, "abc")]
    assert [type(error) for error in failed] == [OSError] * 3


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(sa.exc.OperationalError("x", {}, Exception("locked")), id="others hold it"),
        pytest.param(sa.exc.InterfaceError("x", {}, Exception("closed")), id="it went away"),
        pytest.param(sa.exc.TimeoutError("all connections are in use"), id="no connection free"),
    ],
)
def test_a_database_that_is_away_is_not_waited_for_once_a_delivery(ledger, error):
    ledger.bad, ledger.error = "c", error
    inbox = Inbox(ledger.accept)
    with ThreadPoolExecutor(8) as pool:
        found = crowd(inbox, ledger, pool, "abcdef")
        failed = [each.exception(20) for each in found]
    assert failed == [None, *[error] * 5]
    assert ledger.asked == 2


def test_who_waits_too_long_for_the_turn_is_refused_and_not_stored_later(ledger):
    inbox = Inbox(ledger.accept, patience=timedelta(milliseconds=20))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(inbox.put, delivery("a"))
        assert ledger.begun.acquire(timeout=20)
        with pytest.raises(DeliveryRefusedError) as refused:
            inbox.put(delivery("b"))
        ledger.open.set()
        first.result(20)
    inbox.put(delivery("c"))
    assert (refused.value.status, ledger.batches) == (503, [["a"], ["c"]])


def test_the_inbox_works_on_after_a_failure(ledger):
    ledger.open.set()
    ledger.bad = "a"
    inbox = Inbox(ledger.accept)
    with pytest.raises(LookupError):
        inbox.put(delivery("a"))
    inbox.put(delivery("b"))
    assert ledger.stored() == {"b"}


def test_a_full_inbox_refuses_with_503_and_stores_the_others(ledger):
    inbox = Inbox(ledger.accept, limit=2)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(inbox.put, delivery("a"))
        assert ledger.begun.acquire(timeout=20)
        waiting = [pool.submit(inbox.put, delivery(name)) for name in "bc"]
        wait_until_waiting(inbox, 2)
        with pytest.raises(DeliveryRefusedError) as refused:
            inbox.put(delivery("d"))
        ledger.open.set()
        for each in (first, *waiting):
            each.result(20)
    assert refused.value.status == 503
    assert ledger.stored() == set("abc")


def test_a_hundred_threads_lose_nothing_and_store_nothing_twice(ledger):
    ledger.open.set()
    inbox = Inbox(ledger.accept)
    names = [str(number) for number in range(300)]
    with ThreadPoolExecutor(100) as pool:
        list(pool.map(lambda name: inbox.put(delivery(name)), names))
    assert sorted(guid for batch in ledger.batches for guid in batch) == sorted(names)
