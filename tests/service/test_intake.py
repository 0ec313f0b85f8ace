"""Deliveries carried out in one transaction, on databases of both kinds."""

import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.audit.log import AuditLog
from app.core.facts import Account, AccountKind
from app.engine.scheduler import Scheduler
from app.ports import RepositoryRef
from app.service.intake import Accepted, Intake
from app.service.intents import (
    EvaluateBase,
    EvaluateGroup,
    EvaluateHead,
    EvaluatePullRequest,
    GainRepository,
    Ignore,
    Intent,
    LoseRepository,
    ObserveMerge,
    RememberInstallation,
    RememberPullRequest,
    RememberPusher,
    RememberRepository,
    SweepInstallation,
    SweepRepository,
    SyncInstallation,
)
from app.store import registry, subjects
from app.store.database import Database
from app.store.deliveries import Received
from app.store.tables import delivery, log_entry, subject
from tests.bot import ListQueue
from tests.builders import BOB, HEAD, NOW, OLD

BODY = b'{"zen": "Half measures are as bad as nothing at all."}'
WIDGETS = RepositoryRef(1001, "acme/widgets", 9001, 77)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request) -> Iterator[Database]:
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    opened = Database.open(request.getfixturevalue(name))
    yield opened
    opened.close()


@pytest.fixture
def lite(sqlite_url) -> Iterator[Database]:
    opened = Database.open(sqlite_url)
    yield opened
    opened.close()


class Desk:
    """An intake with its queue, and eyes for what it did."""

    def __init__(self, database: Database, clock) -> None:
        self.database, self.clock, self.queue = database, clock, ListQueue()
        scheduler = Scheduler(self.queue, clock, share=50)
        self.intake = Intake(database, AuditLog("gw.test"), scheduler, clock)

    def take(self, *intents: Intent, **changes) -> None:
        self.intake.accept([accepted(*intents, **changes)])

    def jobs(self) -> list[str]:
        return [key for _, key in sorted(self.queue.tickets)]

    def log(self, *fields: str) -> list[tuple[str, ...]]:
        query = sa.select(log_entry.c.leaf).order_by(log_entry.c.log_id, log_entry.c.seq)
        with self.database.read() as connection:
            found = [json.loads(leaf) for leaf in connection.execute(query).scalars()]
        return [tuple(each[name] for name in fields) for each in found if "guid" in each]

    def look(self, read):
        with self.database.read() as connection:
            return read(connection)


def accepted(*intents: Intent, guid: str = "g1", **changes) -> Accepted:
    plain = {
        "event": "pull_request",
        "action": "opened",
        "account_id": 77,
        "installation_id": 9001,
        "repository_id": 1001,
        "body": BODY,
        "decision": "as asked",
    }
    return Accepted(Received(guid=guid, **{**plain, **changes}), intents)


@pytest.fixture
def desk(lite, clock) -> Desk:
    return Desk(lite, clock)


@pytest.fixture
def any_desk(database, clock) -> Desk:
    return Desk(database, clock)


def knows(number: int = 7, sha: str = HEAD, base: str = "main", *, is_open: bool = True):
    return RememberPullRequest(number, sha, base, is_open)


def test_ledger_log_memory_and_job_are_one_transaction(any_desk):
    any_desk.take(
        RememberRepository("acme/widgets", "main"),
        knows(),
        RememberPusher(HEAD, 2, "bob", AccountKind.USER),
        EvaluatePullRequest(7, "pull_request.opened"),
    )
    assert any_desk.look(lambda c: registry.repository_ref(c, 1001)) == WIDGETS
    known = any_desk.look(lambda c: registry.known_pull_request(c, 1001, 7))
    assert (known.head_sha, known.base_ref, known.is_open) == (HEAD, "main", True)
    assert any_desk.look(lambda c: registry.pushers_of(c, 1001, [HEAD])) == (BOB,)
    assert any_desk.jobs() == ["pull_request:1001#7"]
    digest = hashlib.sha256(BODY).hexdigest()
    expected = [("delivery.accepted", "pull_request.opened", "g1", digest, "1001")]
    assert any_desk.log("type", "event", "guid", "ref", "repo") == expected


def test_a_failure_anywhere_leaves_nothing_behind(any_desk):
    good = accepted(knows(), EvaluatePullRequest(7, "a"))
    bad = accepted(EvaluateBase("main", "b"), guid="g2", repository_id=None)
    with pytest.raises(ValueError, match="needs a repository"):
        any_desk.intake.accept([good, bad])
    for table in (delivery, subject, log_entry):
        count = sa.select(sa.func.count()).select_from(table)
        assert any_desk.look(lambda c, count=count: c.execute(count).scalar()) == 0


@pytest.mark.parametrize(
    ("intent", "key"),
    [
        (EvaluatePullRequest(7, "x"), "pull_request:1001#7"),
        (EvaluateHead(HEAD, "x"), f"head:1001@{HEAD}"),
        (EvaluateBase("release/1.0", "x"), "base:1001/release/1.0"),
        (EvaluateGroup(HEAD, "q/main/pr-7", "main", "x"), f"group:1001+{HEAD} q/main/pr-7 main"),
        (SweepRepository("x"), "repository:1001"),
        (SyncInstallation("x"), "installation:9001"),
    ],
)
def test_each_wish_becomes_a_job_about_its_subject(desk, intent, key):
    desk.take(knows(9, OLD, "release/1.0"), guid="before")
    desk.take(intent)
    assert desk.jobs() == [key]
    row = desk.look(lambda c: c.execute(sa.select(subject)).one())
    assert (row.key, row.kind, row.account_id, row.installation_id, row.cause) == (
        key,
        key.partition(":")[0],
        77,
        9001,
        "x",
    )


@pytest.mark.parametrize("known", [(), (knows(9, base="other"),), (knows(9, is_open=False),)])
def test_a_push_to_a_branch_without_open_pull_requests_is_no_work(desk, known):
    desk.take(*known, guid="before")
    desk.take(EvaluateBase("main", "push"))
    assert desk.jobs() == []


@pytest.mark.parametrize("intent", [Ignore("why"), knows(), ObserveMerge(7, HEAD, OLD)])
def test_some_deliveries_need_no_job(desk, intent):
    desk.take(intent)
    assert desk.jobs() == []


def test_a_sweep_of_an_installation_covers_its_repositories_and_no_others(desk):
    desk.take(RememberInstallation(77, "acme"), guid="i1")
    desk.take(RememberInstallation(78, "beta"), guid="i2", installation_id=9002)
    for number, through in ((1001, 9001), (1002, 9001), (1003, 9002)):
        known = RememberRepository(f"acme/r{number}", "main")
        desk.take(known, guid=f"r{number}", repository_id=number, installation_id=through)
    desk.take(SweepInstallation("membership.removed"), repository_id=None)
    assert desk.jobs() == ["repository:1001", "repository:1002"]
    rows = desk.look(lambda c: c.execute(sa.select(subject.c.cause)).scalars().all())
    assert set(rows) == {"membership.removed"}


def test_an_event_about_a_commit_finds_the_open_pull_requests_with_this_head(desk):
    desk.take(knows(7), knows(9), knows(8, is_open=False), knows(10, OLD), guid="before")
    desk.take(EvaluateHead(HEAD, "status"))
    assert desk.jobs() == ["pull_request:1001#7", "pull_request:1001#9"]


def test_an_event_about_a_commit_of_a_merge_group_finds_the_group(desk):
    group = EvaluateGroup(HEAD, "q/main/pr-7", "main", "merge_group.checks_requested")
    desk.take(group, guid="before")
    (key,) = desk.jobs()
    with desk.database.write() as connection:
        subjects.finish(connection, subjects.take(connection, key, NOW))
    desk.take(EvaluateHead(HEAD, "check_run.completed"))
    assert desk.jobs() == [key, key]


def test_a_batch_of_events_about_one_pull_request_is_one_urgent_job(desk):
    wishes = [EvaluatePullRequest(7, f"c{number}", bad_news=number == 2) for number in range(5)]
    batch = [accepted(wish, guid=f"g{number}") for number, wish in enumerate(wishes)]
    desk.intake.accept(batch)
    assert desk.jobs() == ["pull_request:1001#7"]
    with desk.database.write() as connection:
        job = subjects.take(connection, "pull_request:1001#7", NOW)
    assert (job.urgent, job.cause, job.taken) == (True, "c2", 1)


def test_bad_news_is_not_forgotten_when_good_news_follows(desk):
    desk.take(EvaluatePullRequest(7, "a", bad_news=True))
    desk.take(EvaluatePullRequest(7, "b"), guid="g2")
    with desk.database.write() as connection:
        job = subjects.take(connection, "pull_request:1001#7", NOW)
    assert job.urgent


def test_a_repeated_delivery_does_its_work_again_and_is_logged_again(desk):
    for _ in range(3):
        desk.take(EvaluatePullRequest(7, "a"))
        with desk.database.write() as connection:
            job = subjects.take(connection, "pull_request:1001#7", NOW)
            subjects.finish(connection, job)
    assert len(desk.jobs()) == 3
    kinds = ["delivery.accepted", "delivery.duplicate", "delivery.duplicate"]
    assert desk.log("type") == [(kind,) for kind in kinds]


def test_twice_the_same_delivery_in_one_batch_is_one_entry_and_one_repetition(any_desk):
    twin = accepted(EvaluatePullRequest(7, "a"))
    any_desk.intake.accept([twin, twin])
    assert any_desk.log("type") == [("delivery.accepted",), ("delivery.duplicate",)]
    assert any_desk.jobs() == ["pull_request:1001#7"]


def test_each_account_has_a_log_of_its_own(any_desk):
    any_desk.intake.accept(
        [accepted(guid="b", account_id=88), accepted(guid="a"), accepted(guid="c", account_id=88)]
    )
    expected = [("a", "gw.test/log/77"), ("b", "gw.test/log/88"), ("c", "gw.test/log/88")]
    assert any_desk.log("guid", "log") == expected


def test_a_merge_is_observed_once_however_often_it_is_told(desk):
    for guid in ("g1", "g2", "g2"):
        desk.take(ObserveMerge(7, HEAD, OLD), guid=guid)
    query = sa.select(log_entry.c.leaf)
    leaves = desk.look(lambda c: [json.loads(leaf) for leaf in c.execute(query).scalars()])
    (found,) = (leaf for leaf in leaves if leaf["type"] == "merge.observed")
    expected = ("7", "1001", f"gitCommit:{HEAD}", f"gitCommit:{OLD}")
    assert (found["pr"], found["repo"], found["rev"], found["landed"]) == expected


def test_the_moment_a_head_was_first_seen_survives_later_sightings(desk):
    desk.take(knows())
    desk.clock.forward(minutes=5)
    desk.take(knows(base="develop"), guid="g2")
    known = desk.look(lambda c: registry.known_pull_request(c, 1001, 7))
    assert (known.head_seen_at, known.base_ref) == (NOW, "develop")
    desk.take(knows(sha=OLD), guid="g3")
    known = desk.look(lambda c: registry.known_pull_request(c, 1001, 7))
    assert (known.head_sha, known.head_seen_at) == (OLD, desk.clock())


def test_several_people_may_have_pushed_one_commit(desk):
    desk.take(RememberPusher(HEAD, 2, "bob", AccountKind.USER))
    desk.take(RememberPusher(HEAD, 90, "robot[bot]", AccountKind.BOT), guid="g2")
    desk.take(RememberPusher(HEAD, 2, "bob", AccountKind.USER), guid="g3")
    found = desk.look(lambda c: registry.pushers_of(c, 1001, [HEAD]))
    assert found == (BOB, Account(90, "robot[bot]", AccountKind.BOT))


def test_a_renamed_repository_keeps_its_id_and_changes_its_name(desk):
    desk.take(RememberRepository("acme/widgets", "main"))
    desk.take(RememberRepository("acme/gadgets", "trunk"), guid="g2")
    found = desk.look(lambda c: registry.repository_ref(c, 1001))
    assert found == RepositoryRef(1001, "acme/gadgets", 9001, 77)


def test_a_delivery_that_names_no_installation_does_not_forget_the_known_one(desk):
    desk.take(RememberRepository("acme/widgets", "main"))
    desk.take(RememberRepository("acme/widgets", "main"), guid="g2", installation_id=None)
    assert desk.look(lambda c: registry.repository_ref(c, 1001)) == WIDGETS


def test_a_repository_in_another_installation_is_reached_through_it(desk):
    desk.take(RememberRepository("acme/widgets", "main"))
    desk.take(
        RememberRepository("new/widgets", "main"), guid="g2", installation_id=9002, account_id=78
    )
    found = desk.look(lambda c: registry.repository_ref(c, 1001))
    assert found == RepositoryRef(1001, "new/widgets", 9002, 78)


def test_a_deleted_repository_is_not_worked_on(desk):
    desk.take(RememberRepository("acme/widgets", "main"))
    desk.take(RememberRepository("acme/widgets", "main", removed=True), guid="g2")
    assert desk.look(lambda c: registry.repository_ref(c, 1001)) is None


def test_a_repository_taken_out_of_the_installation_is_let_go(any_desk):
    any_desk.take(RememberRepository("acme/widgets", "main"))
    lost = (LoseRepository(1001, "acme/widgets"), LoseRepository(5, "acme/never-seen"))
    any_desk.take(*lost, guid="g2", repository_id=None)
    assert any_desk.look(lambda c: registry.repository_ref(c, 1001)) is None
    any_desk.take(RememberRepository("acme/widgets", "main"), guid="g3")
    assert any_desk.look(lambda c: registry.repository_ref(c, 1001)) == WIDGETS


def test_a_repository_given_to_the_installation_is_known_and_judged_whole(any_desk):
    any_desk.take(RememberRepository("acme/widgets", "trunk", removed=True))
    gained = GainRepository(1001, "acme/widgets", "installation_repositories.added")
    any_desk.take(gained, guid="g2", repository_id=None)
    assert any_desk.look(lambda c: registry.repository_ref(c, 1001)) == WIDGETS
    assert any_desk.jobs() == ["repository:1001"]
    row = any_desk.look(lambda c: c.execute(sa.select(subject)).one())
    assert (row.cause, row.installation_id) == ("installation_repositories.added", 9001)


def test_rights_that_were_given_are_not_forgotten_when_another_event_follows(desk):
    desk.take(SyncInstallation("installation.unsuspend", judges_all=True))
    desk.take(SyncInstallation("installation_repositories.removed"), guid="g2")
    with desk.database.write() as connection:
        assert subjects.take(connection, "installation:9001", NOW).urgent


@pytest.mark.parametrize(
    ("state", "usable"), [({}, True), ({"suspended": True}, False), ({"removed": True}, False)]
)
def test_the_state_of_an_installation_is_kept(any_desk, state, usable):
    any_desk.take(RememberInstallation(77, "acme"))
    any_desk.take(RememberInstallation(0, "acme-inc", **state), guid="g2", repository_id=None)
    found = any_desk.look(lambda c: registry.known_installation(c, 9001))
    assert (found.account_id, found.account_login, found.usable) == (77, "acme-inc", usable)


@pytest.mark.parametrize("intent", [RememberInstallation(77, "acme"), SyncInstallation("x")])
def test_what_is_about_an_installation_needs_one(desk, intent):
    desk.take(intent, installation_id=None)
    assert desk.jobs() == []
    assert desk.look(lambda c: registry.known_installation(c, 9001)) is None


@pytest.mark.postgres
def test_a_deadlock_with_a_worker_is_no_lost_delivery(postgres_url, clock):
    """A worker locks subject and then pull request, an event the other way round."""
    database = Database.open(postgres_url)
    desk = Desk(database, clock)
    desk.take(knows(), EvaluatePullRequest(7, "a"))
    locked = threading.Event()
    with ThreadPoolExecutor() as pool, database.write() as worker:
        worker.execute(sa.text("SET LOCAL deadlock_timeout = '10s'"))
        worker.execute(sa.text("SELECT epoch FROM subject FOR UPDATE"))
        locked.set()
        event = pool.submit(desk.take, knows(sha=OLD), EvaluatePullRequest(7, "b"), guid="g2")
        wait_for_lock(database)
        worker.execute(sa.text("UPDATE pull_request SET verdict_id = 'v'"))
        worker.commit()
        event.result(20)
    assert desk.log("guid") == [("g1",), ("g2",)]
    assert desk.look(lambda c: registry.known_pull_request(c, 1001, 7)).head_sha == OLD
    database.close()


def wait_for_lock(database: Database) -> None:
    """Return when some transaction waits for a lock."""
    query = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(1000):
        with database.read() as connection:
            if connection.execute(query).scalar():
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits for a lock")
