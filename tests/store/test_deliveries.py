"""The ledger of deliveries: each GUID once, bodies back byte for byte until they are dropped."""

from dataclasses import replace

from app.store import deliveries
from app.store.deliveries import Received
from tests.builders import NOW, at

BODY = b'{"zen":"\xc3\xa9\x00' + b"x" * 5000 + b'"}'
ONE = Received("guid-1", "ping", "opened", 9, 5, 1, BODY, "stored")


def rows(connection) -> list[tuple]:
    query = "SELECT guid, event, action, repeats FROM delivery ORDER BY seq"
    return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_a_delivery_is_stored_once_and_its_repeats_are_counted(database):
    with database.write() as connection:
        counts = [deliveries.keep(connection, [ONE], at(minute)) for minute in range(3)]
        assert rows(connection) == [("guid-1", "ping", "opened", 2)]
    assert counts == [(0,), (1,), (2,)]


def test_a_batch_may_hold_the_same_delivery_twice(database):
    other = replace(ONE, guid="guid-2", action=None, installation_id=None, repository_id=None)
    with database.write() as connection:
        assert deliveries.keep(connection, [ONE, other, ONE], NOW) == (0, 0, 1)
        assert rows(connection) == [
            ("guid-1", "ping", "opened", 1),
            ("guid-2", "ping", None, 0),
        ]


def test_a_body_comes_back_byte_for_byte_before_and_after_it_was_packed(database):
    with database.write() as connection:
        deliveries.keep(connection, [ONE], NOW)
        before = deliveries.body_of(connection, "guid-1")
        packed = [deliveries.pack(connection) for _ in range(2)]
        size = connection.exec_driver_sql("SELECT length(body) FROM delivery").scalar_one()
        assert (before, deliveries.body_of(connection, "guid-1")) == (("ping", BODY),) * 2
    assert (packed, size < 200) == ([1, 0], True)


def test_packing_takes_the_oldest_first_and_no_more_than_it_may(database):
    batch = [replace(ONE, guid=f"guid-{number}") for number in range(5)]
    with database.write() as connection:
        deliveries.keep(connection, batch, NOW)
        assert [deliveries.pack(connection, limit=3) for _ in range(3)] == [3, 2, 0]


def test_old_bodies_are_dropped_and_their_entries_stay(database):
    with database.write() as connection:
        for minute in (0, 1, 2):
            deliveries.keep(connection, [replace(ONE, guid=f"guid-{minute}")], at(minute))
        dropped = [deliveries.drop_bodies(connection, at(2)) for _ in range(2)]
        bodies = [deliveries.body_of(connection, f"guid-{minute}") for minute in (0, 1, 2)]
        known = deliveries.known_guids(connection, ["guid-0", "guid-2", "guid-9"])
        assert deliveries.pack(connection) == 1
    assert (dropped, bodies, known) == (
        [2, 0],
        [None, None, ("ping", BODY)],
        {"guid-0", "guid-2"},
    )


def test_an_unknown_delivery_has_no_body(database):
    with database.read() as connection:
        assert deliveries.body_of(connection, "guid-1") is None
        assert deliveries.known_guids(connection, []) == frozenset()
