"""The queue's own table; `tests/engine` has what the scheduler makes of it."""

from dataclasses import replace

import pytest

from app.store import subjects
from app.store.subjects import Standing, Want
from app.store.times import stamp
from tests.builders import NOW, at

KEY = "pull_request:1#7"


def want(key: str = KEY, installation: int = 5, cause: str = "test") -> Want:
    return Want(key, "pull_request", 9, installation, cause)


def taken(connection, key: str = KEY, installation: int = 5):
    subjects.mark(connection, want(key, installation), NOW)
    subjects.queue(connection, key)
    return subjects.take(connection, key, NOW)


def mark(connection):
    subjects.mark(connection, want(), NOW)


def queue(connection):
    mark(connection)
    subjects.queue(connection, KEY)


def finish(connection):
    subjects.finish(connection, taken(connection))


def sleep(connection):
    subjects.finish(connection, taken(connection), at(5))


def fail(connection):
    subjects.fail(connection, taken(connection), "broken", at(5))


def park(connection):
    subjects.fail(connection, taken(connection), "broken", None)


def defer(connection):
    subjects.defer(connection, taken(connection), "limit", at(5))


def unpark(connection):
    park(connection)
    subjects.unpark(connection, KEY)
    queue(connection)


def event_while_parked(connection):
    park(connection)
    queue(connection)


def event_while_running(connection):
    taken(connection)
    mark(connection)


@pytest.mark.parametrize(
    ("act", "state", "attempts", "error"),
    [
        (mark, "waiting", 0, None),
        (queue, "queued", 0, None),
        (taken, "running", 0, None),
        (finish, "done", 0, None),
        (sleep, "sleeping", 0, None),
        (fail, "sleeping", 1, "broken"),
        (park, "parked", 1, "broken"),
        (defer, "sleeping", 0, "limit"),
        (unpark, "queued", 0, "broken"),
        (event_while_parked, "queued", 0, "broken"),
        (event_while_running, "running", 0, None),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_subject_stands_where_the_last_step_left_it(database, act, state, attempts, error):
    with database.write() as connection:
        act(connection)
        [found] = subjects.standings(connection, include_done=True)
        unfinished = subjects.standings(connection)
    assert found == Standing(
        KEY, "pull_request", 5, state, "test", attempts, "2026-11-20T12:00:00.000000Z", error
    )
    assert unfinished == (() if state == "done" else (found,))


def test_a_parked_subject_that_fails_again_after_an_event_is_tried_as_often_as_a_new_one(database):
    with database.write() as connection:
        for _ in range(7):
            job = taken(connection)
            subjects.fail(connection, job, "broken", at(1))
        assert taken(connection).attempts == 7
        park(connection)
        assert taken(connection).attempts == 0


def test_standings_are_in_the_order_in_which_they_wait(database):
    with database.write() as connection:
        for key, minutes in (("b", 1), ("c", 0), ("a", 1)):
            subjects.mark(connection, want(key), at(minutes))
        assert [each.key for each in subjects.standings(connection)] == ["c", "a", "b"]


def test_a_wish_is_as_old_as_the_first_event_that_no_job_covers(database):
    waited = []
    with database.write() as connection:
        for minutes in (0, 1):
            subjects.mark(connection, want(), at(minutes))
            waited.append(subjects.standings(connection)[0].wanted_at)
        subjects.queue(connection, KEY)
        job = subjects.take(connection, KEY, at(2))
        subjects.mark(connection, want(), at(3))
        waited.append(subjects.standings(connection)[0].wanted_at)
        subjects.finish(connection, job)
    assert waited == [stamp(at(minutes)) for minutes in (0, 0, 3)]


def test_only_bad_news_that_came_after_the_start_of_a_job_is_news_to_it(database):
    bad = replace(want(), urgent=True)
    heard = []
    with database.write() as connection:
        subjects.mark(connection, bad, NOW)
        job = taken(connection)
        heard.append(subjects.has_bad_news(connection, job))
        subjects.mark(connection, bad, NOW)
        job = subjects.take(connection, KEY, NOW)
        for each in (want(), bad):
            heard.append(subjects.has_bad_news(connection, job))
            subjects.mark(connection, each, NOW)
        heard.append(subjects.has_bad_news(connection, job))
    assert heard == [False, False, False, True]


@pytest.mark.parametrize("urgent", [True, False], ids=["bad news", "no bad news"])
@pytest.mark.parametrize("again", [True, False], ids=["re-run", "no re-run"])
@pytest.mark.parametrize("give_up", [subjects.fail, subjects.defer], ids=["failed", "deferred"])
def test_what_a_job_did_nothing_about_the_next_one_knows_too(database, give_up, urgent, again):
    with database.write() as connection:
        subjects.mark(connection, replace(want(), urgent=urgent, again=again), NOW)
        give_up(connection, subjects.take(connection, KEY, NOW), "broken", at(5))
        following = taken(connection)
        assert (following.urgent, following.again) == (urgent, again)
        subjects.finish(connection, following)
        after = taken(connection)
        assert (after.urgent, after.again) == (False, False)


def test_keys_are_found_by_their_start_alone_the_newest_wish_first(database):
    keys = ("group:1+abc x", "group:1+abc y", "group:1+abd", "group:11+abc", "a group:1+abc ")
    with database.write() as connection:
        for minute, key in enumerate(keys):
            subjects.mark(connection, want(key), at(minute))
        found = subjects.keys_starting(connection, "group:1+abc ")
        assert found == ("group:1+abc y", "group:1+abc x")
        assert subjects.keys_starting(connection, "group:1_") == ()
        assert subjects.keys_starting(connection, "%") == ()


def test_forgetting_a_start_drops_those_keys_and_no_other(database):
    with database.write() as connection:
        for key in ("group:1+abc x", "group:1+abd", "group_1+abc z"):
            subjects.mark(connection, want(key), NOW)
        subjects.forget(connection, "group:1+abc ")
        subjects.forget(connection, "group:1+ab_")
        left = {each.key for each in subjects.standings(connection)}
    assert left == {"group:1+abd", "group_1+abc z"}


def test_a_job_of_a_forgotten_subject_finds_nothing(database):
    with database.write() as connection:
        job = taken(connection)
        subjects.forget(connection, KEY)
        assert subjects.take(connection, KEY, NOW) is None
        assert (subjects.is_current(connection, job), subjects.finish(connection, job)) == (
            False,
            False,
        )


def test_what_is_due_comes_in_its_order_and_once(database):
    with database.write() as connection:
        for key, minutes in (("later", 9), ("second", -1), ("first", -2), ("now", 0)):
            subjects.finish(connection, taken(connection, key), at(minutes))
        due = [each.key for each in subjects.due(connection, NOW)]
        assert due == ["first", "second", "now"]
        assert [each.key for each in subjects.due(connection, NOW, limit=1)] == ["first"]
        subjects.clear_wake(connection, due)
        assert subjects.due(connection, NOW) == ()
        assert [each.key for each in subjects.due(connection, at(9))] == ["later"]


def test_what_is_parked_is_never_due(database):
    with database.write() as connection:
        sleep(connection)
        park(connection)
        assert subjects.due(connection, at(99)) == ()


def test_work_is_found_by_installation(database):
    with database.write() as connection:
        for key, installation in (("a", 5), ("b", 5), ("c", 6), ("d", 7)):
            subjects.mark(connection, want(key, installation), NOW)
        subjects.queue(connection, "c")
        subjects.queue(connection, "a")
        assert sorted(subjects.installations_with_work(connection)) == [5, 7]
        assert [subjects.outstanding(connection, each) for each in (5, 6, 7)] == [1, 1, 0]
        assert subjects.waiting(connection, 5, 9) == ("b",)
        assert sorted(subjects.unfinished(connection)) == [("a", 1), ("c", 1)]


def test_a_subject_that_waits_is_queued_once(database):
    with database.write() as connection:
        mark(connection)
        mark(connection)
        assert [subjects.queue(connection, KEY) for _ in range(2)] == [2, None]


def test_a_subject_follows_its_repository_to_another_installation(database):
    with database.write() as connection:
        mark(connection)
        subjects.mark(connection, want(installation=6), NOW)
        assert [each.installation_id for each in subjects.standings(connection)] == [6]


@pytest.mark.parametrize("act", [mark, taken, finish], ids=["waiting", "running", "done"])
def test_only_what_is_parked_can_be_given_a_fresh_start(database, act):
    with database.write() as connection:
        act(connection)
        assert subjects.unpark(connection, KEY) is None
        assert subjects.unpark(connection, "unknown") is None


def test_a_fresh_start_keeps_who_it_was_for(database):
    with database.write() as connection:
        park(connection)
        again = subjects.unpark(connection, KEY)
    assert (again.key, again.account_id, again.installation_id) == (KEY, 9, 5)
    assert again.cause == "retried by an operator"
