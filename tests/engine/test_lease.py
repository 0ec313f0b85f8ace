"""Dead and hung workers are told from living ones by real locks of a real PostgreSQL."""

import queue
from contextlib import contextmanager

import psycopg
import pytest

from app.engine.durable import DurableQueue
from app.engine.lease import Lease, lock_key
from app.store.database import Database

pytestmark = pytest.mark.postgres
SOON = 20


@pytest.fixture
def leftover(postgres_url):
    """Leave a job behind that the worker `other` had begun."""
    database = Database.open(postgres_url)
    jobs = DurableQueue(database)
    with database.write() as connection:
        jobs.enqueue(connection, "key", "1~key")
    jobs.close()
    database.close()
    statement = "UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = 'other'"
    run(postgres_url, statement)
    return postgres_url


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


@contextmanager
def living(url: str, beat: str):
    """Hold the lock of `other`, with a beat of then."""
    run(url, f"INSERT INTO worker (id, beat) VALUES ('other', ({beat})::text)")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (lock_key("other"),))
        yield


@contextmanager
def looking(url: str):
    """Look after neighbours; yields what was adopted, a queue, and the lease."""
    adopted: queue.Queue[list[str]] = queue.Queue()
    lease = Lease(url, "me", adopted.put, every=0.02, hung_after=3600)
    lease.start()
    try:
        assert lease.wait_held(SOON)
        yield adopted, lease
    finally:
        lease.stop()


def looks(url: str) -> int:
    """Count how often `me` wrote its beat so far, by the row's versions."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT xmin FROM worker WHERE id = 'me'").fetchone()
    return int(row[0])


def some_looks_later(url: str) -> None:
    seen = {looks(url)}
    while len(seen) < 5:
        seen.add(looks(url))


def test_the_work_of_a_dead_worker_is_adopted(leftover):
    with looking(leftover) as (adopted, lease):
        lease.begin_adopting()
        assert adopted.get(timeout=SOON) == ["other"]


def test_nobody_is_adopted_before_there_is_somebody_to_do_the_work(leftover):
    with looking(leftover) as (adopted, _):
        some_looks_later(leftover)
        assert adopted.empty()


def test_the_work_of_a_living_worker_is_left_alone(leftover):
    with living(leftover, "now()"), looking(leftover) as (adopted, lease):
        lease.begin_adopting()
        some_looks_later(leftover)
        assert adopted.empty()


def test_the_work_of_a_worker_that_lives_but_does_not_move_is_adopted(leftover):
    with living(leftover, "now() - interval '2 hours'"), looking(leftover) as (adopted, lease):
        lease.begin_adopting()
        assert adopted.get(timeout=SOON) == ["other"]


def test_a_worker_that_loses_its_connection_takes_its_lease_up_again(leftover):
    with looking(leftover) as (adopted, lease):
        run(
            leftover,
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            f" WHERE locktype = 'advisory' AND objid = {lock_key('me') & 0xFFFFFFFF}",
        )
        lease.begin_adopting()
        assert adopted.get(timeout=SOON) == ["other"]
