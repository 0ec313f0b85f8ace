"""`gatewright judge`: the pure core on a file, byte for byte."""

import json

import jsonschema
import pytest

from app.core.canonical import facts_to_bytes
from tests.builders import BOB, CAROL, check, facts, review
from tests.cli.conftest import ROOT, gatewright

NOW = "2026-11-20T12:00:00Z"
POLICY = """\
version: 1
gates:
  ci:
    required: [{name: unit}]
"""


@pytest.fixture
def judge(tmp_path):
    """Run the command on facts in a file."""

    def run(seen=None, *more, now=NOW):
        file = tmp_path / "facts.json"
        file.write_bytes(facts_to_bytes(facts() if seen is None else seen))
        return gatewright("judge", "--facts", file, "--now", now, *more)

    return run


@pytest.fixture
def with_policy(tmp_path):
    file = tmp_path / "gatewright.yml"
    file.write_text(POLICY, encoding="utf-8")
    return ("--policy", file)


@pytest.mark.parametrize(
    ("seen", "status", "verdict"),
    [
        pytest.param(facts(reviews=(review(BOB),)), 0, "pass", id="approved"),
        pytest.param(facts(), 1, "pending", id="waiting for an approval"),
        pytest.param(
            facts(reviews=(review(CAROL, "CHANGES_REQUESTED"),)), 1, "fail", id="changes requested"
        ),
        pytest.param(facts(reviews=(review(BOB),), secrets=None), 2, "error", id="not scanned"),
    ],
)
def test_the_status_says_what_the_verdict_says(judge, seen, status, verdict):
    done = judge(seen, "--json")
    document = json.loads(done.out)
    schema = json.loads((ROOT / "docs/schema/judgement.v1.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert (done.status, done.err, document["verdict"]) == (status, "", verdict)


def test_the_same_files_and_moment_give_the_same_bytes(judge, with_policy):
    seen = facts(runs=(check("unit"),), reviews=(review(BOB),))
    first, again = judge(seen, "--json", *with_policy), judge(seen, "--json", *with_policy)
    assert (first.status, first.out) == (0, again.out)
    document = json.loads(first.out)
    assert document["gates"]["ci"]["title"] == "1 required check passed"
    assert first.out == json.dumps(document, indent=2, sort_keys=True) + "\n"


def test_the_same_moment_in_another_zone_gives_the_same_bytes(judge):
    assert judge(None, "--json").out == judge(None, "--json", now="2026-11-20T13:00:00+01:00").out


def test_the_policy_counts_and_without_one_the_defaults(judge, with_policy):
    seen = facts(reviews=(review(BOB),))
    assert (judge(seen).status, judge(seen, *with_policy).status) == (0, 1)
    assert "`unit`" in judge(seen, *with_policy).out


def test_an_invalid_policy_is_a_verdict_as_on_the_server(judge, tmp_path):
    file = tmp_path / "bad.yml"
    file.write_text("version: 3\n", encoding="utf-8")
    done = judge(None, "--json", "--policy", file)
    assert (done.status, json.loads(done.out)["merge"]["code"]) == (2, "POLICY_INVALID")


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        pytest.param("2026-11-20T12:00:00", "needs a time zone", id="no zone"),
        pytest.param("2026-11-20", "needs a time zone", id="a day"),
        pytest.param("yesterday", "must be a moment such as", id="no moment"),
        pytest.param("", "must be a moment such as", id="nothing"),
        pytest.param("0001-01-01T00:00:00+23:00", "must be a moment such as", id="before time"),
    ],
)
def test_a_moment_that_is_none_is_refused(judge, now, reason):
    assert judge(now=now).complaint.startswith(f"--now {reason}")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"{}", "not facts of the version gatewright/facts/1", id="no version"),
        pytest.param(b"\xff{", "not JSON", id="no JSON"),
        pytest.param(b"[" * 100_000, "not JSON", id="deep nesting"),
        pytest.param(
            facts_to_bytes(facts())[:-1] + b',"schema":"gatewright/facts/1"}',
            "a key is repeated",
            id="a key twice",
        ),
        pytest.param(
            facts_to_bytes(facts())[:-1] + b',"extra":1}', "extra", id="a key nobody knows"
        ),
        pytest.param(b'{"schema":"gatewright/facts/1"}', "subject", id="a key is missing"),
    ],
)
def test_facts_that_cannot_be_read_are_refused(tmp_path, content, reason):
    file = tmp_path / "facts.json"
    file.write_bytes(content)
    complaint = gatewright("judge", "--facts", file, "--now", NOW).complaint
    assert complaint.startswith(f"{str(file)!r} cannot be judged: ")
    assert reason in complaint


def test_files_that_are_not_there_are_named(judge, tmp_path):
    missing = tmp_path / "missing"
    reason = "No such file or directory"
    first = gatewright("judge", "--facts", missing, "--now", NOW)
    assert first.complaint == f"{str(missing)!r} is no facts file: {reason}"
    second = judge(None, "--policy", missing)
    assert second.complaint == f"{str(missing)!r} is no policy file: {reason}"
