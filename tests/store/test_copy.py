"""Copying between databases of both kinds: every row, in one transaction, or none."""

import shutil

import pytest
import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.audit.log import AuditLog
from app.audit.verify import log_ids, verify
from app.errors import StoreError
from app.ports import DeliverySeen
from app.store import (
    after_reviews,
    alerts,
    commands,
    deliveries,
    deployments,
    environment_locks,
    evidence,
    freezes,
    holds,
    loans,
    lost,
    orders,
    protections,
    registry,
    subjects,
    verdicts,
)
from app.store.copy import copy_tables
from app.store.database import Database
from app.store.deliveries import Received
from app.store.deployments import Approval, Place, Shown
from app.store.protections import Asked
from app.store.subjects import Want
from app.store.tables import metadata
from tests.builders import ANN, NOW
from tests.core.alerts.test_alerts import SEV1
from tests.store.rows import publication, recorded
from tests.store.test_deployments import COMMENT, MADE, SHA, WANTED
from tests.store.test_evidence import ONE as HANDED_IN
from tests.store.test_holds import ANN as HOLD
from tests.store.test_incidents import keep as keep_incident
from tests.store.test_orders import FREEZE, KEPT, ORDER

ENTRIES = 1200


def deploy_something(connection: sa.Connection) -> None:
    commands.keep(connection, COMMENT)
    deployments.create(connection, MADE)
    deployments.say(connection, "d1", Approval(7, "ann", True, SHA, "", "", "", 1, NOW))  # noqa: FBT003
    environment_locks.take_lock(connection, 1, WANTED, NOW)
    deployments.remember_shown(connection, Place(1, 12, "staging"), Shown(99, "x"))
    protections.keep(connection, Asked(1, 2**40, "production", "guid", NOW))
    alerts.keep(connection, 1, "production", SEV1, NOW)
    orders.create(connection, ORDER)
    loans.create(connection, KEPT)
    freezes.create(connection, FREEZE)
    after_reviews.keep(connection, "d1", "CISO", (8, "eve"), (77, NOW))
    holds.place(connection, 1, HOLD)
    keep_incident(connection)


@pytest.fixture
def source(sqlite_url, clock):
    """A database with something in every table, and more entries than fit into a batch."""
    opened = Database.open(sqlite_url)
    drafts = [Draft(EntryType.VERDICT_ISSUED, str(number), {}) for number in range(ENTRIES)]
    other = Draft(EntryType.VERDICT_ISSUED, "of another account", {})
    received = Received("guid", "ping", None, 9, None, None, bytes(range(256)), "")
    with opened.write() as connection:
        AuditLog("gate.example").append(connection, 9, drafts, clock())
        AuditLog("gate.example").append(connection, 2, [other], clock())
        deliveries.keep(connection, [received], NOW)
        lost.note(connection, [DeliverySeen(2**40, "lost", NOW)])
        lost.set_read_to(connection, NOW)
        registry.remember_installation(
            connection, NOW, id=5, account_id=9, account_login="acme", suspended=True
        )
        registry.remember_repository(
            connection, NOW, id=1, account_id=9, full_name="a/b", installation_id=None
        )
        seen = registry.KnownPullRequest(7, "abc", "main", True, NOW, None)  # noqa: FBT003 - open
        registry.remember_pull_request(connection, 2**40, seen)
        registry.remember_pusher(connection, 1, "abc", ANN)
        subjects.mark(connection, Want("key", "head", 9, 5, "n\u00e4 \u202e"), NOW)
        verdicts.keep(connection, recorded("v-1"))
        verdicts.keep_detail(connection, "text/plain", bytes(range(256)))
        verdicts.intend(connection, publication(), NOW)
        deploy_something(connection)
        evidence.keep(connection, HANDED_IN)
    yield opened
    opened.close()


def rows(database: Database) -> dict[str, list]:
    with database.read() as connection:
        return {
            table.name: connection.execute(table.select().order_by(*table.primary_key)).all()
            for table in metadata.sorted_tables
        }


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def target(request, sqlite_template, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        shutil.copyfile(sqlite_template, tmp_path / "target.db")
        opened = Database.open(f"sqlite:///{tmp_path}/target.db")
    else:
        opened = Database.open(request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


def test_every_row_of_every_table_arrives_and_the_logs_stay_sound(source, target):
    counts = copy_tables(source, target)
    assert rows(target) == rows(source)
    assert [name for name, number in counts.items() if not number] == []
    assert set(counts) == set(metadata.tables) - {"worker"}
    with target.read() as connection:
        checks = [verify(connection, each) for each in log_ids(connection)]
    assert [(each.size, each.flaws) for each in checks] == [(2, ()), (ENTRIES + 1, ())]
    assert deliveries_go_on(target)


def deliveries_go_on(database: Database) -> bool:
    """Tell whether the next delivery gets a number of its own."""
    with database.write() as connection:
        received = Received("next", "ping", None, 9, None, None, b"{}", "")
        deliveries.keep(connection, [received], NOW)
        query = sa.text("SELECT count(DISTINCT seq) = 2 FROM delivery")
        return bool(connection.execute(query).scalar_one())


@pytest.mark.parametrize("table", ["subject", "detail"], ids=["a first table", "a later table"])
def test_a_target_that_holds_anything_is_left_as_it_is(source, target, table):
    with target.write() as connection:
        if table == "subject":
            subjects.mark(connection, Want("mine", "head", 1, 1, ""), NOW)
        else:
            verdicts.keep_detail(connection, "text/plain", b"mine")
    before = rows(target)
    with pytest.raises(StoreError, match=f"the target database is not empty: {table} has rows"):
        copy_tables(source, target)
    assert rows(target) == before


@pytest.mark.postgres
def test_a_copy_that_breaks_off_leaves_nothing(source, postgres_url):
    with source.write() as connection:
        connection.exec_driver_sql("UPDATE subject SET cause = 'a' || char(0)")
    target = Database.open(postgres_url)
    with pytest.raises((sa.exc.DBAPIError, ValueError)):
        copy_tables(source, target)
    assert {name for name, found in rows(target).items() if found} == set()
    target.close()
