"""`gatewright freeze`: the answer, its status, and what cannot be answered."""

import json

import pytest
from typer.testing import CliRunner

from app.cli import application

POLICY = """\
version: 1
deployments:
  environments:
    - {name: production, aliases: [prod], tier: production}
    - {name: dev, tier: development}
  freezes:
    - start: Sat 22:00
      end: Sun 03:00
      timezone: Europe/Berlin
      reason: "night [work]"
      environments: [production]
"""


@pytest.fixture
def ask(tmp_path):
    file = tmp_path / "policy.yml"
    file.write_text(POLICY, encoding="utf-8")

    def run(*words: str):
        result = CliRunner().invoke(application, ["freeze", *words, "--policy", str(file)])
        return result.exit_code, result.output.strip()

    return run


@pytest.mark.parametrize(
    ("environment", "at", "answer"),
    [
        pytest.param(
            "production",
            "2026-10-25T00:30:00Z",
            (1, "frozen production: night [work], until 2026-10-25 02:00 UTC (Europe/Berlin)"),
            id="in the night that gains an hour",
        ),
        pytest.param(
            "PROD",
            "2026-03-29T00:59:59Z",
            (1, "frozen production: night [work], until 2026-03-29 01:00 UTC (Europe/Berlin)"),
            id="by its alias, in the night that loses an hour",
        ),
        pytest.param(
            "production",
            "2026-03-29T01:00:00Z",
            (0, "free production is not frozen"),
            id="after it",
        ),
        pytest.param(
            "dev", "2026-10-25T00:30:00Z", (0, "free dev is not frozen"), id="another environment"
        ),
    ],
)
def test_a_moment_is_explained(ask, environment, at, answer):
    assert ask(environment, "--at", at) == answer


def test_programs_get_json(ask):
    status, text = ask("production", "--at", "2026-10-25T00:30:00Z", "--json")
    assert (status, json.loads(text)) == (
        1,
        {
            "environment": "production",
            "at": "2026-10-25T00:30:00+00:00",
            "frozen": True,
            "reason": "night [work]",
            "timezone": "Europe/Berlin",
            "until": "2026-10-25T02:00:00+00:00",
        },
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["qa"], "the policy has no environment 'qa'; known are: production, dev"),
        pytest.param(["dev", "--at", "soon"], "--at must be a moment such as"),
    ],
    ids=["an unknown environment", "an unknown moment"],
)
def test_what_cannot_be_answered_is_said(ask, words, message):
    status, text = ask(*words)
    assert status == 2
    assert message in text


def test_a_policy_that_cannot_be_used_is_named_with_its_line(tmp_path):
    file = tmp_path / "policy.yml"
    file.write_text("version: 1\nx: 1\n", encoding="utf-8")
    result = CliRunner().invoke(application, ["freeze", "dev", "--policy", str(file)])
    assert (result.exit_code, "line 2, column 1" in result.output) == (2, True)
