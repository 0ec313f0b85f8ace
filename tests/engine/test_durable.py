"""The real queue on both databases; one engine at a time in a process, since dbos is global."""

import threading
import time
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import dbos._dbos
import pytest

from app.engine.durable import APPLICATION_VERSION, DurableQueue, Engine
from app.engine.scheduler import Scheduler
from app.store.subjects import Want
from app.wiring import utc_now


class Recorder:
    """Counts runs, remembers overlaps, and tells when enough was done."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.runs: Counter[str] = Counter()
        self.running: set[str] = set()
        self.overlaps: list[str] = []
        self.enough = threading.Event()
        self._guard = threading.Lock()

    def __call__(self, key: str) -> str:
        with self._guard:
            self.overlaps += [key] if key in self.running else []
            self.running.add(key)
        threading.Event().wait(0.01)
        with self._guard:
            self.running.discard(key)
            self.runs[key] += 1
            if self.runs.total() >= self.expected:
                self.enough.set()
        return "done"


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch):
    """Have dbos look a hundred times a second whether the last job has ended, not once."""
    hurried = {**vars(time), "sleep": lambda seconds: time.sleep(min(seconds, 0.01))}
    monkeypatch.setattr(dbos._dbos, "time", SimpleNamespace(**hurried))


@pytest.fixture
def queue(database):
    made = DurableQueue(database)
    yield made
    made.close()


def run_until_enough(database, recorder: Recorder) -> None:
    engine = Engine(database, recorder, threads=4)
    engine.start()
    try:
        assert engine.wait_started(30)
        assert recorder.enough.wait(30)
    finally:
        engine.stop()


def test_jobs_run_once_each_and_never_two_of_one_key_at_once(database, queue):
    with database.write() as connection:
        for number in range(12):
            queue.enqueue(connection, f"key{number % 3}", f"{number:014d}~key{number % 3}")
    recorder = Recorder(12)
    run_until_enough(database, recorder)
    assert recorder.runs == Counter({"key0": 4, "key1": 4, "key2": 4})
    assert recorder.overlaps == []


def test_a_job_of_a_transaction_that_was_rolled_back_does_not_exist(database, queue):
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        queue.enqueue(connection, "lost", "1~lost")
        _ = 1 / 0
    with database.write() as connection:
        queue.enqueue(connection, "kept", "2~kept")
    recorder = Recorder(1)
    run_until_enough(database, recorder)
    assert recorder.runs == Counter({"kept": 1})


def test_the_same_ticket_is_not_added_twice(database, queue):
    for _ in range(2):
        with database.write() as connection:
            queue.enqueue(connection, "one", "1~one")
    with database.write() as connection:
        queue.enqueue(connection, "two", "2~two")
    recorder = Recorder(2)
    run_until_enough(database, recorder)
    assert recorder.runs == Counter({"one": 1, "two": 1})


def test_work_is_done_by_a_process_that_starts_after_it_was_asked_for(database, queue):
    with database.write() as connection:
        Scheduler(queue, utc_now).want(connection, [Want("a:1", "a", 1, 1, "test")])
    recorder = Recorder(1)
    run_until_enough(database, recorder)
    assert recorder.runs == Counter({"a:1": 1})


def test_the_application_version_is_a_constant():
    """A version that changes with the code would strand the work of the version before."""
    assert APPLICATION_VERSION == "gw-1"


def test_a_job_that_the_queue_lost_is_found_and_queued_again(database, queue):
    scheduler = Scheduler(queue, utc_now)
    with database.write() as connection:
        scheduler.want(connection, [Want("a:1", "a", 1, 1, "x"), Want("b:2", "b", 1, 1, "x")])
    known = queue.active_keys()
    with database.write() as connection:
        nothing = scheduler.revive(connection, known)
        lost = scheduler.revive(connection, known - {"b:2"})
    recorder = Recorder(3)
    run_until_enough(database, recorder)
    assert (known, nothing, lost) == ({"a:1", "b:2"}, 0, 1)
    assert recorder.runs == Counter({"a:1": 1, "b:2": 2})


def test_jobs_that_ended_long_ago_are_forgotten_and_waiting_ones_are_not(database, queue):
    with database.write() as connection:
        queue.enqueue(connection, "done", "1~done~1")
    run_until_enough(database, Recorder(1))
    with database.write() as connection:
        queue.enqueue(connection, "waits", "2~waits~1")
    early = queue.purge(utc_now() - timedelta(hours=1))
    late = queue.purge(utc_now() + timedelta(hours=1))
    assert (early, late, queue.active_keys()) == (0, 1, {"waits"})
