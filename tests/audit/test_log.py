import pytest
import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType, LeafError, decode, encode, leaf_hash
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


def _edited(at: int) -> sa.Executable:
    leaf = encode({"seq": at, "forged": "yes"})
    return log_entry.update().where(log_entry.c.seq == at).values(leaf=leaf)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        pytest.param(
            _edited(2), "the stored hash is not the hash of the entry", id="an edited entry"
        ),
        pytest.param(
            log_entry.delete().where(log_entry.c.seq == 2),
            "an entry is missing",
            id="an entry taken out of the middle",
        ),
        pytest.param(
            log_entry.delete().where(log_entry.c.seq == 4),
            "the log should have 5 entries",
            id="an entry cut off at the end",
        ),
        pytest.param(
            log_state.update().where(log_state.c.log_id == 9).values(head=b"x" * 32),
            "the last entry is not the recorded head",
            id="another head",
        ),
    ],
)
def test_verify_names_what_was_done_to_a_log(database, clock, statement, reason):
    append(database, clock, *(draft(str(number)) for number in range(4)))
    _tamper(database, statement)
    with database.read() as connection:
        found = verify(connection, 9)
    assert reason in [flaw.reason for flaw in found.flaws]


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
    "leaf",
    [
        pytest.param(b'{"a":1,"a":2}', id="a key twice"),
        pytest.param(b'{"a":1.5}', id="a float"),
        pytest.param(b'{"a": 1}', id="white space"),
        pytest.param(b'{"b":1,"a":2}', id="keys out of order"),
        pytest.param(b"[1]", id="no object"),
        pytest.param(b"\xff", id="no UTF-8"),
        pytest.param(b"[" * 5000, id="deep nesting"),
    ],
)
def test_41_strict_parser_refuses(leaf):
    with pytest.raises(LeafError):
        decode(leaf)


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
