"""The section on incidents: what it accepts, what it means when it is not there."""

import re
from pathlib import Path

import pytest

from app.core.policy.incidents import Called, Incidents
from app.core.policy.load import load_policy
from app.core.policy.model import Policy
from app.core.policy.problem import PolicyProblem

HEAD = "version: 1\ndeployments:\n  incidents: {%s}\n"


def load(text: str) -> Policy | PolicyProblem:
    return load_policy(text.encode(), "x.yml")


def test_without_a_word_nobody_is_called_and_the_worst_closes_production():
    assert load("version: 1\n").deployments.incidents == Incidents()
    assert (Incidents().page, Incidents().closes) == (Called(), ("SEV1",))


def test_the_policy_in_the_page_on_incidents_can_be_used():
    text = (Path(__file__).parents[3] / "docs/incidents.md").read_text(encoding="utf-8")
    policy = load(re.search(r"```yaml\n(version: 1.*?)```", text, re.DOTALL)[1])
    assert isinstance(policy, Policy), policy
    assert policy.deployments.incidents.page == Called(users=("ann",), teams=("on-call",))


@pytest.mark.parametrize(
    "section",
    [
        pytest.param("closes: [SEV9]", id="no such severity"),
        pytest.param("severities: {outage: bad}", id="a label that says nothing"),
        pytest.param('page: {users: ["@ann"]}', id="a mention instead of a login"),
        pytest.param('page: {users: ["ann -->"]}', id="more than a login"),
        pytest.param("page: {teams: [acme/on-call]}", id="an organisation before the team"),
        pytest.param("pager: {}", id="an unknown key"),
    ],
)
def test_what_is_refused(section):
    found = load(HEAD % section)
    assert isinstance(found, PolicyProblem)
    assert found.line == 3
