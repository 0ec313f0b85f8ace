"""Evidence and gates in the policy: what is accepted, and each mistake said where it stands."""

from datetime import timedelta
from decimal import Decimal

import pytest
import yaml

from app.core.policy.load import load_policy
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem
from app.core.readiness.declared import gate_names, rules_of
from app.core.readiness.evidence import Unit
from app.core.readiness.rules import (
    MERGE_GATES,
    OBJECTIVES,
    REHEARSAL,
    STANDARD,
    Condition,
    Objective,
    Rule,
    Stage,
)

SHA_QUERY = 'max(p95{sha="{sha}"})'
CANARY = {
    "tier": "production",
    "workflow": "a.yml",
    "strategy": {"kind": "canary"},
    "watch": {
        "requests": SHA_QUERY,
        "errors": SHA_QUERY,
        "slow": SHA_QUERY,
        "limits": {"sla_ms": 800},
    },
}


def load(gates: dict, *evidence: dict, **environment) -> Policy | PolicyProblem:
    given = {"name": "stage", "tier": "staging", "gates": gates, **environment}
    section = {"environments": [given], "evidence": list(evidence)}
    text = yaml.safe_dump({"version": 1, "deployments": section}, width=10_000)
    return load_policy(text.encode(), ".github/gatewright.yml")


def rules(gates: dict, *evidence: dict, **environment) -> tuple[Rule, ...]:
    found = load(gates, *evidence, **environment)
    assert isinstance(found, Policy), found
    return rules_of(found.deployments.environments[0])


def by_workflow(*kinds: str) -> list[dict]:
    return [{"kind": kind, "workflow": ".github/workflows/q.yml"} for kind in kinds]


def test_without_a_word_there_is_no_gate():
    assert rules({}) == ()


TIERS = {
    "development": ("unit-tests", "coverage", "lint"),
    "staging": ("integration-coverage", "smoke", "cvss", "quality", "performance"),
}


@pytest.mark.parametrize(("tier", "kinds"), TIERS.items(), ids=TIERS)
def test_the_standard_gates_are_those_of_the_tier(tier, kinds):
    found = rules({"standard": True}, *by_workflow(*kinds), tier=tier)
    assert found == (MERGE_GATES, *STANDARD[tier])


def test_production_by_its_canary():
    found = rules({"standard": True}, **CANARY)
    assert [each.name for each in found] == ["merge-gates", "canary", "rollback-target"]


def test_the_default_objectives_count_by_themselves():
    kinds = ("compliance", "p95", "error-rate", "throughput")
    assert rules({"objectives": True}, *by_workflow(*kinds), peer_review=False) == OBJECTIVES


def test_a_written_limit_replaces_the_tier_s():
    written = {"name": "coverage", "at_least": 85.5, "unit": "percent", "max_age": "1d"}
    found = rules(
        {"standard": True, "rules": [written]},
        *by_workflow("unit-tests", "coverage", "lint"),
        tier="development",
    )
    assert [each.name for each in found] == ["merge-gates", "unit-tests", "coverage", "lint"]
    assert found[2] == Rule(
        "coverage",
        Stage.INTEGRATION,
        Condition.AT_LEAST,
        Decimal("85.5"),
        Unit.PERCENT,
        max_age=timedelta(days=1),
    )


def test_a_gate_with_everything():
    written = {
        "name": "fast",
        "evidence": "p95",
        "within": 5,
        "least_n": 30,
        "mitigated_by": "waiver",
        "objective": "latency",
        "stage": "optimisation",
    }
    (found,) = rules({"rules": [written]}, *by_workflow("p95"), peer_review=False)
    assert found == Rule(
        "fast",
        Stage.OPTIMISATION,
        Condition.WITHIN,
        Decimal(5),
        None,
        evidence="p95",
        objective=Objective.LATENCY,
        least_n=30,
        mitigated_by="waiver",
    )


def test_a_rehearsal_has_ten_minutes():
    (found,) = rules({"rehearsal": "30d"}, peer_review=False)
    assert (found.name, found.limit, found.max_age) == (
        REHEARSAL,
        Decimal(600),
        timedelta(days=30),
    )


def test_every_gate_of_a_policy_has_one_name():
    found = load({"rules": [{"name": "lint", "passes": True}]}, *by_workflow("lint"))
    assert isinstance(found, Policy), found
    assert gate_names(found.deployments) == ("merge-gates", "lint")


LINT = {"name": "lint", "passes": True}
MISTAKES = {
    "no condition": (
        {"rules": [{"name": "lint"}]},
        [],
        "the gate `lint` needs exactly one of `passes`, `at_least`",
    ),
    "two conditions": (
        {"rules": [{"name": "lint", "passes": True, "below": 3, "unit": "score"}]},
        [],
        "the gate `lint` needs exactly one of",
    ),
    "T85 no limit at all": ({"rules": [{"name": "x", "unit": "ms"}]}, [], "exactly one of"),
    "T87 a number without unit": (
        {"rules": [{"name": "lint", "at_least": 0.1}]},
        by_workflow("lint"),
        "0.1 may be a tenth or a tenth of a percent",
    ),
    "a yes with a unit": (
        {"rules": [LINT | {"unit": "ms"}]},
        by_workflow("lint"),
        "a yes has no unit",
    ),
    "a gate twice": ({"rules": [LINT, LINT]}, by_workflow("lint"), "`lint` stands twice"),
    "a gate of our own": (
        {"rules": [{"name": "merge-gates", "passes": True}]},
        [],
        "a gate of Gatewright's own",
    ),
    "a number from nowhere": (
        {"rules": [LINT]},
        [],
        "nothing under `evidence` says where `lint` comes from",
    ),
    "evidence twice": ({}, by_workflow("a", "a"), "the evidence `a` stands twice"),
    "evidence from two places": (
        {},
        [{"kind": "a", "query": SHA_QUERY, "workflow": ".github/workflows/q.yml"}],
        "needs exactly one of `check`, `workflow`, `query`",
    ),
    "evidence from no place": ({}, [{"kind": "a"}], "needs exactly one of"),
    "evidence that is ours": ({}, by_workflow("canary"), "Gatewright itself knows `canary`"),
    "a check of anybody": (
        {},
        [{"kind": "a", "check": "unit"}],
        "`check` and `app` need each other",
    ),
    "a query of every version": (
        {},
        [{"kind": "a", "query": "max(p95)", "unit": "ms"}],
        "lacks {sha}",
    ),
    "a unit that evidence brings itself": (
        {},
        [by_workflow("a")[0] | {"unit": "ms"}],
        "is said by the evidence itself",
    ),
    "a called workflow without ref": (
        {},
        [{"kind": "a", "workflow": "acme/ci/.github/workflows/q.yml"}],
        "is named OWNER/REPO/PATH@REF",
    ),
    "an own workflow with ref": (
        {},
        [{"kind": "a", "workflow": ".github/workflows/q.yml@main"}],
        "is named OWNER/REPO/PATH@REF",
    ),
    "a number that is none": (
        {"rules": [{"name": "x", "below": "4,0", "unit": "ms"}]},
        [],
        "must be a number, for example 80 or 0.1",
    ),
}


@pytest.mark.parametrize(("gates", "evidence", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_said_where_it_stands(gates, evidence, message):
    found = load(gates, *evidence)
    assert isinstance(found, PolicyProblem), found
    assert message in found.message
    assert found.line is not None


OF_PRODUCTION = {
    "no canary": ({"strategy": {"kind": "rolling"}, "watch": None}, "`strategy: {kind: canary}`"),
    "no SLA": (
        {"watch": {"requests": SHA_QUERY, "errors": SHA_QUERY}},
        "production's p99 needs its SLA",
    ),
    "more errors": (
        {"watch": CANARY["watch"] | {"limits": {"sla_ms": 800, "error_rate": "0.5%"}}},
        "0.1% at most",
    ),
    "no merge gates": ({"peer_review": False}, "`peer_review` is off"),
}


@pytest.mark.parametrize(("given", "message"), OF_PRODUCTION.values(), ids=OF_PRODUCTION)
def test_production_s_gates_need_what_they_are_judged_by(given, message):
    found = load({"standard": True}, **{**CANARY, **given})
    assert isinstance(found, PolicyProblem), found
    assert message in found.message
