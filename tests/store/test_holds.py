"""Holds as rows, on both databases."""

from dataclasses import replace
from datetime import timedelta

from app.core.deploy.hold import EVERYWHERE, Hold
from app.store import holds
from tests.builders import NOW

ANN = Hold(12, "production", 7, "ann", "audit", NOW)
BOB = Hold(12, EVERYWHERE, 8, "bob", "too", NOW + timedelta(seconds=1))


def test_each_person_has_one_hold_for_a_place_and_lifting_takes_one_away(database):
    again = replace(ANN, reason="another", at=NOW + timedelta(seconds=2))
    with database.write() as connection:
        for each in (ANN, BOB, again):
            holds.place(connection, 2**40, each)
        holds.place(connection, 3, ANN)
        assert holds.standing(connection, 2**40) == (BOB, again)
        holds.lift(connection, 2**40, BOB)
        holds.lift(connection, 2**40, BOB)
        assert holds.standing(connection, 2**40) == (again,)
        assert holds.standing(connection, 3) == (ANN,)
