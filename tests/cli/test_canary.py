"""`gatewright canary judge`: a decision from a file, for people and for programs."""

import json

import jsonschema
import pytest

from app.core.canary.samples import Samples
from tests.cli.conftest import ROOT, gatewright
from tests.core.canary.builders import canary, minutes, ratio, samples, scalar
from tests.core.canary.files import text_of

NOW = "2026-11-20T12:30:00Z"
FAILING = samples(canary=canary(minutes=minutes(errors=400)))
UNKNOWN = samples(compliance=None)


@pytest.fixture
def judge(tmp_path):
    """Run the command on samples in a file."""

    def run(seen: Samples, *more, now=NOW):
        file = tmp_path / "samples.json"
        file.write_text(text_of(seen), encoding="utf-8")
        return gatewright("canary", "judge", file, "--now", now, *more)

    return run


@pytest.mark.parametrize(
    ("seen", "status", "decision"),
    [
        pytest.param(samples(), 0, "GO", id="healthy"),
        pytest.param(FAILING, 1, "PAUSE & FIX", id="errors"),
        pytest.param(UNKNOWN, 2, "SHADOW ONLY", id="no compliance score"),
    ],
)
def test_the_status_says_what_the_decision_says(judge, seen, status, decision):
    done = judge(seen, "--json")
    document = json.loads(done.out)
    schema = json.loads((ROOT / "docs/schema/canary-verdict.v1.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert (done.status, done.err, document["decision"]) == (status, "", decision)


def test_the_same_file_and_moment_give_the_same_bytes(judge):
    assert judge(FAILING, "--json").out == judge(FAILING, "--json").out


def test_people_read_a_row_a_check_and_what_would_change_it(judge):
    lines = judge(FAILING).out.splitlines()
    rows = [line.split() for line in lines]
    assert rows[0] == ["check", "result", "measured", "limit", "n", "95%", "age"]
    assert ["compliance", "PASS"] in [row[:2] for row in rows]
    assert ["error_burst", "(trigger)", "FAIL"] in [row[:3] for row in rows]
    assert "  what would change it: Roll back; fix it and start a new canary." in lines
    assert lines[-1].startswith("PAUSE & FIX error_burst: 6,000 of 90,000 requests errors")


def test_a_check_without_counts_says_so(judge):
    lines = judge(scalar(error_rate=ratio("0"))).out.splitlines()
    assert "  error_rate: n unknown" in lines


def test_old_samples_do_not_go(judge):
    done = judge(samples(), now="2026-11-20T13:30:00Z")
    assert done.status == 2
    assert "CANARY_STALE" in done.out


def test_without_a_moment_it_is_now(tmp_path):
    file = tmp_path / "samples.json"
    file.write_text(text_of(samples(observed_at=samples().traffic_start)), encoding="utf-8")
    done = gatewright("canary", "judge", file, "--json")
    codes = {each["code"] for each in json.loads(done.out)["checks"]}
    assert codes & {"CANARY_STALE", "CANARY_FUTURE"}


def test_limits_of_a_file_count(judge, tmp_path):
    file = tmp_path / "limits.json"
    file.write_text('{"schema": "gatewright/canary-limits/1", "expected": ["duration"]}')
    assert judge(UNKNOWN, "--limits", file).status == 0


def test_what_strangers_wrote_cannot_act_on_a_terminal(judge):
    done = judge(samples(source="[bold]x[/] \x1b[31m\u202e"))
    assert "[bold]x[/] <U+001B>[31m<U+202E>" in done.out


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("{}", "not of the version gatewright/canary-samples/1", id="no version"),
        pytest.param("{", "not JSON", id="no JSON"),
        pytest.param(text_of(samples()).replace('"fresh"', '"old"'), "baseline.kind: ", id="place"),
    ],
)
def test_samples_that_cannot_be_read_are_refused(tmp_path, content, reason):
    file = tmp_path / "samples.json"
    file.write_text(content, encoding="utf-8")
    complaint = gatewright("canary", "judge", file, "--now", NOW).complaint
    assert complaint.startswith(f"{str(file)!r} cannot be judged: {reason}")


def test_limits_that_cannot_be_read_are_refused(judge, tmp_path):
    file = tmp_path / "limits.json"
    file.write_text("[]", encoding="utf-8")
    complaint = judge(samples(), "--limits", file).complaint
    assert complaint.startswith(f"{str(file)!r} holds no limits: not of the version")


def test_files_that_are_not_there_are_named(judge, tmp_path):
    missing = tmp_path / "missing"
    done = gatewright("canary", "judge", missing, "--now", NOW)
    assert done.complaint == f"{str(missing)!r} is no file of samples: No such file or directory"
    done = judge(samples(), "--limits", missing)
    assert done.complaint == f"{str(missing)!r} is no file of limits: No such file or directory"


def test_a_moment_without_a_zone_is_refused(judge):
    complaint = judge(samples(), now="2026-11-20T12:30:00").complaint
    assert complaint.startswith("--now needs a time zone")
