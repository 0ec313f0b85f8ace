"""Named locks exclude each other, between threads and on PostgreSQL between processes."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import sqlalchemy as sa

from app.store.database import Database
from app.store.locks import Locks

NAME = "head:1:abc"


def is_waiting(future) -> bool:
    """Give somebody who would get a free lock the time to get it."""
    return not wait([future], timeout=0.3).done


def hold(locks: Locks, name: str = NAME) -> str:
    with locks.hold(name):
        return "held"


def test_a_second_thread_waits_for_the_first(database):
    locks = Locks(database)
    with ThreadPoolExecutor(1) as threads:
        with locks.hold(NAME):
            second = threads.submit(hold, locks)
            assert is_waiting(second)
        assert second.result(10) == "held"


def test_another_name_does_not_wait(database):
    locks = Locks(database)
    with ThreadPoolExecutor(1) as threads, locks.hold(NAME):
        assert threads.submit(hold, locks, "head:1:other").result(10) == "held"


def test_a_lock_is_free_again_after_a_failure(database):
    locks = Locks(database)
    with pytest.raises(ZeroDivisionError), locks.hold(NAME):
        _ = 1 / 0
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(hold, locks).result(10) == "held"


def test_many_threads_never_hold_it_together(database):
    locks, inside, together = Locks(database), threading.Semaphore(1), []

    def work() -> None:
        for _ in range(20):
            with locks.hold(NAME):
                together.append(not inside.acquire(blocking=False))
                inside.release()

    with ThreadPoolExecutor(6) as threads:
        for each in [threads.submit(work) for _ in range(6)]:
            each.result(30)
    assert together == [False] * 120


@pytest.mark.postgres
def test_a_second_process_waits_on_postgresql(postgres_url):
    first, second = Database.open(postgres_url), Database.open(postgres_url)
    with ThreadPoolExecutor(1) as threads:
        with Locks(first).hold(NAME):
            waits = threads.submit(hold, Locks(second))
            assert is_waiting(waits)
        assert waits.result(10) == "held"
    first.close()
    second.close()


@pytest.mark.postgres
def test_a_process_that_dies_gives_its_lock_back(postgres_url):
    dying, other = Database.open(postgres_url), Database.open(postgres_url)
    with ThreadPoolExecutor(1) as threads:
        with pytest.raises(sa.exc.DBAPIError), Locks(dying).hold(NAME):
            waits = threads.submit(hold, Locks(other))
            assert is_waiting(waits)
            _end_holders(other)
        assert waits.result(10) == "held"
    dying.close()
    other.close()


def _end_holders(database: Database) -> None:
    query = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    with database.read() as connection:
        connection.exec_driver_sql(query).all()


@pytest.mark.postgres
def test_holding_a_lock_is_no_transaction_that_keeps_others_from_their_work(postgres_url):
    database = Database.open(postgres_url)
    with Locks(database).hold(NAME), database.read() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
        assert connection.exec_driver_sql(query).scalar_one() == 0
    database.close()
