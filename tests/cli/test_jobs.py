"""`gatewright jobs`: what an operator sees of the queue, and how work is repeated."""

import json

import pytest

from app.store import subjects
from app.store.subjects import Want
from tests.builders import NOW, at
from tests.cli.conftest import gatewright

KEY = "pull_request:1#7"
HOSTILE = "[/red]\x1b[31m:skull: \u202e no [0]"


def want(key: str = KEY) -> Want:
    return Want(key, "pull_request", 9, 1, "pull_request.opened")


def parked(database, key: str = KEY, error: str = "the disk is full") -> None:
    with database.write() as connection:
        subjects.mark(connection, want(key), NOW)
        job = subjects.take(connection, key, NOW)
        subjects.fail(connection, job, error, None)


def listed(*more: str) -> dict[str, str]:
    done = gatewright("jobs", "list", "--json", *more)
    assert (done.status, done.err) == (0, "")
    return {each["key"]: each["state"] for each in json.loads(done.out)}


def test_nothing_to_do_is_an_empty_list(database):
    assert listed() == {}


def test_the_longest_waiting_comes_first_and_what_is_done_is_left_out(database):
    parked(database)
    with database.write() as connection:
        subjects.mark(connection, want("head:1@a"), at(-9))
        subjects.mark(connection, want("done"), NOW)
        subjects.finish(connection, subjects.take(connection, "done", NOW))
    assert list(listed().items()) == [("head:1@a", "waiting"), (KEY, "parked")]
    assert listed("--all")["done"] == "done"


def test_every_word_of_a_job_is_in_the_table_uncut(database):
    long = f"pull_request:{'1' * 60}#7"
    parked(database, long, "the disk of the database is full, and so is the other one")
    rows = gatewright("jobs", "list").out.splitlines()
    [row] = [line for line in rows if long in line]
    for word in ("parked", "pull_request.opened", "1", "2026-11-20T12:00:00", "the other one"):
        assert word in row


def test_what_strangers_wrote_cannot_act_on_the_terminal(database):
    parked(database, error=HOSTILE)
    done = gatewright("jobs", "list")
    assert "[/red]<U+001B>[31m:skull: <U+202E> no [0]" in done.out
    assert json.loads(gatewright("jobs", "list", "--json").out)[0]["error"] == HOSTILE


def test_a_parked_job_gets_a_fresh_start(database):
    parked(database)
    done = gatewright("jobs", "retry", KEY)
    assert (done.status, done.out) == (0, f"{KEY} is queued again\n")
    with database.read() as connection:
        [standing] = subjects.standings(connection)
        queued = connection.exec_driver_sql(
            "SELECT queue_partition_key FROM workflow_status"
        ).scalars()
        assert list(queued) == [KEY]
    assert (standing.state, standing.attempts, standing.cause) == (
        "queued",
        0,
        "retried by an operator",
    )


@pytest.mark.parametrize("key", ["nothing", "\x1b[31m"])
def test_a_job_that_is_not_parked_is_a_no(database, key):
    done = gatewright("jobs", "retry", "--", key)
    assert (done.status, done.err) == (1, "")
    assert "is not parked; `gatewright jobs list` shows what is" in done.out
    assert "\x1b" not in done.out
