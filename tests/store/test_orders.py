"""Orders, loans, freezes by people and reviews after the fact as rows, on both databases."""

from dataclasses import replace
from datetime import timedelta

from app.core.commands.order import OrderState, Turn
from app.core.commands.scales import Risk, Tier
from app.core.deploy.codes import Code
from app.core.deploy.loans import Loan
from app.core.facts import Sha
from app.store import after_reviews, deployments, freezes, loans, orders
from app.store.deployments import Approval
from app.store.freezes import EVERYWHERE, PersonFreeze
from app.store.loans import Kept
from app.store.orders import Order
from tests.builders import NOW

REPOSITORY = 2**40
SHA, OTHER = Sha("a1" * 20), Sha("b2" * 20)
SOON = NOW + timedelta(hours=2)
ORDER = Order(
    id="ord-1",
    account_id=9,
    repository_id=REPOSITORY,
    installation_id=5,
    number=12,
    comment_id=2**41,
    verb="override",
    command="/override ci production",
    environment="production",
    tier=Tier.PRODUCTION,
    risk=Risk.DANGEROUS,
    sha=SHA,
    tree="c3" * 20,
    params="{}",
    policy_sha256="d4" * 32,
    requested_at=NOW,
    requested_by=7,
    requested_login="ann",
    expires_at=SOON,
)
LOAN = Loan("ovr-1", "ci", "production", SHA, "ann", SOON, "n\u00e4 \u202e", "OPS-7")
KEPT = Kept(LOAN, "ord-1", REPOSITORY, 12, 7, NOW)
FREEZE = PersonFreeze("frz-1", REPOSITORY, "production", "audit", 7, "ann", NOW, SOON)
GRANTED = Turn(OrderState.GRANTED, Code.APPROVED)


def test_an_order_is_stored_once_and_ends_once(database):
    with database.write() as connection:
        assert orders.create(connection, ORDER)
        assert not orders.create(connection, ORDER)
        assert orders.waiting(connection, REPOSITORY, 12) == (ORDER,)
        ended = orders.end(connection, ORDER, GRANTED)
        assert ended == replace(ORDER, state=OrderState.GRANTED, code="approved")
        assert orders.read(connection, "ord-1") == ended
        assert orders.end(connection, ORDER, Turn(OrderState.REVOKED, Code.REVOKED)) is None
        assert orders.waiting(connection, REPOSITORY) == ()


def test_orders_that_wait_are_those_of_the_place(database):
    elsewhere = replace(ORDER, id="ord-2", number=13)
    with database.write() as connection:
        for each in (ORDER, elsewhere, replace(ORDER, id="ord-3", repository_id=1)):
            orders.create(connection, each)
        orders.remember_shown(connection, "ord-2", 99, "x")
        shown = replace(elsewhere, shown_id=99, shown_digest="x")
        assert orders.waiting(connection, REPOSITORY) == (ORDER, shown)
        assert orders.waiting(connection, REPOSITORY, 12) == (ORDER,)


def alive(connection, environment="PRODUCTION", sha=SHA, now=NOW, repository=REPOSITORY):
    return loans.alive(connection, repository, environment, sha, now)


def test_F40_F84_a_loan_counts_for_its_place_commit_and_time_alone(database):
    with database.write() as connection:
        assert loans.create(connection, KEPT)
        assert not loans.create(connection, KEPT)
        assert alive(connection) == (LOAN,)
        assert alive(connection, now=SOON - timedelta(microseconds=1)) == (LOAN,)
        assert alive(connection, now=SOON) == ()
        assert alive(connection, sha=OTHER) == ()
        assert alive(connection, environment="staging") == ()
        assert alive(connection, repository=1) == ()
        assert loans.end(connection, "ovr-1", Code.REVOKED, NOW)
        assert not loans.end(connection, "ovr-1", Code.TIME_IS_UP, SOON)
        assert alive(connection) == ()
        ended = replace(KEPT, ended_at=NOW, ended_by="revoked")
        assert loans.read(connection, "ovr-1") == ended
        assert loans.unended(connection, REPOSITORY, 12) == ()


def test_F30_the_use_of_a_loan_is_due_until_it_is_reviewed(database):
    with database.write() as connection:
        loans.create(connection, KEPT)
        assert loans.unended(connection, REPOSITORY, 12) == (KEPT,)
        assert loans.due(connection, REPOSITORY) == ()
        assert loans.use(connection, "ovr-1", "req-1")
        assert not loans.use(connection, "ovr-1", "req-2")
        used = replace(KEPT, used_by="req-1")
        assert loans.due(connection, REPOSITORY) == (used,)
        assert loans.used_by(connection, "req-1") == (used,)
        assert loans.review(connection, "ovr-1", 8)
        assert not loans.review(connection, "ovr-1", 9)
        assert loans.due(connection, REPOSITORY) == ()
        assert loans.read(connection, "ovr-1") == replace(used, reviewed_by=8)


def test_a_freeze_covers_its_environment_until_it_ends_or_is_lifted(database):
    everywhere = replace(FREEZE, id="frz-2", environment=EVERYWHERE, until=NOW + timedelta(hours=1))
    with database.write() as connection:
        for each in (FREEZE, everywhere, replace(FREEZE, id="frz-3", repository_id=1)):
            assert freezes.create(connection, each)
        assert not freezes.create(connection, FREEZE)
        assert freezes.covering(connection, REPOSITORY, "Production", NOW) == (FREEZE, everywhere)
        assert freezes.covering(connection, REPOSITORY, "dev", NOW) == (everywhere,)
        assert freezes.holding(connection, REPOSITORY, everywhere.until) == (FREEZE,)
        freezes.lift(connection, ["frz-1"], NOW)
        assert freezes.holding(connection, REPOSITORY, NOW) == (everywhere,)


def test_one_person_looks_for_a_role_once(database):
    with database.write() as connection:
        assert after_reviews.keep(connection, "req-1", "CISO", (8, "eve"), (77, NOW))
        assert not after_reviews.keep(connection, "req-1", "CISO", (9, "bob"), (78, NOW))
        assert after_reviews.of(connection, "req-1") == {"CISO": 8}
        assert after_reviews.of(connection, "req-2") == {}


def test_an_approval_is_forgotten_only_as_it_was_given(database):
    said = Approval(7, "ann", True, SHA, "", "", "", 77, NOW)  # noqa: FBT003
    with database.write() as connection:
        deployments.say(connection, "req-1", said)
        assert deployments.said_in(connection, 77) == ("req-1", 7)
        deployments.say(connection, "req-1", replace(said, comment_id=78))
        assert deployments.said_in(connection, 77) is None
        assert not deployments.unsay(connection, "req-1", 7, 77)
        assert deployments.unsay(connection, "req-1", 7, 78)
        assert deployments.said(connection, "req-1") == ()
