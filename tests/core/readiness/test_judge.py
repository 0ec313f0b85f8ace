"""Deployment gates: each limit at its boundary, and everything that is no reason to go."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.core.canary.verdict import Decision, Result
from app.core.commands.scales import Tier
from app.core.readiness.codes import MEANING, Code, code_table
from app.core.readiness.evidence import Baseline, Unit
from app.core.readiness.judge import judge
from app.core.readiness.report import Lent
from app.core.readiness.rules import OBJECTIVES, STANDARD, Condition, Rule, Stage, rehearsal
from tests.core.readiness.builders import (
    LIVE,
    LIVE_TREE,
    NOW,
    OTHER,
    TREE,
    ago,
    evidence,
    facts,
)

PASS, FAIL, UNSURE = Result.PASS, Result.FAIL, Result.INCONCLUSIVE
RULES = {rule.name: rule for rules in STANDARD.values() for rule in rules}
RULES |= {rule.name: rule for rule in OBJECTIVES}
PERCENT, RATIO, SCORE, MS = Unit.PERCENT, Unit.RATIO, Unit.SCORE, Unit.MILLISECONDS


def judged(name: str, *seen, **more):
    """Return what one of the written gates comes to."""
    rule = replace(RULES[name], **more.pop("rule", {}))
    (found,) = judge(facts(*seen, rules=(rule,), **more), NOW).statements
    return found.result, found.code


@pytest.mark.parametrize(
    ("name", "value", "unit", "expected"),
    [
        pytest.param("unit-tests", "1", Unit.PASSED, PASS, id="tests pass"),
        pytest.param("unit-tests", "0", Unit.PASSED, FAIL, id="tests fail"),
        pytest.param("coverage", "80", PERCENT, PASS, id="coverage of exactly 80%"),
        pytest.param("coverage", "79.999999999999999999", PERCENT, FAIL, id="T88 just below 80%"),
        pytest.param("coverage", "0.8", RATIO, PASS, id="T87 a ratio of 0.8 is 80%"),
        pytest.param("coverage", "0.8", PERCENT, FAIL, id="T87 0.8 percent is not 80%"),
        pytest.param("integration-coverage", "60", PERCENT, PASS, id="integration of exactly 60%"),
        pytest.param("cvss", "3.9", SCORE, PASS, id="CVSS of 3.9"),
        pytest.param("cvss", "4.0", SCORE, FAIL, id="CVSS of exactly 4.0"),
        pytest.param("quality", "80", SCORE, PASS, id="quality of exactly 80"),
        pytest.param("p95", "499.9", MS, PASS, id="p95 below 500 ms"),
        pytest.param("p95", "500", MS, FAIL, id="p95 of exactly 500 ms"),
        pytest.param("error-rate", "0.01", RATIO, FAIL, id="errors of exactly 1%"),
        pytest.param("error-rate", "0.99", PERCENT, PASS, id="errors below 1%"),
        pytest.param("throughput", "100", Unit.PER_SECOND, PASS, id="exactly 100 requests/s"),
        pytest.param("throughput", "99.9", Unit.PER_SECOND, FAIL, id="fewer requests"),
    ],
)
def test_a_written_limit_decides_exactly(name, value, unit, expected):
    code = Code.KEPT if expected is PASS else Code.MISSED
    assert judged(name, evidence(name, value, unit)) == (expected, code)


def live(value: str, unit: Unit = MS, **more):
    return evidence("performance", value, unit, sha=LIVE, **more)


@pytest.mark.parametrize(
    ("value", "base", "expected"),
    [
        pytest.param("110", "100", PASS, id="exactly 10% slower"),
        pytest.param("90", "100", PASS, id="exactly 10% faster"),
        pytest.param("110.0001", "100", FAIL, id="more than 10% slower"),
        pytest.param("89.9999", "100", FAIL, id="more than 10% faster"),
        pytest.param("0.33", "0.3", PASS, id="T88 a tenth that floats do not know"),
    ],
)
def test_performance_is_compared_with_the_live_version(value, base, expected):
    seen = evidence("performance", value, MS)
    code = Code.KEPT if expected is PASS else Code.MISSED
    assert judged("performance", seen, live(base)) == (expected, code)
    together = replace(seen, baseline=Baseline(Decimal(base), LIVE, ago(hours=1)))
    assert judged("performance", together) == (expected, code)


@pytest.mark.parametrize(
    ("seen", "more", "expected"),
    [
        pytest.param((), {"live": None}, (PASS, Code.NOTHING_LIVE), id="the first version of all"),
        pytest.param((), {}, (UNSURE, Code.NO_BASELINE), id="nobody measured the live version"),
        pytest.param((live("0"),), {}, (UNSURE, Code.NO_BASELINE), id="a baseline of zero"),
        pytest.param((live("NaN"),), {}, (UNSURE, Code.NO_BASELINE), id="a baseline of NaN"),
        pytest.param((live("1", Unit.SECONDS),), {}, (UNSURE, Code.NO_BASELINE), id="other unit"),
        pytest.param(
            (live("100", observed_at=ago(days=7, seconds=1)),),
            {},
            (UNSURE, Code.BASELINE_STALE),
            id="a baseline of eight days ago",
        ),
        pytest.param(
            (live("100", objection=Code.UNTRUSTED),),
            {},
            (UNSURE, Code.NO_BASELINE),
            id="a baseline from anywhere",
        ),
        pytest.param(
            (replace(live("100"), sha=OTHER, tree=LIVE_TREE),),
            {},
            (PASS, Code.KEPT),
            id="the live version's tree under another commit",
        ),
    ],
)
def test_without_a_baseline_nothing_is_compared(seen, more, expected):
    assert judged("performance", evidence("performance", "100", MS), *seen, **more) == expected


def test_a_baseline_of_another_version_than_the_live_one_counts_for_nothing():
    given = Baseline(Decimal(100), OTHER, ago(hours=1))
    seen = evidence("performance", "100", MS, baseline=given)
    assert judged("performance", seen, live("100")) == (UNSURE, Code.NO_BASELINE)


def test_compliance_must_not_fall_below_the_live_version():
    before = evidence("compliance", "94", Unit.POINTS, sha=LIVE)
    for value, expected in (("94", PASS), ("93.9", FAIL)):
        now = evidence("compliance", value, Unit.POINTS)
        assert judged("compliance", now, before)[0] is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param([], Code.MISSING, id="nobody measured"),
        pytest.param([{"sha": OTHER}], Code.OTHER_COMMIT, id="another commit was measured"),
        pytest.param([{"objection": Code.UNTRUSTED}], Code.UNTRUSTED, id="from anywhere"),
        pytest.param([{"observed_at": ago(days=7, seconds=1)}], Code.STALE, id="eight days old"),
        pytest.param([{"expires_at": NOW}], Code.STALE, id="it has expired"),
        pytest.param([{"observed_at": ago(minutes=-2)}], Code.FUTURE, id="from the future"),
        pytest.param([{"value": "NaN"}], Code.NOT_FINITE, id="T84 NaN"),
        pytest.param([{"value": "Infinity"}], Code.NOT_FINITE, id="T84 infinity is not enough"),
        pytest.param([{"unit": SCORE}], Code.OTHER_UNIT, id="T87 another unit"),
        pytest.param([{"value": "80", "unit": RATIO}], Code.IMPOSSIBLE, id="T87 a ratio of 80"),
        pytest.param([{"value": "-1"}], Code.IMPOSSIBLE, id="less than nothing"),
        pytest.param(
            [{}, {"observed_at": ago(minutes=1), "value": "NaN"}],
            Code.NOT_FINITE,
            id="T51 newer evidence that cannot be used beats older that could",
        ),
    ],
)
def test_whatever_is_no_proof_is_not_enough(seen, expected):
    made = [
        evidence("coverage", each.pop("value", "99"), each.pop("unit", PERCENT), **each)
        for each in (dict(each) for each in seen)
    ]
    assert judged("coverage", *made) == (UNSURE, expected)


def test_evidence_at_its_greatest_age_counts():
    seen = evidence("coverage", "99", PERCENT, observed_at=ago(days=7))
    assert judged("coverage", seen) == (PASS, Code.KEPT)


def test_evidence_from_anywhere_hides_no_trusted_one():
    newer = evidence("coverage", "1", PERCENT, objection=Code.UNTRUSTED, observed_at=ago(hours=0))
    assert judged("coverage", evidence("coverage", "99", PERCENT), newer) == (PASS, Code.KEPT)


def test_T34_evidence_of_the_same_tree_counts_after_a_squash():
    seen = evidence("coverage", "99", PERCENT, sha=OTHER, tree=TREE)
    assert judged("coverage", seen) == (PASS, Code.KEPT)


def test_an_unknown_tree_is_never_the_same_tree():
    seen = evidence("coverage", "99", PERCENT, sha=OTHER)
    rule = RULES["coverage"]
    made = replace(facts(seen, rules=(rule,)), tree="")
    assert judge(made, NOW).statements[0].code is Code.OTHER_COMMIT


@pytest.mark.parametrize(
    ("n", "code"), [(99, Code.TOO_SMALL), (None, Code.TOO_SMALL), (100, Code.KEPT)]
)
def test_too_small_a_sample_is_no_proof(n, code):
    seen = evidence("coverage", "99", PERCENT, n=n)
    assert judged("coverage", seen, rule={"least_n": 100})[1] is code


MITIGATION = {
    "fresh": ({}, PASS),
    "denied": ({"value": "0"}, FAIL),
    "old": ({"observed_at": ago(days=8)}, FAIL),
    "expired": ({"expires_at": ago(hours=0)}, FAIL),
    "of another commit": ({"sha": OTHER}, FAIL),
    "from anywhere": ({"objection": Code.UNTRUSTED}, FAIL),
    "from the future": ({"observed_at": ago(hours=-1)}, FAIL),
    "no yes at all": ({"unit": SCORE}, FAIL),
}


@pytest.mark.parametrize(("given", "expected"), MITIGATION.values(), ids=MITIGATION)
def test_a_vulnerability_may_be_mitigated(given, expected):
    given = dict(given)
    says = evidence(
        "cvss-mitigation", given.pop("value", "1"), given.pop("unit", Unit.PASSED), **given
    )
    code = Code.MITIGATED if expected is PASS else Code.MISSED
    assert judged("cvss", evidence("cvss", "9.8", SCORE), says) == (expected, code)


def test_nobody_mitigates_what_was_never_measured():
    assert judged("cvss", evidence("cvss-mitigation", "1")) == (UNSURE, Code.MISSING)


@pytest.mark.parametrize(
    ("gate", "until", "expected"),
    [
        pytest.param("coverage", -1, (PASS, Code.LENT), id="alive"),
        pytest.param("coverage", 0, (FAIL, Code.MISSED), id="over at this very moment"),
        pytest.param("quality", -1, (FAIL, Code.MISSED), id="T100 for another gate"),
    ],
)
def test_a_loan_lets_one_gate_pass_for_a_time(gate, until, expected):
    lent = Lent(gate, "carol", ago(hours=until))
    assert judged("coverage", evidence("coverage", "1", PERCENT), lent=(lent,)) == expected


def test_a_loan_says_what_would_be_without_it():
    lent = Lent("coverage", "carol", ago(hours=-1))
    made = facts(evidence("coverage", "1", PERCENT), rules=(RULES["coverage"],), lent=(lent,))
    assert judge(made, NOW).statements[0].says == (
        "lent by carol until 2026-03-02 13:00 UTC; without it: 1 percent"
    )


def test_a_rehearsal_counts_its_seconds_and_its_days():
    rule = rehearsal(timedelta(days=30), timedelta(minutes=10))

    def said(seconds: str, **span: float):
        seen = evidence("rehearsal", seconds, Unit.SECONDS, observed_at=ago(**span))
        return judge(facts(seen, rules=(rule,)), NOW).statements[0].code

    assert [said("600", days=30), said("601", days=1), said("60", days=31)] == [
        Code.KEPT,
        Code.MISSED,
        Code.STALE,
    ]


GOOD, BAD, NONE = evidence("quality", "90", SCORE), evidence("quality", "1", SCORE), None


@pytest.mark.parametrize(
    ("seen", "decision"),
    [
        pytest.param((GOOD, evidence("smoke", "1")), Decision.GO, id="all pass"),
        pytest.param((GOOD,), Decision.SHADOW_ONLY, id="one cannot tell"),
        pytest.param((BAD,), Decision.PAUSE_AND_FIX, id="one fails, one cannot tell"),
    ],
)
def test_the_worst_gate_decides(seen, decision):
    rules = (RULES["quality"], RULES["smoke"])
    assert judge(facts(*seen, rules=rules), NOW).decision is decision


def test_T83_no_gate_at_all_is_no_reason_to_go():
    report = judge(facts(rules=()), NOW)
    assert (report.decision, report.title) == (
        Decision.SHADOW_ONLY,
        "No gate is declared, so that nothing says that it is ready.",
    )


def test_of_several_failures_compliance_is_named_before_latency_before_throughput():
    bad = [
        evidence("throughput", "1", Unit.PER_SECOND),
        evidence("p95", "900", MS),
        evidence("compliance", "1", Unit.POINTS),
        evidence("compliance", "2", Unit.POINTS, sha=LIVE),
    ]
    rules = [RULES["smoke"], RULES["throughput"], RULES["p95"], RULES["compliance"]]
    titles = []
    while len(rules) > 1:
        titles.append(judge(facts(*bad, rules=tuple(rules)), NOW).title)
        rules.pop()
    assert titles == [
        "compliance: 1 points, live 2 (2 more)",
        "p95: 900 ms (1 more)",
        "throughput: 1 requests/s",
    ]


def test_a_report_goes_through_its_stages_in_order():
    rules = (*STANDARD[Tier.PRODUCTION], *STANDARD[Tier.STAGING], *STANDARD[Tier.DEVELOPMENT])
    found = [
        (stage, [each.name for each in said])
        for stage, said in judge(facts(rules=rules), NOW).stages()
    ]
    assert found == [
        (Stage.BASELINE, ["unit-tests", "coverage", "lint"]),
        (Stage.INTEGRATION, ["integration-coverage", "smoke", "cvss", "quality"]),
        (Stage.OPTIMISATION, ["performance"]),
        (Stage.MONITORING, ["canary", "rollback-target"]),
    ]


def test_each_statement_names_monitor_run_and_experiment():
    made = facts(GOOD, rules=(RULES["quality"], RULES["smoke"]))
    report = judge(made, NOW)
    ids = [
        (each.monitor_id, each.deploy_run_id, each.experiment_hash) for each in report.statements
    ]
    digest = report.experiment_hash
    # Stages keep the order in which the gates were declared.
    assert ids == [("run:7/1", "req-1", digest), ("", "req-1", digest)]
    other = judge(replace(made, sha=OTHER), NOW).experiment_hash
    assert len(digest) == 64
    assert digest != other
    assert judge(made, NOW + timedelta(hours=1)).experiment_hash == digest


def test_each_code_is_explained():
    assert set(MEANING) == set(Code)
    assert all(f'<a id="{code.value.lower()}"></a>' in code_table() for code in Code)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (RULES["coverage"], "≥ 80 percent"),
        (RULES["cvss"], "< 4 score"),
        (RULES["performance"], "within 10% of live"),
        (RULES["compliance"], "≥ live"),
        (RULES["smoke"], "passes"),
        (Rule("x", Stage.BASELINE, Condition.AT_MOST, Decimal("0.50"), Unit.RATIO), "≤ 0.5 ratio"),
    ],
)
def test_a_limit_reads_well(rule, text):
    assert rule.text == text
