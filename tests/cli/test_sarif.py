"""`gatewright check --sarif`: what code scanning and editors read."""

import json

from app.core.sarif import sarif
from app.core.verdict import Blocker, Finding, GateName, Judgement, Outcome, Tier, Verdict
from tests.builders import NOW, subject
from tests.cli.conftest import gatewright
from tests.scan.fakes import github_token

FOUND = Finding("github-token", Tier.BLOCK, "Rotate it.", "src/ä b.py", 3, "ab12" * 10, ("soc2",))
TWIN = Finding("github-token", Tier.BLOCK, "Rotate it.", "src/ä b.py", 9)
NOTED = Finding("entropy", Tier.INFO, "Looks random.", "b.py")
SPOKEN = Finding("github-token", Tier.BLOCK, "Rotate it.", "(commit message)", 1)
BLOCKER = Blocker("SECRETS_FOUND", "the token", "the author", "Rotate it.")


def document(*findings: Finding, outcome: Outcome = Outcome.FAIL):
    verdict = Verdict(
        GateName.SECRETS, outcome, "SECRETS_FOUND", "1 secret found", findings, (BLOCKER,)
    )
    judgement = Judgement(subject(), "p", "s", "f", "gatewright/1.2.3", NOW, (verdict,), verdict)
    return sarif(judgement)["runs"][0]


def test_a_finding_is_a_result_at_its_place():
    [result] = document(FOUND)["results"]
    assert result.pop("partialFingerprints").keys() == {"gatewright/v1"}
    assert result == {
        "ruleId": "github-token",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "Rotate it."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "src/%C3%A4%20b.py", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 3},
                }
            }
        ],
        "properties": {"tier": "block", "tags": ["soc2"], "commit": "ab12" * 10},
    }


def test_fingerprints_stay_when_lines_move_and_tell_twins_apart():
    def marks(*findings: Finding) -> list[str]:
        return [
            each["partialFingerprints"]["gatewright/v1"] for each in document(*findings)["results"]
        ]

    moved = Finding("github-token", Tier.BLOCK, "Rotate it.", "src/ä b.py", 70)
    assert marks(FOUND, TWIN)[0] == marks(moved)[0]
    assert len(set(marks(FOUND, TWIN, NOTED))) == 3


def test_rules_are_listed_once_and_levels_follow_the_tiers():
    run = document(FOUND, TWIN, NOTED)
    assert run["tool"]["driver"] == {
        "name": "gatewright",
        "version": "1.2.3",
        "rules": [{"id": "entropy"}, {"id": "github-token"}],
    }
    told = [(each["level"], each["ruleIndex"]) for each in run["results"]]
    assert told == [("error", 1), ("error", 1), ("note", 0)]


def test_what_is_in_no_file_is_a_notification_of_the_run():
    run = document(SPOKEN)
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert run["results"] == []
    assert [(each["descriptor"]["id"], each["level"]) for each in notes] == [
        ("SECRETS_FOUND", "error"),
        ("SECRETS_FOUND", "error"),
        ("github-token", "error"),
    ]


def test_a_gate_that_cannot_tell_is_no_successful_run():
    outcomes = [document(outcome=each)["invocations"][0]["executionSuccessful"] for each in Outcome]
    assert dict(zip(Outcome, outcomes, strict=True)) == {
        Outcome.PASS: True,
        Outcome.PENDING: True,
        Outcome.ERROR: False,
        Outcome.FAIL: True,
    }


def test_the_command_prints_it_and_keeps_its_status(repo):
    token = github_token("in sarif")
    start = repo.commit({"README.md": "# Widgets\n"})
    head = repo.commit({"src/a.py": f'T = "{token}"\n'}, start)
    done = gatewright("check", "--repo", repo.path, "--base", start, "--head", head, "--sarif")
    [result] = json.loads(done.out)["runs"][0]["results"]
    assert (done.status, result["ruleId"]) == (1, "github-token")
    assert token not in done.out


def test_one_form_at_a_time(repo):
    start = repo.commit({"README.md": "# Widgets\n"})
    words = ("--repo", repo.path, "--base", start, "--head", start, "--json", "--sarif")
    assert "exclude each other" in gatewright("check", *words).complaint
