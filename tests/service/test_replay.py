"""Recorded verdicts computed again from stored bytes, whatever policy judged them."""

import json

import pytest

from app.audit.log import AuditLog
from app.core.canonical import canonical, judgement_document
from app.core.judge import judge
from app.errors import ReplayError
from app.ports import PolicyFileSeen
from app.service.policies import LoadedPolicy, load_text, read_policy
from app.service.record import Evidence, Recorder
from app.service.replay import replay
from app.store import subjects
from app.store.subjects import Want
from app.store.tables import detail, verdict
from app.store.verdicts import keep_detail
from tests.builders import BOB, at, facts, review, subject

PATH = ".github/gatewright.yml"
KEY = "pull_request:1001#7"


def seen(path: str = PATH, content: bytes | None = b"version: 1\n", kind: str = "file"):
    return PolicyFileSeen(path, kind, content)


@pytest.fixture
def record(database, clock):
    """Judge facts under a policy at some moment, record that, and return the verdict's id."""

    def run(policy: LoadedPolicy, minutes: float = 0, **changes) -> str:
        known = facts(**{"reviews": (review(BOB),)} | changes)
        judged = judge(known, policy.value, policy.digest, policy.source, at(minutes))
        with database.write() as connection:
            subjects.mark(connection, Want(KEY, "pull_request", 9, 5, "test"), clock())
            job = subjects.take(connection, KEY, clock())
            recorder = Recorder(AuditLog("gate.example"), clock)
            return recorder.issue(connection, job, Evidence(judged, known, policy)).id

    return run


POLICIES = [
    pytest.param(read_policy(()), "built-in defaults", id="the defaults"),
    pytest.param(read_policy((seen(),)), PATH, id="a file"),
    pytest.param(
        read_policy((seen(content="version: 1 # n\u00e4\u00efve \u202e\r\n".encode()),)),
        PATH,
        id="a file of strange characters",
    ),
    pytest.param(load_text(b"version: 1\n", "elsewhere.yml"), "elsewhere.yml", id="another path"),
    pytest.param(read_policy((seen(content=b"version: 2\n"),)), PATH, id="a wrong version"),
    pytest.param(read_policy((seen(content=b"\xff\x00"),)), PATH, id="no UTF-8"),
    pytest.param(read_policy((seen(content=b""),)), PATH, id="an empty file"),
    pytest.param(read_policy((seen(content=None, kind="symlink"),)), PATH, id="a link"),
    pytest.param(
        read_policy((seen(), seen(".gatewright.yml"), seen("gatewright.yml"))), None, id="two files"
    ),
]


@pytest.mark.parametrize(("policy", "source"), POLICIES)
def test_a_verdict_is_the_same_bytes_again(database, record, policy, source):
    name = record(policy, minutes=0.000_01)
    with database.read() as connection:
        found = replay(connection, name)
    assert (found.is_equal, found.recorded.id) == (True, name)
    assert found.computed == found.stored
    assert json.loads(found.stored)["policy"]["source"] == (source or policy.source)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"pull_request": None}, id="nothing known of the pull request"),
        pytest.param({"secrets": None}, id="not scanned"),
        pytest.param({"subject": subject(base_ref="n\u00e4\u202e")}, id="a strange branch"),
        pytest.param({"reviews": ()}, id="waiting"),
    ],
)
def test_facts_of_every_kind_are_read_back_as_they_were(database, record, changes):
    name = record(read_policy(()), **changes)
    with database.read() as connection:
        assert replay(connection, name).is_equal


def test_the_recorded_moment_counts_and_not_the_present_one(database, record, clock):
    policy = load_text(b"version: 1\ngates:\n  freshness: {mode: age, max_age: 1h}\n", PATH)
    young, old = record(policy), record(policy, minutes=600)
    clock.forward(days=400)
    with database.read() as connection:
        both = [replay(connection, name) for name in (young, old)]
    assert [each.is_equal for each in both] == [True, True]
    assert both[0].stored != both[1].stored


def test_another_engine_gives_other_bytes_and_says_so(database, record, monkeypatch):
    name = record(read_policy(()))
    monkeypatch.setattr("app.core.judge.ENGINE", "gatewright/next")
    with database.read() as connection:
        found = replay(connection, name)
    assert not found.is_equal
    assert json.loads(found.computed)["engine"] == "gatewright/next"


def change(database, statement) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS detail_no_update")
        assert connection.execute(statement).rowcount == 1


def test_another_judgement_that_is_recorded_consistently_is_still_not_this_verdict(
    database, record
):
    """Whoever exchanges digest, details and row cannot exchange the name in the log as well."""
    mine, other = record(read_policy(())), record(read_policy(()), reviews=())
    with database.read() as connection:
        parts = replay(connection, other).recorded
    names = ("facts_sha256", "policy_sha256", "judgement_sha256", "decided_at", "gates", "code")
    row = verdict.select().where(verdict.c.id == parts.id)
    with database.read() as connection:
        values = {name: connection.execute(row).mappings().one()[name] for name in names}
    change(database, verdict.update().where(verdict.c.id == mine).values(values))
    with database.read() as connection:
        assert replay(connection, mine).is_equal is False


@pytest.mark.parametrize(
    ("column", "what"),
    [("facts_sha256", "facts"), ("judgement_sha256", "judgement"), ("policy_sha256", "policy")],
)
@pytest.mark.parametrize("erased", [False, True], ids=["changed", "erased"])
def test_bytes_that_are_gone_or_changed_are_refused(database, record, column, what, erased):
    name = record(load_text(b"version: 1\n", PATH))
    with database.read() as connection:
        digest = getattr(replay(connection, name).recorded, column)
    row = detail.c.sha256 == digest
    change(
        database,
        detail.delete().where(row) if erased else detail.update().where(row).values(body=b"x"),
    )
    reason = "not stored any more" if erased else "not those that were recorded"
    with database.read() as connection, pytest.raises(ReplayError, match=f"{what} .*{reason}"):
        replay(connection, name)


def test_facts_of_another_version_are_refused_by_name(database, record):
    name = record(read_policy(()))
    body = canonical({"schema": "gatewright/facts/0"})
    with database.write() as connection:
        digest = keep_detail(connection, "application/json", body)
    change(database, verdict.update().where(verdict.c.id == name).values(facts_sha256=digest))
    with database.read() as connection, pytest.raises(ReplayError, match="facts cannot be read"):
        replay(connection, name)


def test_the_stored_judgement_is_the_published_document(database, record):
    policy = read_policy(())
    known = facts(reviews=(review(BOB),))
    name = record(policy)
    judged = judge(known, policy.value, policy.digest, policy.source, at(0))
    with database.read() as connection:
        assert replay(connection, name).stored == canonical(judgement_document(judged))
