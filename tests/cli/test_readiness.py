"""`gatewright readiness judge`: a report from a file, for people and for programs."""

import json

import jsonschema
import pytest

from app.core.readiness.evidence import Unit
from app.core.readiness.reading import facts_to_bytes
from app.core.readiness.rules import STANDARD
from tests.cli.conftest import ROOT, gatewright
from tests.core.readiness.builders import evidence, facts

NOW = "2026-03-02T12:00:00Z"
(CVSS,) = (rule for rule in STANDARD["staging"] if rule.name == "cvss")


@pytest.fixture
def judge(tmp_path):
    """Run the command on facts about one gate."""

    def run(value: str | None, *more):
        seen = () if value is None else (evidence("cvss", value, Unit.SCORE),)
        file = tmp_path / "facts.json"
        file.write_bytes(facts_to_bytes(facts(*seen, rules=(CVSS,))))
        return gatewright("readiness", "judge", file, "--now", NOW, *more)

    return run


@pytest.mark.parametrize(
    ("value", "status", "decision"),
    [
        pytest.param("3.9", 0, "GO", id="below the limit"),
        pytest.param("4.0", 1, "PAUSE & FIX", id="at the limit"),
        pytest.param(None, 2, "SHADOW ONLY", id="nobody measured"),
    ],
)
def test_the_status_says_what_the_decision_says(judge, value, status, decision):
    done = judge(value, "--json")
    schema = json.loads((ROOT / "docs/schema/readiness.v1.json").read_text(encoding="utf-8"))
    document = json.loads(done.out)
    jsonschema.validate(document, schema)
    assert (done.status, done.err, document["decision"]) == (status, "", decision)


def test_people_read_stages_and_what_would_change_it(judge):
    out = judge("9.8").out
    assert "integration assessment" in out
    assert "cvss GATE_MISSED: Change the commit, and measure it again." in out
    assert "PAUSE & FIX cvss: 9.8 score" in out


@pytest.mark.parametrize("content", [None, b"{}"], ids=["no file", "no facts"])
def test_what_is_no_file_of_facts_ends_with_one_sentence(tmp_path, content):
    file = tmp_path / "facts.json"
    if content is not None:
        file.write_bytes(content)
    done = gatewright("readiness", "judge", file)
    assert done.status == 2
    assert done.err.startswith("gatewright: ")
    assert str(file) in done.err.replace("\n", "")
