"""A loan lifts exactly its gate, and nothing that is no gate."""

import pytest

from app.core.deploy.loans import MERGE_GATES, Lent, is_security_gate, merge_result
from app.core.deploy.observed import Result

P, W, E, F = "pass", "pending", "error", "fail"


def gates(merge: str, **changes: str) -> dict[str, str]:
    return dict.fromkeys(MERGE_GATES, P) | changes | {"merge": merge}


@pytest.mark.parametrize(
    ("found", "code", "lent", "result"),
    [
        pytest.param(gates(P), "MERGE_READY", {"ci"}, Lent(Result.PASS), id="no loan is needed"),
        pytest.param(
            gates(F, ci=F), "MERGE_BLOCKED", set(), Lent(Result.FAIL), id="nothing is lent"
        ),
        pytest.param(
            gates(F, ci=F),
            "MERGE_BLOCKED",
            {"ci"},
            Lent(Result.PASS, frozenset({"ci"})),
            id="the one that fails is lent",
        ),
        pytest.param(
            gates(E, ci=E),
            "MERGE_UNDECIDED",
            {"ci"},
            Lent(Result.PASS, frozenset({"ci"})),
            id="the one that cannot tell is lent",
        ),
        pytest.param(
            gates(W, approval=W),
            "MERGE_WAITING",
            {"approval"},
            Lent(Result.PASS, frozenset({"approval"})),
            id="an approval that is missing is pending, and lent",
        ),
        pytest.param(
            gates(F, ci=F, secrets=F),
            "MERGE_BLOCKED",
            {"ci"},
            Lent(Result.FAIL, frozenset({"ci"})),
            id="T100 another one fails as well",
        ),
        pytest.param(
            gates(F, ci=F, freshness=W),
            "MERGE_BLOCKED",
            {"ci"},
            Lent(Result.INCONCLUSIVE, frozenset({"ci"})),
            id="another one has not decided",
        ),
        pytest.param(
            gates(F, ci=F),
            "MERGE_BLOCKED",
            {"secrets"},
            Lent(Result.FAIL),
            id="another one is lent",
        ),
        pytest.param(
            gates(F, ci=F),
            "MERGE_DRAFT",
            {"ci"},
            Lent(Result.FAIL),
            id="a draft is held for itself",
        ),
        pytest.param(
            gates(F),
            "MERGE_BLOCKED",
            set(MERGE_GATES),
            Lent(Result.FAIL),
            id="what no gate explains",
        ),
        pytest.param(
            gates(F, ci=F),
            "MERGE_BLOCKED",
            {"merge"},
            Lent(Result.FAIL),
            id="the rollup is no gate",
        ),
        pytest.param(
            {"merge": E},
            "MERGE_UNDECIDED",
            {"ci"},
            Lent(Result.INCONCLUSIVE, frozenset({"ci"})),
            id="gates that nobody recorded could not tell",
        ),
        pytest.param({}, "MERGE_ENGINE_ERROR", {"ci"}, Lent(Result.INCONCLUSIVE), id="nothing"),
    ],
)
def test_T27_T100_a_loan_lifts_one_gate(found, code, lent, result):
    assert merge_result(found, code, lent) == result


@pytest.mark.parametrize(
    "name", ["secrets", "security", "Security-scan", "cvss", "max_cvss", "vulnerabilities", "sev1"]
)
def test_gates_about_security_are_known_by_their_names(name):
    assert is_security_gate(name)


@pytest.mark.parametrize(
    "name", ["ci", "compliance", "approval", "freshness", "coverage", "quality"]
)
def test_other_gates_are_not(name):
    assert not is_security_gate(name)
