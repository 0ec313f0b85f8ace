"""Orders end once: granted by people, or by time, by a no, or by what changed meanwhile."""

from datetime import timedelta

import pytest

from app.core.commands.order import Look, OrderState, Turn, accepts, data_risk, patience, turn
from app.core.commands.scales import Risk
from app.core.deploy.codes import Code
from app.core.deploy.observed import Approvals, Refusal
from app.core.facts import Sha
from tests.builders import NOW

SOON = NOW + timedelta(seconds=1)
ENOUGH, NOBODY = Approvals(1, 1), Approvals(1, 0)
GRANTED = Turn(OrderState.GRANTED, Code.APPROVED)
MOVED = Refusal(Code.STALE, "the lock was given up")
AGAINST = Approvals(1, 1, rejected_by="eve")


@pytest.mark.parametrize(
    ("risk", "hours"), [(Risk.ELEVATED, 4), (Risk.DANGEROUS, 4), (Risk.CRITICAL, 1)]
)
def test_what_is_riskier_waits_for_a_shorter_time(risk, hours):
    assert patience(risk) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("seen", "now", "ends"),
    [
        pytest.param(Look(NOBODY), NOW, None, id="nobody has agreed yet"),
        pytest.param(Look(ENOUGH), NOW, GRANTED, id="enough have agreed"),
        pytest.param(
            Look(ENOUGH), SOON, Turn(OrderState.EXPIRED, Code.TIME_IS_UP), id="too late, to a hair"
        ),
        pytest.param(
            Look(ENOUGH, MOVED),
            NOW,
            Turn(OrderState.STALE, Code.STALE, "the lock was given up"),
            id="enough agreed to what is not so any more",
        ),
        pytest.param(
            Look(AGAINST), NOW, Turn(OrderState.REJECTED, Code.REJECTED, "eve"), id="one is against"
        ),
        pytest.param(
            Look(ENOUGH, is_known=False),
            NOW,
            None,
            id="what decides cannot be read, so nothing does",
        ),
        pytest.param(
            Look(ENOUGH, is_known=False),
            SOON,
            Turn(OrderState.EXPIRED, Code.TIME_IS_UP),
            id="time passes for what cannot be read as well",
        ),
    ],
)
def test_how_an_order_ends(seen, now, ends):
    assert turn(SOON, seen, now) == ends


SENTENCE = data_risk("production", Sha("a1" * 20))


@pytest.mark.parametrize(
    ("reason", "is_accepted"),
    [
        pytest.param(SENTENCE, True, id="the sentence"),
        pytest.param(
            f"INC-7: {SENTENCE.upper()}.", True, id="in other letters, with more around it"
        ),
        pytest.param(SENTENCE.replace(" ", "  "), True, id="with more spaces"),
        pytest.param("I accept that data may be lost", False, id="half of it"),
        pytest.param(data_risk("staging", Sha("a1" * 20)), False, id="for another environment"),
        pytest.param(data_risk("production", Sha("b2" * 20)), False, id="for another commit"),
    ],
)
def test_T91_loss_of_data_is_accepted_by_quoting_it(reason, is_accepted):
    assert accepts(reason, SENTENCE) is is_accepted
