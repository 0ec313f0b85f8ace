"""Deployments: contexts, auto-merge, auto-inactive."""

from typing import Any

import pytest

from tests.sandbox.client import REPO, Stage
from tests.sandbox.receiver import receiving

R = f"/repos/{REPO}"
DEPLOYMENTS = f"{R}/deployments"


def deploy(stage: Stage, environment: str = "staging", **more: Any) -> Any:
    body = {"ref": "feature", "required_contexts": [], "auto_merge": False, **more}
    return stage.bot.post(DEPLOYMENTS, {**body, "environment": environment})


def test_70_pending_check_of_anybody_is_a_conflict(stage: Stage) -> None:
    stage.box.post_check(REPO, stage.head, "gate", "gatewright", status="in_progress")
    answer = stage.bot.send("POST", DEPLOYMENTS, {"ref": "feature", "auto_merge": False})
    assert answer.status == 409
    assert answer.body["errors"][0]["contexts"] == [{"context": "gate", "state": "pending"}]


def test_required_contexts_name_what_must_be_green(stage: Stage) -> None:
    stage.box.post_check(REPO, stage.head, "ci", conclusion="success")
    stage.box.post_status(REPO, stage.head, "slow", "pending")
    assert "id" in deploy(stage, required_contexts=["ci"])
    assert "errors" in deploy(stage, required_contexts=["ci", "none"])


def test_70_auto_merge_answers_202_and_makes_no_deployment(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    body = {"ref": "feature", "required_contexts": []}
    answer = stage.bot.send("POST", DEPLOYMENTS, body)
    message = "Auto-merged main into feature on deployment."
    assert (answer.status, answer.body) == (202, {"message": message})
    assert stage.bot.get(DEPLOYMENTS) == []
    assert stage.bot.send("POST", DEPLOYMENTS, body).status == 201


def test_unknown_ref_is_422(stage: Stage) -> None:
    assert stage.bot.send("POST", DEPLOYMENTS, {"ref": "none"}).status == 422


def states(stage: Stage, made: Any) -> list[str]:
    return [each["state"] for each in stage.bot.get(f"{DEPLOYMENTS}/{made['id']}/statuses")]


@pytest.mark.parametrize(
    ("first", "states_after"),
    [
        ({}, ["inactive", "success"]),
        ({"transient_environment": True}, ["success"]),
        ({"production_environment": True}, ["success"]),
    ],
    ids=["plain", "transient stays", "production stays"],
)
def test_72_success_retires_older_deployments(
    stage: Stage, first: dict[str, bool], states_after: list[str]
) -> None:
    old, other, new = deploy(stage, **first), deploy(stage, "elsewhere"), deploy(stage)
    for made in (old, other, new):
        stage.bot.post(f"{DEPLOYMENTS}/{made['id']}/statuses", {"state": "success"})
    assert states(stage, old) == states_after
    assert (states(stage, other), states(stage, new)) == (["success"], ["success"])


def test_inactive_is_not_told(stage: Stage) -> None:
    made = deploy(stage)
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        for state in ("in_progress", "success", "inactive"):
            stage.bot.post(f"{DEPLOYMENTS}/{made['id']}/statuses", {"state": state})
        stage.box.wait_idle()
    told = [hook.payload["deployment_status"]["state"] for hook in receiver.hooks]
    assert told == ["in_progress", "success"]


def test_reader_cannot_deploy(stage: Stage) -> None:
    assert stage.outsider.send("POST", DEPLOYMENTS, {"ref": "feature"}).status == 403


def test_dispatched_workflow_runs_on_the_ref_with_its_inputs(stage: Stage) -> None:
    text = "name: Deploy\non:\n  workflow_dispatch:\n"
    sha = stage.box.commit(REPO, "main", {".github/workflows/d.yml": text}, author="alice")
    path = f"{R}/actions/workflows/d.yml/dispatches"
    assert stage.bob.send("POST", path, {"ref": "main", "inputs": {"sha": "x"}}).status == 204
    (run,) = stage.box.find_repo(REPO).workflow_runs.values()
    assert (run.suite.head_sha, run.event, run.inputs) == (sha, "workflow_dispatch", {"sha": "x"})
    assert stage.bot.send("POST", path, {"ref": "main"}).status == 204
    assert stage.outsider.send("POST", path, {"ref": "main"}).status == 403


def test_workflow_without_the_trigger_cannot_be_dispatched(stage: Stage) -> None:
    files = {".github/workflows/d.yml": "on: push\n"}
    stage.box.commit(REPO, "main", files, author="alice")
    path = f"{R}/actions/workflows/d.yml/dispatches"
    assert stage.bob.send("POST", path, {"ref": "main"}).status == 422
