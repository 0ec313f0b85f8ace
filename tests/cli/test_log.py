"""`gatewright log`: the record read and checked, also one that somebody has changed."""

import json

import pytest
import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType, encode
from app.audit.log import AuditLog
from app.store.tables import log_entry
from tests.cli.conftest import LEAKED, gatewright


def shown(*more: object) -> list[dict]:
    done = gatewright("log", "show", *more)
    assert (done.status, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def tamper(database, statement: sa.Executable) -> None:
    """Change an entry as whoever owns the database could: triggers away first."""
    with database.write() as connection:
        for name in ("log_entry_no_update", "log_entry_no_delete"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount == 1


def edited(leaf: bytes) -> sa.Executable:
    return log_entry.update().where(log_entry.c.seq == 3).values(leaf=leaf)


def test_every_entry_is_a_line_in_order(recorded):
    entries = shown()
    assert [entry["seq"] for entry in entries] == list(range(len(entries)))
    assert entries[0]["type"] == "log.opened"
    assert {"verdict.issued", "check_run.intent"} <= {entry["type"] for entry in entries}
    assert LEAKED not in gatewright("log", "show").out


def test_one_log_and_later_entries_can_be_chosen(recorded):
    [log_id] = {entry["log"].rpartition("/")[2] for entry in shown()}
    assert shown("--log", log_id, "--after", 2) == shown()[3:]
    complaint = gatewright("log", "show", "--log", 5).complaint
    assert complaint == f"there is no log 5; there are {log_id}"


def test_a_sound_record_is_a_yes_with_its_head(recorded):
    done = gatewright("log", "verify")
    [log] = json.loads(gatewright("log", "verify", "--json").out)
    assert (done.status, done.err, log["flaws"]) == (0, "", [])
    assert done.out == f"{log['log']}: {log['size']} entries, head {log['head'][:16]}, sound\n"
    assert (log["size"], len(log["head"])) == (len(shown()), 64)


def test_one_changed_log_among_sound_ones_is_a_no(recorded, clock):
    with recorded.write() as connection:
        note = Draft(EntryType.MERGE_OBSERVED, "of another account", {})
        AuditLog("gatewright.test").append(connection, 1, [note], clock())
    sound = gatewright("log", "verify")
    tamper(recorded, edited(encode({"seq": 3})))
    changed = gatewright("log", "verify")
    assert (sound.status, changed.status) == (0, 1)
    assert [line.endswith(", sound") for line in sound.out.splitlines()] == [True, True]
    assert changed.out.splitlines()[0] == sound.out.splitlines()[0]


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        pytest.param(
            edited(encode({"seq": 3, "forged": "yes"})),
            "  entry 3: the stored hash is not the hash of the entry",
            id="an edited entry",
        ),
        pytest.param(edited(b"\xff\x1b[31m"), "  entry 3: ", id="bytes that are no entry"),
        pytest.param(
            log_entry.delete().where(log_entry.c.seq == 3),
            "  entry 3: an entry is missing",
            id="an entry taken out",
        ),
    ],
)
def test_a_changed_record_is_a_no_that_names_the_entry(recorded, statement, line):
    tamper(recorded, statement)
    done = gatewright("log", "verify")
    assert (done.status, done.err) == (1, "")
    assert f"\n{line}" in done.out
    for_programs = gatewright("log", "verify", "--json")
    assert for_programs.status == 1
    assert {flaw["seq"] for flaw in json.loads(for_programs.out)[0]["flaws"]} >= {3}


def test_a_forged_entry_cannot_act_on_the_terminal(recorded):
    tamper(recorded, edited('{"a":"\xff\x1b[31m\n\u202e"}'.encode() + b"\xff"))
    done = gatewright("log", "show")
    assert '{"a":"\xff<U+001B>[31m<U+000A><U+202E>"}\\xff\n' in done.out


@pytest.mark.parametrize(
    "command", [("log", "verify"), ("log", "show"), ("log", "verify", "--json")]
)
def test_0_of_0_logs_is_not_a_yes(database, command):
    complaint = gatewright(*command).complaint
    assert complaint == "this database holds no log yet: is GATEWRIGHT_DATABASE right?"


@pytest.mark.parametrize(
    "command",
    [("log", "verify"), ("log", "show"), ("jobs", "list"), ("permissions",), ("replay", "v-1")],
    ids=" ".join,
)
def test_a_database_that_is_not_there_is_not_made_by_reading(monkeypatch, tmp_path, command):
    monkeypatch.setenv("GATEWRIGHT_DATABASE", f"sqlite:///{tmp_path}/missing.db")
    complaint = gatewright(*command).complaint
    assert complaint == "the database holds no record: is GATEWRIGHT_DATABASE right?"
    assert not (tmp_path / "missing.db").exists()


def test_a_database_of_somebody_else_is_named_as_such(monkeypatch, tmp_path):
    monkeypatch.setenv("GATEWRIGHT_DATABASE", f"sqlite:///{tmp_path}/other.db")
    (tmp_path / "other.db").touch()
    assert "holds no record" in gatewright("log", "verify").complaint
