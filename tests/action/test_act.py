"""Each action in a consumer's workflow, run by act against the sandbox: the READMEs' own samples.

act shows inputs, outputs and failures as a runner would; what the gates decide is tested below.
"""

import re
from pathlib import Path

import pytest

from tests.action.act import Consumer
from tests.action.jobs import REPO, WHOLE, group_event, pull_event
from tests.action.samples import WORKFLOWS, granted, sample
from tests.action.test_deploy import GRANTED, POLICY
from tests.scan.fakes import github_token

GATES = ("compliance", "secrets", "approval", "freshness", "ci")


@pytest.fixture
def consumer(box, jobs, tmp_path) -> Consumer:
    """A repository that uses our actions; its token may do no more than the sample says."""
    folder = tmp_path / "consumer"
    folder.mkdir()
    return Consumer(folder, box.url, jobs.token(WHOLE), {})


def with_token(consumer: Consumer, token: str) -> Consumer:
    return Consumer(consumer.folder, consumer.api, token, consumer.stubs)


def leaking(box):
    token = github_token("through act")
    box.commit(REPO, "leak", {"src/b.py": f'b = 1\nTOKEN = "{token}"\n'}, author="ann")
    return box.open_pull_request(REPO, "leak", author="ann", title="fix: b"), token


def with_outputs(name: str, *outputs: str, more: str = "", after: str = "") -> str:
    """A sample whose step has an id, and a second job that reads what it put out."""
    text = sample(name).replace("      - uses: acme", "      - id: gatewright\n        uses: acme")
    told = "".join(
        f"      {each}: ${{{{ steps.gatewright.outputs.{each} }}}}\n" for each in outputs
    )
    text = text.replace("    steps:\n", f"    outputs:\n{told}    steps:\n", 1)
    reading = "".join(f'          echo "{each}=[$OUT_{i}]"\n' for i, each in enumerate(outputs))
    given = "".join(
        f"          OUT_{i}: ${{{{ needs.gate.outputs.{each} }}}}\n"
        for i, each in enumerate(outputs)
    )
    reader = (
        "  reader:\n    needs: gate\n    if: always()\n    runs-on: ubuntu-24.04\n    steps:\n"
        f"      - env:\n{given}        run: |\n{reading}"
    )
    return text.rstrip("\n") + f"\n{more}{after}{reader}"


@pytest.mark.parametrize("name", ["gatewright", *GATES])
def test_the_sample_workflow_passes_with_no_more_than_the_permissions_it_names(
    consumer, jobs, box, pull, name
):
    mine = with_token(consumer, jobs.token(granted(name)))
    ran = mine.run(sample(name), "pull_request_target", pull_event(box, pull))
    assert (ran.status, ran.job("gate")) == (0, "success"), ran.log("gate")
    assert "**Passed.**" in ran.summary("gate") or "Not required" in ran.summary("gate")


def test_a_verdict_that_is_not_pass_fails_the_job_and_says_where(consumer, box):
    pull, token = leaking(box)
    ran = consumer.run(sample("secrets"), "pull_request_target", pull_event(box, pull))
    assert (ran.status, ran.job("gate")) == (1, "failure")
    [(level, place, message), (_, _, headline)] = ran.annotations("gate")
    assert (level, place["file"], place["line"]) == ("error", "src/b.py", "2")
    assert "github-token" in message
    assert headline == "secrets: 1 secret found"
    assert token not in ran.log("gate") + ran.summary("gate")


def test_outputs_reach_later_jobs_also_from_a_step_that_failed(consumer, box):
    pull, _ = leaking(box)
    text = with_outputs("secrets", "verdict", "findings")
    ran = consumer.run(text, "pull_request_target", pull_event(box, pull))
    assert (ran.job("gate"), ran.job("reader")) == ("failure", "success")
    log = ran.log("reader")
    assert ("verdict=[fail]" in log, "findings=[1]" in log) == (True, True), log


def test_without_enforcement_the_job_only_reports(consumer, box):
    pull, _ = leaking(box)
    text = with_outputs("secrets", "verdict").replace(
        "# v1.0.0\n", "# v1.0.0\n        with:\n          enforce: false\n"
    )
    ran = consumer.run(text, "pull_request_target", pull_event(box, pull))
    assert (ran.status, ran.job("gate")) == (0, "success"), ran.log("gate")
    assert "verdict=[fail]" in ran.log("reader")


def test_a_failure_of_the_action_itself_is_no_verdict_whatever_is_enforced(consumer, pull, box):
    text = with_outputs("secrets", "verdict").replace(
        "# v1.0.0\n", "# v1.0.0\n        with:\n          enforce: false\n          config: ../x\n"
    )
    ran = consumer.run(text, "pull_request_target", pull_event(box, pull))
    assert ran.job("gate") == "failure"
    assert "verdict=[]" in ran.log("reader")


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        pytest.param("gatewright", {"decision": "GO", "failed": "[]"}, id="all"),
        pytest.param("ci", {"missing": "[]"}, id="ci"),
        pytest.param("compliance", {"rules": "[]"}, id="compliance"),
        pytest.param("approval", {"approved-by": '["bob"]'}, id="approval"),
        pytest.param("freshness", {"behind": "0"}, id="freshness"),
    ],
)
def test_each_action_has_the_outputs_of_its_own(consumer, box, pull, name, outputs):
    text = with_outputs(name, "verdict", "findings", *outputs)
    ran = consumer.run(text, "pull_request_target", pull_event(box, pull))
    log = ran.log("reader")
    wanted = {"verdict": "pass", "findings": "0", **outputs}
    assert [key for key, value in wanted.items() if f"{key}=[{value}]" not in log] == [], log


def test_a_merge_group_is_answered_by_the_same_workflow(consumer, box, pull):
    group = box.enqueue(REPO, pull)
    ran = consumer.run(sample("gatewright"), "merge_group", group_event(group))
    assert (ran.status, ran.job("gate")) == (0, "success"), ran.log("gate")


def dispatch(sha: str, environment: str):
    return {"inputs": {"sha": sha, "environment": environment}}


@pytest.mark.parametrize(
    ("environment", "asked", "deployed"),
    [
        pytest.param("dev", "success", True, id="that may go"),
        pytest.param("staging", "failure", False, id="whose turn it is not"),
        pytest.param("production", "failure", False, id="that people have to agree to"),
    ],
)
def test_a_deployment(consumer, jobs, box, *, environment, asked, deployed):
    box.commit(REPO, "main", {".github/gatewright.yml": POLICY}, author="carol")
    for name in ("dev", "staging", "production"):
        box.add_environment(REPO, name)
    sha = box.sha(REPO, "main")
    mine = with_token(consumer, jobs.token(GRANTED))
    ran = mine.run(sample("deploy"), "workflow_dispatch", dispatch(sha, environment))
    assert ran.job("ask") == asked, ran.log("ask")
    assert (f"deploying {sha}" in ran.log("deploy")) == deployed


UPLOAD = """\
name: stub
description: What is kept
inputs: {name: {description: n}, path: {description: p}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {FOLDER: "${{ inputs.path }}"}
      run: ls "$FOLDER" && cd "$FOLDER" && sha256sum --check SHA256SUMS
"""


def test_evidence_is_kept_also_of_a_pull_request_that_fails(consumer, box, tmp_path):
    pull, _ = leaking(box)
    stub = tmp_path / "upload"
    stub.mkdir()
    (stub / "action.yml").write_text(UPLOAD)
    text = sample("evidence")
    reference = next(line.split()[1] for line in text.splitlines() if "upload-artifact@" in line)
    mine = Consumer(consumer.folder, consumer.api, consumer.token, {reference: stub})
    ran = mine.run(text, "pull_request_target", pull_event(box, pull))
    assert ran.job("gate") == "failure"
    log = ran.log("gate")
    missing = [name for name in ("facts.json", "judgement.json") if f"{name}: OK" not in log]
    assert missing == [], log


OWN = Path(__file__).parents[2] / ".github/workflows/gatewright.yml"


@pytest.mark.parametrize("ended", ["success", "failure"])
def test_the_workflow_of_this_repository_uses_the_actions_beside_it(consumer, box, pull, ended):
    judged = pull if ended == "success" else leaking(box)[0]
    ran = consumer.run(OWN.read_text(), "pull_request_target", pull_event(box, judged))
    assert ran.job("gates") == ended, ran.log("gates")
    gates = ("secrets", "compliance", "freshness")
    shown = [gate for gate in gates if f"## Gatewright: {gate}" in ran.summary("gates")]
    assert shown == list(gates)


@pytest.mark.parametrize(
    ("prepared", "verdict"),
    [
        pytest.param(False, "fail", id="blocked"),
        pytest.param(True, "pass", id="with the page's policy"),
    ],
)
def test_the_gate_compliance_and_a_pull_request_that_brings_the_sample(
    jobs, box, prepared, verdict
):
    page = (Path(__file__).parents[2] / "actions/README.md").read_text(encoding="utf-8")
    [policy] = re.findall(r"```yaml\n(version: 1\n.*?)```", page, re.DOTALL)
    if prepared:
        box.commit(REPO, "main", {".github/gatewright.yml": policy}, author="carol")
    added = {".github/workflows/gatewright.yml": sample("gatewright")}
    box.commit(REPO, "add", added, author="ann", parents=(box.sha(REPO, "main"),))
    pull = box.open_pull_request(REPO, "add", author="ann", title="ci: add the gate")
    assert jobs.run("gate compliance", pull_event(box, pull)).verdict == verdict


def test_every_sample_is_run_here():
    names = {path.stem for path in Path(WORKFLOWS).glob("*.yml")}
    assert names == {"gatewright", "deploy", "evidence", *GATES}
