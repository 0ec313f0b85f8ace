import pytest

from app.engine.scheduler import RETRY_AFTER, Scheduler, retry_at
from app.store import subjects
from app.store.subjects import Taken, Want
from tests.bot import ListQueue


def want(number: int = 1, *, installation: int = 1, urgent: bool = False) -> Want:
    return Want(f"pull_request:1#{number}", "pull_request", 9, installation, "test", urgent=urgent)


@pytest.fixture
def queue() -> ListQueue:
    return ListQueue()


@pytest.fixture
def scheduler(queue, clock) -> Scheduler:
    return Scheduler(queue, clock, share=2)


def keys(queue: ListQueue) -> list[str]:
    return sorted((key.rpartition("#")[2] for _, key in queue.tickets), key=int)


def ask(database, scheduler, *wants: Want) -> None:
    with database.write() as connection:
        scheduler.want(connection, wants)


def work(database, clock, key: str):
    """Take a subject and finish it, as a worker would."""
    with database.write() as connection:
        job = subjects.take(connection, key, clock())
        assert job is not None
        assert subjects.finish(connection, job)
    return job


def test_a_hundred_events_about_one_subject_make_one_job(database, scheduler, queue):
    for _ in range(100):
        ask(database, scheduler, want(1))
    assert keys(queue) == ["1"]


def test_an_event_during_work_makes_exactly_one_more_job(database, scheduler, queue, clock):
    ask(database, scheduler, want(1))
    with database.write() as connection:
        job = subjects.take(connection, want(1).key, clock())
    ask(database, scheduler, want(1))
    ask(database, scheduler, want(1))
    with database.write() as connection:
        assert subjects.finish(connection, job)
    assert keys(queue) == ["1", "1"]


def test_an_event_that_comes_while_a_job_waits_is_covered_by_it(database, scheduler, clock):
    ask(database, scheduler, want(1))
    ask(database, scheduler, want(1))
    assert work(database, clock, want(1).key).taken == 2
    with database.read() as connection:
        assert subjects.standings(connection) == ()


def test_one_installation_does_not_starve_another(database, scheduler, queue):
    ask(database, scheduler, *(want(number) for number in range(1, 9)))
    ask(database, scheduler, want(20, installation=2))
    assert keys(queue) == ["1", "2", "20"]


def test_what_waits_follows_when_a_job_ends(database, scheduler, queue, clock):
    for number in range(1, 5):
        ask(database, scheduler, want(number))
        clock.forward(seconds=1)
    work(database, clock, want(1).key)
    with database.write() as connection:
        scheduler.release(connection, 1)
    assert keys(queue) == ["1", "2", "3"]


def test_bad_news_does_not_wait_for_a_share(database, scheduler, queue):
    ask(database, scheduler, *(want(number) for number in range(1, 5)))
    ask(database, scheduler, want(9, urgent=True))
    assert keys(queue) == ["1", "2", "9"]


def test_bad_news_goes_first_among_those_that_wait(database, scheduler, clock):
    ask(database, scheduler, *(want(number) for number in range(1, 4)))
    with database.write() as connection:
        subjects.mark(connection, want(7, urgent=True), clock())
        assert subjects.waiting(connection, 1, 1) == (want(7).key,)


def test_urgency_is_shown_to_the_worker_once(database, scheduler, clock):
    ask(database, scheduler, want(1, urgent=True))
    assert work(database, clock, want(1).key).urgent
    ask(database, scheduler, want(1))
    assert not work(database, clock, want(1).key).urgent


def test_a_sleeping_subject_is_woken_when_its_time_has_come(database, scheduler, queue, clock):
    ask(database, scheduler, want(1))
    with database.write() as connection:
        job = subjects.take(connection, want(1).key, clock())
        wake_at = clock()
        subjects.finish(connection, job, wake_at)
    queue.tickets.clear()
    with database.write() as connection:
        clock.forward(seconds=-1)
        early = scheduler.wake(connection)
        clock.forward(seconds=2)
        due = scheduler.wake(connection)
        again = scheduler.wake(connection)
    assert (early, due, again, keys(queue)) == (0, 1, 0, ["1"])


def test_a_worker_that_was_taken_over_cannot_finish(database, scheduler, clock):
    ask(database, scheduler, want(1))
    with database.write() as connection:
        first = subjects.take(connection, want(1).key, clock())
        second = subjects.take(connection, want(1).key, clock())
        outcomes = [
            subjects.is_current(connection, first),
            subjects.finish(connection, first),
            subjects.is_current(connection, second),
            subjects.finish(connection, second),
        ]
    assert outcomes == [False, False, True, True]


def test_rebuild_queues_what_is_unfinished_and_nothing_else(database, scheduler, queue, clock):
    ask(database, scheduler, want(1), want(2), want(3))
    work(database, clock, want(1).key)
    with database.write() as connection:
        subjects.take(connection, want(2).key, clock())
    queue.tickets.clear()
    with database.write() as connection:
        scheduler.rebuild(connection)
    assert keys(queue) == ["2", "3"]


def test_a_parked_subject_is_not_taken_until_somebody_asks_again(database, scheduler, clock):
    ask(database, scheduler, want(1))
    with database.write() as connection:
        job = subjects.take(connection, want(1).key, clock())
        subjects.fail(connection, job, "broken", None)
    with database.write() as connection:
        assert subjects.take(connection, want(1).key, clock()) is None
        assert [each.state for each in subjects.standings(connection)] == ["parked"]
        assert subjects.unpark(connection, want(1).key) is not None
        assert subjects.unpark(connection, want(1).key) is None


def test_a_new_event_gives_a_parked_subject_another_chance(database, scheduler, queue, clock):
    ask(database, scheduler, want(1))
    with database.write() as connection:
        job = subjects.take(connection, want(1).key, clock())
        subjects.fail(connection, job, "broken", None)
    queue.tickets.clear()
    ask(database, scheduler, want(1))
    assert keys(queue) == ["1"]


@pytest.mark.parametrize(
    ("kind", "installation", "goes_on"),
    [
        pytest.param("pull_request", 1, False, id="what anybody can ask for again"),
        pytest.param("deployment", 1, True, id="what others wait for"),
        pytest.param("app", 0, True, id="what looks after the App itself"),
    ],
)
def test_which_failing_work_is_never_given_up(clock, kind, installation, goes_on):
    job = Taken("key", kind, 9, installation, "test", 1, 1, len(RETRY_AFTER), 1, urgent=False)
    again = retry_at(job, clock())
    assert again == (clock() + RETRY_AFTER[-1] if goes_on else None)
