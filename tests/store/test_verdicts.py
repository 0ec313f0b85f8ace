"""Recorded verdicts, their details, and what was published of them."""

from dataclasses import replace

import pytest

from app.core.verdict import GateName, Outcome
from app.store import registry, verdicts
from app.store.registry import KnownPullRequest
from tests.builders import NOW, at
from tests.store.rows import publication, recorded

ONE = recorded("v-1a", gates=(("ci", "fail"), ("merge", "fail")))


def test_a_verdict_comes_back_as_it_was_kept_and_is_kept_once(database):
    with database.write() as connection:
        assert [verdicts.keep(connection, ONE) for _ in range(2)] == [True, False]
        assert verdicts.find(connection, "v-1a") == ONE
    assert (ONE.outcome(GateName.MERGE), ONE.outcome(GateName.SECRETS)) == (
        Outcome.FAIL,
        Outcome.ERROR,
    )


def test_a_verdict_of_a_merge_group_has_no_pull_request(database):
    group = recorded("v-g", pull_request=None)
    with database.write() as connection:
        verdicts.keep(connection, group)
        assert verdicts.find(connection, "v-g") == group


@pytest.mark.parametrize("unknown", ["v-1", "v-1A", "v-1a ", "", "%", "v-1_"])
def test_only_the_whole_id_finds_a_verdict(database, unknown):
    with database.write() as connection:
        verdicts.keep(connection, ONE)
        assert verdicts.find(connection, unknown) is None


@pytest.mark.parametrize(
    ("start", "names"),
    [("v-1", ["v-1a", "v-1b"]), ("v-1b", ["v-1b"]), ("v-3", []), ("%", []), ("v_", [])],
)
def test_the_start_of_an_id_finds_all_that_start_so(database, start, names):
    with database.write() as connection:
        for name in ("v-2", "v-1b", "v-1a"):
            verdicts.keep(connection, recorded(name))
        assert [each.id for each in verdicts.starting(connection, start)] == names
        assert len(verdicts.starting(connection, "v-", limit=2)) == 2


def test_the_newest_verdicts_come_first(database):
    with database.write() as connection:
        for name, minutes in (("v-1", 1), ("v-3", 3), ("v-2", 2)):
            verdicts.keep(connection, recorded(name, decided_at=at(minutes).isoformat()))
        found = [each.id for each in verdicts.newest(connection)]
        assert (found, len(verdicts.newest(connection, 2))) == (["v-3", "v-2", "v-1"], 2)


def test_the_current_verdict_is_the_one_that_a_pull_request_points_at(database):
    with database.write() as connection:
        for number, verdict_id in ((7, "v-7"), (8, None), (9, "v-9")):
            seen = KnownPullRequest(
                number, "abc", "main", is_open=True, head_seen_at=NOW, verdict_id=None
            )
            registry.remember_pull_request(connection, 1, seen)
            verdicts.keep(connection, recorded(f"v-{number}", pull_request=number))
            verdicts.keep(connection, recorded(f"v-old-{number}", pull_request=number))
            if verdict_id:
                registry.set_verdict(connection, 1, number, verdict_id)
        found = verdicts.current(connection, 1, [7, 8])
        elsewhere = verdicts.current(connection, 2, [7, 8, 9])
    assert ({number: each.id for number, each in found.items()}, elsewhere) == ({7: "v-7"}, {})


def test_details_are_kept_once_under_the_digest_of_their_bytes(database):
    body = bytes(range(256))
    digest = "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880"
    with database.write() as connection:
        assert {verdicts.keep_detail(connection, "text/plain", body) for _ in range(2)} == {digest}
        assert verdicts.read_detail(connection, digest) == body
        assert verdicts.read_detail(connection, digest.upper()) is None
        count = connection.exec_driver_sql("SELECT count(*) FROM detail")
        assert count.scalar_one() == 1


def test_what_stands_on_a_commit_is_what_was_intended_last(database):
    first, other = publication(), publication("gatewright/merge")
    posted = replace(first, check_run_id=5, posted=True, outcome="pass", annotated=True)
    with database.write() as connection:
        for each in (first, other, posted):
            verdicts.intend(connection, each, NOW)
        verdicts.intend(connection, publication("gatewright/x", head_sha="def"), NOW)
        found = verdicts.publications(connection, 1, "abc")
        assert verdicts.publications(connection, 2, "abc") == {}
    assert {name: replace(each, written_at=None) for name, each in found.items()} == {
        first.name: posted,
        other.name: other,
    }
    assert {each.written_at for each in found.values()} == {NOW}
