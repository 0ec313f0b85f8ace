"""What is kept and counted of a delivery: whose it is, and what is done about it."""

import pytest

from app.service.intents import Ignore, Intent, SweepRepository
from app.web.router import Router
from tests.web import payloads
from tests.web.gate import Fittings, open_gate

ORGANIZATION = {"id": 88, "login": "acme"}
LOOK = SweepRepository("star.created")
IGNORED = Ignore("nothing to do")


def answering(*answers: Intent) -> Router:
    """Return a router with one handler of stars for each answer."""
    router = Router()
    for answer in answers:
        router.on("star")(lambda _event, answer=answer: [answer])
    return router


@pytest.mark.parametrize(
    ("payload", "account"),
    [
        pytest.param(payloads.about(organization=ORGANIZATION), 77, id="the repository's owner"),
        pytest.param(
            {**payloads.installation(), "organization": ORGANIZATION},
            77,
            id="without a repository the installation's account",
        ),
        pytest.param(
            {"installation": payloads.INSTALLATION, "organization": ORGANIZATION},
            88,
            id="without both the organisation",
        ),
        pytest.param({"zen": "Anything added dilutes everything else."}, 0, id="nobody"),
    ],
)
def test_a_delivery_is_kept_with_the_account_it_is_about(gate, payload, account):
    assert gate.deliver("star", payload).status_code == 202
    assert [row.account_id for row in gate.ledger()] == [account]


@pytest.mark.parametrize(
    ("answers", "decision"),
    [
        pytest.param((IGNORED,), "ignored", id="nothing is to be done"),
        pytest.param((LOOK,), "acted_on", id="something is to be done"),
        pytest.param((IGNORED, LOOK), "acted_on", id="one of two handlers wants something done"),
    ],
)
def test_a_delivery_is_counted_by_what_is_done_about_it(sqlite, answers, decision):
    gate = open_gate(sqlite, Fittings(router=answering(*answers)))
    gate.deliver("star", payloads.about(action="created"))
    kinds = ("ignored", "acted_on")
    counts = {each: gate.count("deliveries", event="other", decision=each) for each in kinds}
    assert counts == {each: float(each == decision) for each in kinds}


def test_what_two_handlers_want_alike_is_done_once(sqlite):
    taken = []

    def noting(accept):
        def note(batch):
            taken.extend(each.intents for each in batch)
            accept(batch)

        return note

    router = answering(LOOK, IGNORED, LOOK)
    gate = open_gate(sqlite, Fittings(router=router, wrap=noting))
    gate.deliver("star", payloads.about(action="created"))
    assert taken == [(LOOK, IGNORED)]


def test_a_decision_that_a_handler_explains_at_length_is_cut(sqlite):
    gate = open_gate(sqlite, Fittings(router=answering(Ignore("x" * 5000))))
    assert gate.deliver("star", payloads.about(action="created")).status_code == 202
    assert [len(decision) for decision in gate.decisions()] == [500]
