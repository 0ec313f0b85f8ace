"""The numbers for dashboards and alarms, from a queue in every state."""

from app.store import deliveries, subjects, verdicts
from app.store.deliveries import Received
from app.store.numbers import numbers
from app.store.subjects import Want
from tests.builders import NOW, at
from tests.store.rows import publication, recorded

NOTHING = {
    "subjects_parked": 0,
    "subjects_running": 0,
    "subjects_queued": 0,
    "subjects_waiting": 0,
    "oldest_wish_seconds": 0.0,
    "publications_unposted": 0,
    "ledger_deliveries": 0,
    "verdicts": 0,
}


def measured(database) -> dict[str, float]:
    with database.read() as connection:
        return numbers(connection, NOW)


def mark(connection, key: str, minutes: float = 0) -> None:
    subjects.mark(connection, Want(key, "pull_request", 9, 1, "test"), at(minutes))


def taken(connection, key: str, minutes: float = 0):
    mark(connection, key, minutes)
    subjects.queue(connection, key)
    return subjects.take(connection, key, at(minutes))


def test_an_empty_database_has_nothing_of_anything(database):
    assert measured(database) == NOTHING


def test_every_state_is_counted_once(database):
    with database.write() as connection:
        for key in ("waits", "waits too"):
            mark(connection, key, -2)
        mark(connection, "queued", -3)
        subjects.queue(connection, "queued")
        taken(connection, "runs", -5)
        subjects.finish(connection, taken(connection, "done", -99))
        subjects.finish(connection, taken(connection, "sleeps", -99), at(60))
        subjects.fail(connection, taken(connection, "parked", -99), "no", None)
    assert measured(database) == NOTHING | {
        "subjects_parked": 1,
        "subjects_running": 1,
        "subjects_queued": 1,
        "subjects_waiting": 2,
        "oldest_wish_seconds": 300.0,
    }


def test_ledger_verdicts_and_what_is_not_known_to_stand_on_github(database):
    received = [Received(guid, "ping", None, 9, None, None, b"{}", "") for guid in "abc"]
    with database.write() as connection:
        deliveries.keep(connection, received, NOW)
        verdicts.keep(connection, recorded("v-1"))
        for name in ("one", "two"):
            verdicts.intend(connection, publication(name, posted=name == "one"), NOW)
    assert measured(database) == NOTHING | {
        "publications_unposted": 1,
        "ledger_deliveries": 3,
        "verdicts": 1,
    }
