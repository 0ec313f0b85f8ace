"""The section `watch`: what it accepts, what could never pass or would measure another thing."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from app.core.policy.load import load_policy
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem
from app.core.policy.watches import filled, share

SHA = "5f1d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a7f8e9d"
REQUESTS = 'sum(increase(requests_total{sha="{sha}"}[1m]))'
ERRORS = 'sum(increase(errors_total{sha="{sha}"}[1m]))'
WATCH = {"requests": REQUESTS, "errors": ERRORS}
CANARY = {"name": "stage", "tier": "staging", "workflow": "a.yml", "strategy": {"kind": "canary"}}


def load(**environment: object) -> Policy | PolicyProblem:
    section = {"environments": [{"name": "stage", "tier": "staging", **environment}]}
    text = yaml.safe_dump({"version": 1, "deployments": section}, width=10_000)
    return load_policy(text.encode(), ".github/gatewright.yml")


def mistakes(found: Policy | PolicyProblem) -> str:
    assert isinstance(found, PolicyProblem), found
    return str(found)


def test_a_whole_watch_is_read():
    found = load(
        **CANARY,
        watch={
            **WATCH,
            "slow": REQUESTS,
            "outliers": REQUESTS,
            "p95_ms": 'max(p95{sha="{sha}"})',
            "unhealthy": "sum(unhealthy)",
            "instances": "sum(instances)",
            "baseline": {"kind": "fresh", "requests": REQUESTS, "instances": "sum(instances)"},
            "limits": {"sla_ms": 800, "error_rate": "0.5%"},
        },
    )
    assert isinstance(found, Policy), found
    (stage,) = found.deployments.environments
    assert stage.strategy.canary_for == timedelta(minutes=30)
    assert stage.watch is not None
    assert share(stage.watch.limits.error_rate) == Decimal("0.005")


def test_the_example_of_the_page_is_accepted():
    page = (Path(__file__).parents[3] / "docs/deployments.md").read_text(encoding="utf-8")
    example = page.partition("## Watch")[2].partition("```yaml\n")[2].partition("```")[0]
    text = f"version: 1\ndeployments:\n  environments:\n{example}"
    found = load_policy(text.encode(), ".github/gatewright.yml")
    assert isinstance(found, Policy), found
    assert found.deployments.environments[0].watch is not None


def test_only_the_commit_and_the_environment_are_put_into_a_query():
    query = 'a{sha="{sha}",env="{environment}"} and b{c="{{sha}}"}'
    assert filled(query, SHA, "stage") == (f'a{{sha="{SHA}",env="stage"}} and b{{c="{{{SHA}}}"}}')


@pytest.mark.parametrize(
    ("sha", "environment"),
    [
        pytest.param(SHA[:-1], "stage", id="a short commit"),
        pytest.param(SHA, 'stage"} or up{a="', id="a name that ends the selector"),
        pytest.param(f"{SHA}\n", "stage", id="a line more"),
        pytest.param(SHA, "", id="no name"),
    ],
)
def test_nothing_else_can_be_put_into_a_query(sha, environment):
    with pytest.raises(ValueError, match="anything else"):
        filled(REQUESTS, sha, environment)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"requests": "sum(r{commit})"}, "`{commit}` is not filled in", id="a name"),
        pytest.param({"requests": "sum(r{ sha })"}, "`{ sha }` is not filled in", id="spaces"),
        pytest.param({"errors": "sum(e)"}, "lacks {sha}", id="errors of every version"),
        pytest.param({"slow": REQUESTS}, "need each other", id="slow without the SLA"),
        pytest.param({"limits": {"sla_ms": 5}}, "need each other", id="the SLA without slow"),
        pytest.param({"unhealthy": "sum(u)"}, "needs `instances`", id="health of nobody"),
        pytest.param(
            {"baseline": {"requests": REQUESTS}}, "only a canary has", id="nothing runs beside it"
        ),
        pytest.param({"limits": {"error_rate": "2%"}}, "is above 1%", id="beyond the SLO"),
        pytest.param({"limits": {"error_rate": "0%"}}, "more than 0%", id="no error ever"),
        pytest.param(
            {"limits": {"error_rate": "0.001"}}, "with its unit", id="T87 a share without unit"
        ),
        pytest.param({"limits": {"error_rate": 0.1}}, "with its unit", id="T87 a bare number"),
        pytest.param({"url": "https://x.example"}, "url", id="no address in the policy"),
    ],
)
def test_what_cannot_work_is_refused(change, message):
    assert message in mistakes(load(watch={**WATCH, **change}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"watch": None}, "without it none ever passes", id="T85 nothing judges it"),
        pytest.param({"workflow": None}, "a second run", id="nobody promotes it"),
        pytest.param(
            {"strategy": {"kind": "canary", "canary_for": "29m"}}, "30m at least", id="too short"
        ),
        pytest.param(
            {"limits": {"canary": "29m"}}, "is shorter than", id="over before it may pass"
        ),
        pytest.param(
            {"watch": {**WATCH, "baseline": {"requests": "sum(r)"}}},
            "lacks {sha}",
            id="a baseline of every version",
        ),
        pytest.param(
            {"watch": {**WATCH, "baseline": {"requests": REQUESTS, "p95_ms": REQUESTS}}},
            "no `p95_ms` of the new version",
            id="one side of a comparison",
        ),
    ],
)
def test_a_canary_that_cannot_be_judged_is_refused(change, message):
    given = {name: value for name, value in {**CANARY, "watch": WATCH, **change}.items() if value}
    assert message in mistakes(load(**given))
