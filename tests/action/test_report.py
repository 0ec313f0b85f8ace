"""GitHub shows ten annotations of a level in a step: the worst are shown, the rest are counted."""

import pytest

from app.action.report import Report, decision_of
from app.core.render import Remark
from app.core.verdict import Outcome


def remark(number: int, level: str = "failure") -> Remark:
    return Remark("src/a.py", number, level, "rule", f"finding {number}")


def report(*remarks: Remark, verdict: Outcome = Outcome.FAIL) -> Report:
    return Report(verdict, "Blocked by secrets", "text", {}, remarks=remarks)


def levels(made: Report, *, enforces: bool = True) -> list[str]:
    return [line.split()[0] for line in made.annotations(enforces=enforces)]


def test_the_verdict_itself_always_has_room():
    shown = list(report(*map(remark, range(1, 31))).annotations(enforces=True))
    assert len(shown) == 10
    assert shown[-1] == "::error title=Gatewright::Blocked by secrets (21 more in the summary)"


def test_each_level_has_its_own_room():
    many = [remark(n) for n in range(12)] + [remark(n, "warning") for n in range(12)]
    assert levels(report(*many)) == ["::error"] * 9 + ["::warning"] * 9 + ["::error"]


def test_a_pass_says_nothing_more_than_its_findings():
    assert levels(report(remark(1, "notice"), verdict=Outcome.PASS)) == ["::notice"]


def test_the_summary_keeps_githubs_limit():
    made = Report(Outcome.FAIL, "t", "ä" * 2_000_000, {})
    assert len(made.text().encode()) < 1 << 20


@pytest.mark.parametrize(
    ("outcome", "decision"),
    [
        pytest.param(Outcome.PASS, "GO", id="pass"),
        pytest.param(Outcome.FAIL, "PAUSE & FIX", id="fail"),
        pytest.param(Outcome.PENDING, "SHADOW ONLY", id="waiting"),
        pytest.param(Outcome.ERROR, "SHADOW ONLY", id="cannot be told"),
    ],
)
def test_decisions(outcome, decision):
    assert decision_of(outcome) == decision
