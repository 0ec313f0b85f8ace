"""Deployment gates from evidence to deployment: real tokens, real git, nothing just believed."""

import json
from datetime import datetime

import pytest

from app.core.readiness.document import report_document
from app.core.readiness.judge import judge
from app.core.readiness.reading import facts_from_bytes
from app.store import verdicts
from tests.service.chatops.acting import answers, last, pass_time, push, recorded, status_comments
from tests.service.chatops.conftest import WORKFLOW, Play
from tests.service.chatops.handing import QUALITY, hand_in, item
from tests.service.conftest import REPO

SCANNER = 57789
POLICY = f"""\
version: 1
deployments:
  evidence:
    - {{kind: coverage, workflow: {QUALITY}}}
    - {{kind: cvss, check: scan, app: {{app}}}}
    - {{kind: speed, workflow: {QUALITY}}}
  environments:
    - name: dev
      tier: development
      workflow: deploy.yml
      peer_review: false
      gates: {{rules: [{{rule}}]}}
"""
COVERAGE = "{name: coverage, at_least: 80, unit: percent}"
CVSS = "{name: cvss, below: 4.0, unit: score}"
SPEED = "{name: speed, within: 10}"
MEASURE = "on: pull_request\njobs: {a: {runs-on: x, steps: [{run: make coverage}]}}\n"


def with_gate(play: Play, rule: str = COVERAGE, app: int = SCANNER) -> None:
    """Bring a policy with one gate to the default branch, and that to the pull request."""
    files = {
        ".github/gatewright.yml": POLICY.replace("{app}", str(app)).replace("{rule}", rule),
        ".github/workflows/deploy.yml": WORKFLOW,
        QUALITY: MEASURE,
    }
    play.box.commit(REPO, "main", files, author="carol")
    play.box.commit(REPO, "fix", files, author="ann")
    play.bot.settle()


@pytest.fixture
def gated(play) -> Play:
    """A pull request on top of a policy that asks for coverage before development."""
    with_gate(play)
    return play


def waiting(play: Play) -> str:
    """Ask for development, and return the comment that says what it waits for."""
    play.say("bob", "/deploy dev")
    assert play.states()[-1] == "gating"
    return status_comments(play)[-1]


def test_a_deployment_waits_for_its_evidence_and_goes_on_by_itself(gated):
    assert "nobody handed in evidence" in waiting(gated)
    assert hand_in(gated, item("coverage", "83.5", n=5120)).status_code == 201
    assert gated.states() == ["deploying"]
    gated.finish()
    assert last(gated) == ("succeeded", "healthy")


def test_each_step_s_evidence_gives_the_same_report_again(gated):
    hand_in(gated, item("coverage", "83.5"))
    gated.say("bob", "/deploy dev")
    (entry,) = [each for each in recorded(gated, "deployment.moved") if "readiness" in each]
    assert entry["code"] == "gates_passed"
    with gated.bot.parts.database.read() as connection:
        bodies = [
            verdicts.read_detail(connection, entry[name])
            for name in ("readiness_facts", "readiness")
        ]
    facts, report = facts_from_bytes(bodies[0]), json.loads(bodies[1])
    again = report_document(judge(facts, datetime.fromisoformat(report["decided_at"])))
    assert again == report
    assert report["decision"] == "GO"


def test_a_missed_limit_blocks_and_says_by_what(gated):
    hand_in(gated, item("coverage", "79.99"))
    gated.say("bob", "/deploy dev")
    assert last(gated) == ("blocked", "gate_failed")
    text = status_comments(gated)[-1]
    assert "**PAUSE &amp; FIX**: coverage: 79\\.99 percent" in text
    assert "❌ FAIL" in text


def test_without_evidence_in_time_it_is_blocked_and_never_passes(gated):
    waiting(gated)
    pass_time(gated, minutes=16)
    assert last(gated) == ("blocked", "gate_inconclusive")
    assert "**SHADOW ONLY**" in status_comments(gated)[-1]
    assert gated.runs() == []


def test_evidence_of_the_commit_before_a_push_is_not_enough(gated):
    hand_in(gated, item("coverage", "99"))
    push(gated)
    assert "nobody handed in evidence" in waiting(gated)


def test_T34_evidence_of_the_same_tree_counts_after_a_squash(gated):
    tree = gated.box.find_repo(REPO).git.commit(gated.head).tree
    hand_in(gated, item("coverage", "99"), tree=tree)
    gated.box.merge(REPO, gated.number, "squash", "carol")
    gated.bot.settle()
    landed = gated.box.sha(REPO, "main")
    gated.say("carol", f"/deploy dev --sha {landed}")
    # The pull request is closed; its commit is asked for from another one.
    gated.box.commit(REPO, "more", {"b.txt": "b\n"}, author="ann")
    other = gated.box.open_pull_request(REPO, "more", author="ann", title="more")
    gated.bot.settle()
    gated.box.comment(REPO, other.number, "carol", f"/deploy dev --sha {landed}")
    gated.bot.settle()
    assert last(gated) == ("deploying", "gates_passed")


# Who may measure


def objected(play: Play) -> str:
    """Ask for development, and return why what was handed in does not count."""
    text = waiting(play)
    return next(code for code in ("EVIDENCE_UNTRUSTED", "EVIDENCE_MISSING") if code in text)


def test_F15_a_pull_request_cannot_change_the_workflow_that_measures_it(gated):
    push(gated)
    gated.box.commit(REPO, "fix", {QUALITY: MEASURE + "# 100%\n"}, author="ann")
    gated.bot.settle()
    hand_in(gated, item("coverage", "100"))
    assert objected(gated) == "EVIDENCE_UNTRUSTED"


STRANGERS = {
    "another workflow": {"path": ".github/workflows/mine.yml"},
    "a workflow called from elsewhere": {"called": "evil/ci/.github/workflows/quality.yml@main"},
    "a run for another commit": {"run_for": "main"},
    "a push elsewhere": {"event": "push", "run_for": "main", "ref": "refs/heads/fix"},
    # The trial merge takes the workflow's text from the base, which the author wrote as well.
    "a pull request into a branch of the author's own": {"base": "mine"},
    "the base's workflow of a branch of the author's own": {
        "event": "pull_request_target",
        "base": "mine",
        "ref": "refs/heads/mine",
    },
    "a review of a pull request, whose base no token names": {
        "event": "pull_request_review",
        "base": "",
    },
}


@pytest.mark.parametrize("order", STRANGERS.values(), ids=STRANGERS)
def test_what_another_run_hands_in_counts_for_nothing(gated, order):
    given = dict(order)
    if given.get("run_for") == "main":
        given["run_for"] = gated.box.sha(REPO, "main")
    assert hand_in(gated, item("coverage", "100"), **given).status_code == 201
    assert objected(gated) == "EVIDENCE_UNTRUSTED"


def test_what_strangers_hand_in_does_not_crowd_out_what_counts(gated):
    hand_in(gated, item("coverage", "90"))
    noise = [item("coverage", str(each), n=each) for each in range(25)]
    hand_in(gated, *noise, path=".github/workflows/mine.yml")
    gated.say("bob", "/deploy dev")
    assert last(gated) == ("deploying", "gates_passed")


TRUSTED = {
    "the branch's own push": {"event": "push", "ref": "refs/heads/fix"},
    "the default branch's workflow, for any commit": {
        "event": "workflow_dispatch",
        "ref": "refs/heads/main",
    },
}


@pytest.mark.parametrize("order", TRUSTED.values(), ids=TRUSTED)
def test_what_the_reviewed_workflow_hands_in_counts(gated, order):
    hand_in(gated, item("coverage", "100"), **order)
    gated.say("bob", "/deploy dev")
    assert last(gated) == ("deploying", "gates_passed")


def test_a_called_workflow_is_pinned_by_its_ref(play):
    called = "acme/ci/.github/workflows/measure.yml@refs/heads/main"
    files = {
        ".github/gatewright.yml": POLICY.replace(QUALITY, called, 1)
        .replace("{app}", "1")
        .replace("{rule}", COVERAGE),
        ".github/workflows/deploy.yml": WORKFLOW,
    }
    play.box.commit(REPO, "main", files, author="carol")
    hand_in(play, item("coverage", "100"), called=called.replace("main", "evil"))
    assert objected(play) == "EVIDENCE_UNTRUSTED"
    hand_in(play, item("coverage", "100"), called=called)
    assert last(play) == ("deploying", "gates_passed")


# Check runs


def number(value: str) -> dict[str, object]:
    block = json.dumps([item("cvss", value, "score")])
    return {"title": "t", "summary": f"Scanned.\n\n```gatewright\n{block}\n```\n"}


@pytest.fixture
def scanned(play) -> Play:
    """A policy that asks a scanner's check for the worst vulnerability."""
    scanner = play.box.add_app("scanner", permissions={"checks": "write"})
    with_gate(play, CVSS, scanner.id)
    play.bot.settle()
    return play


@pytest.mark.parametrize(
    ("conclusion", "output", "expected"),
    [
        pytest.param("success", number("3.9"), ("deploying", "gates_passed"), id="below"),
        pytest.param("success", number("4.0"), ("blocked", "gate_failed"), id="at the limit"),
        pytest.param("success", number("NaN"), ("gating", "slot_free"), id="T84 NaN"),
        pytest.param(
            "success",
            {"title": "t", "summary": "```gatewright\n{\n```"},
            ("gating", "slot_free"),
            id="a block that is no JSON",
        ),
        pytest.param(
            "success",
            {"title": "t", "summary": "cvss: 1.0"},
            ("gating", "slot_free"),
            id="a success without a number",
        ),
    ],
)
def test_a_check_s_output_holds_the_number(scanned, conclusion, output, expected):
    scanned.box.post_check(
        REPO,
        scanned.head,
        "scan",
        "scanner",
        status="completed",
        conclusion=conclusion,
        output=output,
    )
    scanned.say("bob", "/deploy dev")
    assert last(scanned) == expected


def test_the_same_check_of_another_app_counts_for_nothing(scanned):
    scanned.box.post_check(
        REPO, scanned.head, "scan", status="completed", conclusion="success", output=number("0")
    )
    assert "EVIDENCE_MISSING" in waiting(scanned)


def test_F15_numbers_in_checks_of_actions_count_for_nothing(play):
    with_gate(play, CVSS, 15368)
    play.box.post_check(
        REPO, play.head, "scan", status="completed", conclusion="success", output=number("0")
    )
    assert "EVIDENCE_OTHER_UNIT" in waiting(play)


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("success", ("deploying", "gates_passed")),
        ("failure", ("blocked", "gate_failed")),
        ("neutral", ("gating", "slot_free")),
        ("skipped", ("gating", "slot_free")),
    ],
)
def test_a_check_s_conclusion_is_a_yes_or_no_or_nothing(play, conclusion, expected):
    with_gate(play, "{name: cvss, passes: true}", 15368)
    play.box.post_check(REPO, play.head, "scan", status="completed", conclusion=conclusion)
    play.say("bob", "/deploy dev")
    assert last(play) == expected


def test_a_yes_in_the_text_of_a_check_that_failed_is_none(play):
    """A linter repeats lines of code; one of them may be the fence of a block."""
    scanner = play.box.add_app("scanner", permissions={"checks": "write"})
    with_gate(play, "{name: cvss, passes: true}", scanner.id)
    block = json.dumps([item("cvss", "1", "passed")])
    output = {"title": "t", "summary": f"Line 7:\n\n```gatewright\n{block}\n```\n"}
    play.box.post_check(
        REPO,
        play.head,
        "scan",
        "scanner",
        status="completed",
        conclusion="failure",
        output=output,
    )
    play.say("bob", "/deploy dev")
    assert last(play) == ("blocked", "gate_failed")


def test_A13_a_job_of_the_same_name_in_another_workflow_takes_no_no_back(play):
    with_gate(play, "{name: cvss, passes: true}", 15368)
    for path, conclusion in (("ci.yml", "failure"), ("mine.yml", "success")):
        run = play.box.start_workflow(REPO, play.head, "ann", path=f".github/workflows/{path}")
        said = {"status": "completed", "conclusion": conclusion}
        play.box.post_check_in(REPO, run.suite, "scan", **said)
    play.say("bob", "/deploy dev")
    assert last(play) == ("blocked", "gate_failed")


# Compared with what is live


def test_performance_is_held_against_the_version_that_is_live(play):
    with_gate(play, SPEED)
    hand_in(play, item("speed", "100", "ms"))
    play.say("bob", "/deploy dev")
    play.finish()
    assert last(play) == ("succeeded", "healthy")
    push(play)
    hand_in(play, item("speed", "110.1", "ms"))
    play.say("bob", "/deploy dev")
    assert last(play) == ("blocked", "gate_failed")
    push(play, "a = 4\n")
    hand_in(play, item("speed", "110", "ms"))
    play.say("bob", "/deploy dev")
    assert last(play) == ("deploying", "gates_passed")


# Questions


def test_gates_shows_what_is_proven_before_anybody_asks(gated):
    gated.say("bob", "/gates dev")
    text = answers(gated)[-1]
    assert "#### `dev`" in text
    assert "**SHADOW ONLY**: coverage: nobody handed in evidence" in text
    assert "Hand in coverage of this commit" in text
    assert gated.past() == ()
    hand_in(gated, item("coverage", "83.5", n=5120, source="pytest-cov"))
    gated.say("bob", "/gates")
    text = answers(gated)[-1]
    assert "| `coverage` | ✅ PASS | 83\\.5 percent (`GATE_KEPT`) | ≥ 80 percent | 5,120 |" in text
    assert "`pytest-cov`" in text


def test_gates_of_a_commit_that_nobody_reviewed_are_not_shown(gated):
    gated.say("bob", f"/gates dev --sha {'5' * 40}")
    assert "`sha_not_protected`" in answers(gated)[-1]


def test_a_simulation_names_the_gate_that_stops(gated):
    gated.say("bob", "/simulate deploy dev")
    assert "- waits: coverage: nobody handed in evidence" in answers(gated)[-1]
