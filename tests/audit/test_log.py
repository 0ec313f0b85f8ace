import hashlib
import uuid

import pytest
import sqlalchemy as sa

from app.audit.leaf import MAX_LEAF_BYTES, Draft, EntryType, LeafError, decode, encode, leaf_hash
from app.audit.log import AuditLog
from app.audit.verify import Flaw, entries, log_ids, verify
from app.errors import AppendOnlyError
from app.store.database import Database
from app.store.enforcement import self_test
from app.store.tables import log_entry, log_state

LOG = AuditLog("gate.example")


def draft(key: str = "one", **fields: str) -> Draft:
    return Draft(EntryType.VERDICT_ISSUED, key, fields)


def append(database: Database, clock, *drafts: Draft, log_id: int = 9):
    with database.write() as connection:
        return LOG.append(connection, log_id, drafts, clock())


def leaves(database: Database, log_id: int = 9) -> list[dict]:
    with database.read() as connection:
        return [decode(leaf) for _, leaf, _ in entries(connection, log_id)]


def test_first_entry_of_a_log_opens_it_and_the_chain_starts_at_zeros(database, clock):
    append(database, clock, draft(out="PASS"))
    opened, entry = leaves(database)
    opened_hash = leaf_hash(encode(opened)).hex()
    kept = {key: entry[key] for key in ("seq", "prev", "type", "log", "out", "t", "v")}
    assert (opened["type"], opened["prev"], opened["seq"]) == ("log.opened", "0" * 64, 0)
    assert kept == {
        "seq": 1,
        "prev": opened_hash,
        "type": "verdict.issued",
        "log": "gate.example/log/9",
        "out": "PASS",
        "t": "2026-11-20T12:00:00.000Z",
        "v": "gatewright/entry/1",
    }


def test_no_field_of_a_caller_stands_in_for_one_of_the_log_itself(database, clock):
    own = ("id", "log", "prev", "seq", "t", "type", "v")
    append(database, clock, draft(**dict.fromkeys(own, "forged")))
    _, entry = leaves(database)
    assert sorted(entry) == sorted(own)
    assert [name for name in own if entry[name] == "forged"] == []
    with database.read() as connection:
        assert verify(connection, 9).flaws == ()


def test_the_ids_of_entries_are_unique_and_tell_their_order_in_time(database, clock):
    append(database, clock, draft("one"), draft("two"))
    ids = [uuid.UUID(entry["id"]) for entry in leaves(database)]
    assert len(set(ids)) == 3
    assert {(each.version, each.variant) for each in ids} == {(7, uuid.RFC_4122)}
    assert [each.int >> 80 for each in ids] == sorted(each.int >> 80 for each in ids)


def test_the_same_key_never_makes_a_second_entry(database, clock):
    first = append(database, clock, draft("one"), draft("two"))
    again = append(database, clock, draft("two"), draft("three"))
    assert again[0] == first[1]
    assert [entry["seq"] for entry in leaves(database)] == [0, 1, 2, 3]


def test_accounts_have_logs_of_their_own(database, clock):
    append(database, clock, draft("a"), log_id=1)
    append(database, clock, draft("b"), log_id=2)
    with database.read() as connection:
        assert log_ids(connection) == (1, 2)
        assert [verify(connection, each).flaws for each in (1, 2)] == [(), ()]


def test_06_sequence_stays_dense_after_a_rollback(database, clock):
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        LOG.append(connection, 9, [draft("lost")], clock())
        _ = 1 / 0
    append(database, clock, draft("kept"))
    assert [entry["seq"] for entry in leaves(database)] == [0, 1]


def test_52_time_that_goes_backwards_is_noted_and_never_written(database, clock):
    append(database, clock, draft("one"))
    clock.forward(minutes=-5)
    append(database, clock, draft("two"))
    types = [(entry["type"], entry["t"]) for entry in leaves(database)]
    assert types[2:] == [
        ("clock.skew", "2026-11-20T12:00:00.000Z"),
        ("verdict.issued", "2026-11-20T12:00:00.000Z"),
    ]


def test_a_sound_log_has_no_flaw(database, clock):
    append(database, clock, *(draft(str(number)) for number in range(20)))
    with database.read() as connection:
        found = verify(connection, 9)
    assert (found.size, found.flaws) == (21, ())


def _tamper(database: Database, statement: sa.Executable) -> None:
    """Change the log as somebody who owns the database could: triggers away first."""
    with database.write() as connection:
        if database.is_sqlite:
            for name in ("log_entry_no_update", "log_entry_no_delete", "log_state_rises"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in ("log_entry", "log_state"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        assert connection.execute(statement).rowcount == 1


NOT_JSON = "an entry is not UTF-8 JSON"
NOT_CANONICAL = "an entry is not in canonical form"
NOT_WRITABLE = "an entry holds what cannot be written as canonical JSON"
HASH = "the stored hash is not the hash of the entry"
CHAIN = "the entry does not follow the one before it"
LOG_NAME = "the entry was written for another log"
THIRD = log_entry.c.seq == 2
FORGED = encode({"log": "gate.example/log/9", "out": "PASS", "prev": "0" * 64, "seq": 2})


@pytest.mark.parametrize(
    ("statement", "flaws"),
    [
        pytest.param(
            log_entry.update().where(THIRD).values(leaf=encode({"seq": 2})),
            ((2, HASH), (2, LOG_NAME), (2, CHAIN), (3, CHAIN)),
            id="an edited entry",
        ),
        pytest.param(
            log_entry.update().where(THIRD).values(leaf=FORGED, leaf_hash=leaf_hash(FORGED)),
            ((2, CHAIN), (3, CHAIN)),
            id="an edited entry with its hash put right",
        ),
        pytest.param(
            log_entry.update().where(THIRD).values(leaf=b'{"seq":NaN}'),
            ((2, HASH), (2, NOT_WRITABLE), (3, CHAIN)),
            id="an entry that is no entry",
        ),
        pytest.param(
            log_entry.update().where(THIRD).values(leaf_hash=b"x" * 32),
            ((2, HASH),),
            id="another hash beside an entry",
        ),
        pytest.param(
            log_entry.delete().where(THIRD),
            ((2, "an entry is missing"), (3, CHAIN)),
            id="an entry taken out of the middle",
        ),
        pytest.param(
            log_entry.delete().where(log_entry.c.seq == 4),
            ((4, "the log should have 5 entries"),),
            id="an entry cut off at the end",
        ),
        pytest.param(
            log_state.update().where(log_state.c.log_id == 9).values(size=4),
            ((5, "the log should have 4 entries"),),
            id="more entries than are recorded",
        ),
        pytest.param(
            log_state.update().where(log_state.c.log_id == 9).values(head=b"x" * 32),
            ((4, "the last entry is not the recorded head"),),
            id="another head",
        ),
    ],
)
def test_verify_names_what_was_done_to_a_log(database, clock, statement, flaws):
    append(database, clock, *(draft(str(number)) for number in range(4)))
    _tamper(database, statement)
    with database.read() as connection:
        found = verify(connection, 9)
    assert found.flaws == tuple(Flaw(9, seq, reason) for seq, reason in flaws)


def test_entries_that_changed_places_are_found(database, clock):
    append(database, clock, *(draft(str(number)) for number in range(4)))
    with database.read() as connection:
        rows = list(entries(connection, 9))
    _tamper(
        database,
        log_entry.update()
        .where(log_entry.c.seq == 2)
        .values(leaf=rows[3][1], leaf_hash=rows[3][2]),
    )
    with database.read() as connection:
        flaws = verify(connection, 9).flaws
    assert Flaw(9, 2, "the entry was written for another place") in flaws


@pytest.mark.parametrize(
    ("leaf", "reason"),
    [
        pytest.param(b'{"a":1,"a":2}', "an entry names a key twice", id="a key twice"),
        pytest.param(b'{"a":1.5}', "an entry holds a number that is not whole", id="a float"),
        pytest.param(b'{"a": 1}', NOT_CANONICAL, id="white space"),
        pytest.param(b'{"b":1,"a":2}', NOT_CANONICAL, id="keys out of order"),
        pytest.param(b"[1]", NOT_CANONICAL, id="no object"),
        pytest.param(b"\xff", NOT_JSON, id="no UTF-8"),
        pytest.param(b"[" * 5000, NOT_JSON, id="deep nesting"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", NOT_JSON, id="a number of 5,000 digits"),
        pytest.param(b'{"a":1152921504606846976}', NOT_WRITABLE, id="a number readers round"),
        pytest.param(b'{"a":NaN}', NOT_WRITABLE, id="a word that only Python takes for a number"),
        pytest.param(b'{"a":"\\ud800"}', NOT_WRITABLE, id="half a character as a value"),
        pytest.param(b'{"\\ud800":1}', NOT_WRITABLE, id="half a character as a key"),
    ],
)
def test_41_strict_parser_refuses(leaf, reason):
    with pytest.raises(LeafError) as refused:
        decode(leaf)
    assert str(refused.value) == reason


def test_17_an_entry_may_be_as_long_as_the_limit_and_no_longer():
    around = len(encode({"x": ""}))
    fitting = {"x": "y" * (MAX_LEAF_BYTES - around)}
    assert len(encode(fitting)) == MAX_LEAF_BYTES
    with pytest.raises(LeafError, match="has 16385 bytes, the limit is 16384"):
        encode({"x": fitting["x"] + "y"})


def test_a_leaf_is_hashed_apart_from_the_nodes_of_a_tree():
    """RFC 6962 puts a zero before a leaf: other tools must come to the same hash."""
    assert leaf_hash(b"{}") == hashlib.sha256(b"\0{}").digest()


def test_an_entry_of_another_log_is_found(database, clock):
    append(database, clock, draft("theirs"), log_id=8)
    append(database, clock, draft("ours"))
    with database.read() as connection:
        (_, leaf, stored), *_ = entries(connection, 8)
    at_start = (log_entry.c.log_id == 9) & (log_entry.c.seq == 0)
    _tamper(database, log_entry.update().where(at_start).values(leaf=leaf, leaf_hash=stored))
    with database.read() as connection:
        flaws = verify(connection, 9).flaws
    assert flaws == (
        Flaw(9, 0, LOG_NAME),
        Flaw(9, 1, CHAIN),
    )


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"\ud800": "x"}, id="a lone surrogate as a key (47)"),
        pytest.param({"n": 2**60}, id="a number that JSON readers round"),
        pytest.param({"x": "y" * 17_000}, id="an entry over 16 KiB (17)"),
    ],
)
def test_what_cannot_be_a_leaf_is_refused(fields):
    with pytest.raises(LeafError):
        encode(fields)


def test_self_test_proves_that_forbidden_statements_are_refused(database):
    tried = self_test(database.engine)
    assert {"change an entry", "delete an entry", "leave a gap", "rewind a log"} <= set(tried)


def test_05_self_test_fails_when_the_enforcement_is_gone(database):
    with database.write() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER log_entry_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE log_entry DISABLE TRIGGER log_entry_frozen")
    with pytest.raises(AppendOnlyError, match="change an entry"):
        self_test(database.engine)


def test_self_test_leaves_nothing_behind(database):
    self_test(database.engine)
    with database.read() as connection:
        assert log_ids(connection) == ()


def test_01_insert_or_replace_cannot_overwrite_an_entry(database, clock):
    if not database.is_sqlite:
        pytest.skip("INSERT OR REPLACE is SQLite's")
    append(database, clock, draft("one"))
    before = leaves(database)
    with pytest.raises(sa.exc.IntegrityError, match="gap or overwrite"), database.write() as c:
        c.exec_driver_sql("INSERT OR REPLACE INTO log_entry VALUES (9, 1, 'x', 'x')")
    assert leaves(database) == before
