"""`gatewright dora compute`: numbers from a file, for programs and for people."""

import json

import jsonschema
import pytest

from tests.cli.conftest import ROOT, gatewright
from tests.core.dora.builders import REPO, deployed, flat, told
from tests.core.dora.cases import CASES


@pytest.fixture
def compute(tmp_path):
    """Run the command on a case, or on other events in its place."""

    def run(case, *more, content=None):
        events, config = tmp_path / "events.json", tmp_path / "config.json"
        events.write_text(json.dumps(case["events"]) if content is None else content)
        config.write_text(json.dumps(case["config"]))
        query = case["query"]
        options = [("--events", events), ("--config", config)]
        options += [(f"--{key.replace('_', '-')}", value) for key, value in query.items()]
        return gatewright("dora", "compute", *[each for pair in options for each in pair], *more)

    return run


@pytest.mark.parametrize("name", ["G12", "G25a", "G26", "G28a"])
def test_programs_read_the_numbers_of_a_case(compute, name):
    case = CASES[name]
    done = compute(case, "--json")
    document = json.loads(done.out)
    schema = json.loads((ROOT / "docs/schema/dora.v1.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert {key: document[key] for key in case["expected"]} == case["expected"]
    assert (done.status, done.err) == (0, "")


def test_two_files_are_as_good_as_one(compute, tmp_path):
    case = CASES["G18"]
    rest = tmp_path / "rest.json"
    rest.write_text(json.dumps([*case["events"][::2], {}]))
    first = json.dumps([*case["events"][1::2], 17])
    document = json.loads(compute(case, "--events", rest, "--json", content=first).out)
    assert {key: document[key] for key in case["expected"]} == case["expected"]
    places = [each["position"] for each in document["quality"]["set_aside"]]
    assert places == [len(case["events"][1::2]), len(case["events"]) + 1]


def test_the_events_and_rules_of_cases_fit_their_schemas():
    events, rules = (
        jsonschema.Draft202012Validator(
            json.loads((ROOT / f"docs/schema/dora-{name}.v1.json").read_text(encoding="utf-8"))
        )
        for name in ("events", "rules")
    )
    for name in ("G02", "G15", "G28a", "G42"):
        events.validate(CASES[name]["events"])
        rules.validate(CASES[name]["config"])


def test_people_read_a_row_a_metric_and_every_doubt(compute):
    done = compute(CASES["G12"], "--levels", "2023")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.out.splitlines()]
    cells = {row[0]: row[1:] for row in rows if row}
    assert cells["change fail rate"] == ["50.0%", "2", "9.5% to 90.5%", "low"]
    assert cells["lead time of changes"] == ["median 1 h, p90 1 h", "2", "", "elite"]
    assert cells["lead time of pull requests"] == ["unknown", "0", "", ""]
    assert cells["recovery, 0 open"] == ["median 45 min, p90 45 min", "1", "", "elite"]
    assert "NO_INCIDENT_SOURCE 1: " in done.out


def test_what_strangers_wrote_cannot_act_on_a_terminal(compute):
    strange = "[bold]x[/]\x1b[31m"
    events = flat([deployed(strange, "gone", "6"), told("i", "x", "6"), {"type": "commit", **REPO}])
    done = compute(CASES["G38"], content=json.dumps(events))
    assert "SHA_UNKNOWN 1: " in done.out
    assert "[bold]x[/]<U+001B>[31m" in done.out
    assert "  event 2: incident.status: Input should be" in done.out


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("{", "holds no events: not JSON", id="no JSON"),
        pytest.param("{}", "holds no events: not an array of events", id="no array"),
    ],
)
def test_events_that_cannot_be_read_are_refused(compute, content, reason):
    done = compute(CASES["G38"], content=content)
    assert reason in done.complaint


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        pytest.param(("--timezone", "Mars/Crater"), "`Mars/Crater` is no time zone", id="zone"),
        pytest.param(
            ("--to", "2026-01-05T00:00:00Z"), "the window ends before it begins", id="window"
        ),
        pytest.param(("--from", "2026-01-05"), "--from needs a time zone", id="moment"),
        pytest.param(("--events", "gone.json"), "'gone.json' is no file of events", id="no events"),
        pytest.param(("--config", "gone.json"), "'gone.json' is no file of rules", id="no rules"),
        pytest.param(("--levels", "2020"), "--levels: there are levels of 2018", id="no report"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(compute, options, reason):
    assert reason in compute(CASES["G38"], *options).complaint
