"""Payloads of the sandbox beside GitHub's recorded examples: no field is missing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.sandbox.world.apps import HookSettings
from tests.contract.openapi import HOW_TO_GET, NODE
from tests.sandbox import tours
from tests.sandbox.client import EVERYTHING, build_stage, new_box
from tests.sandbox.receiver import Hook, receiving

EXAMPLES = NODE / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
Shape = dict[tuple[str, str | None], set[str]]

# Parts of the examples that depend on what an account happens to have, with the reason.
OPTIONAL = (
    (".permissions.", "each App has its own permissions"),
    (".milestone.", "the sandbox has no milestones"),
    (".license.", "the sandbox has no licences"),
    (".assignee.", "nobody is assigned"),
    (".assignees.[].", "nobody is assigned"),
    (".labels.[].", "the issue has no labels"),
    (".requested_reviewers.[].", "nobody was asked"),
    ("repositories.[].", "the App was installed before there was a repository"),
    ("issue.draft", "only issues that are pull requests have it"),
)
# What consumers read in any case, so that a change of the examples cannot hide a loss.
READ = {
    "pull_request": "number pull_request.head.sha pull_request.head.repo.id pull_request.base.ref"
    " pull_request.base.sha pull_request.user.id pull_request.draft pull_request.merged",
    "pull_request_review": "review.state review.commit_id review.user.id pull_request.head.sha",
    "check_run": "check_run.app.id check_run.head_sha check_run.name check_run.conclusion"
    " check_run.check_suite.id check_run.external_id check_run.pull_requests",
    "check_suite": "check_suite.app.id check_suite.head_sha check_suite.head_branch",
    "push": "ref before after forced created deleted pusher.name commits head_commit",
    "status": "sha context state branches",
    "issue_comment": "comment.id comment.body comment.user.id issue.number",
    "deployment_status": "deployment.id deployment.sha deployment_status.state",
    "workflow_run": "workflow_run.path workflow_run.event workflow_run.check_suite_id",
    "installation": "installation.id installation.account.id installation.permissions",
}


@pytest.fixture(scope="module")
def examples() -> Shape:
    if not EXAMPLES.is_file():
        pytest.skip(HOW_TO_GET)
    found: dict[tuple[str, str | None], list[set[str]]] = {}
    for event in json.loads(EXAMPLES.read_bytes()):
        for example in event["examples"]:
            key = (event["name"], example.get("action"))
            found.setdefault(key, []).append(set(keys(example)))
    return {key: set.intersection(*shapes) for key, shapes in found.items()}


@pytest.fixture(scope="module")
def told() -> list[Hook]:
    with receiving() as receiver:
        for tour in (each for each in tours.ALL if each is not tours.machines.hooks):
            with new_box() as box:
                box.app.events = ("*",)
                box.app.permissions = {"metadata": "read", **EVERYTHING}
                box.app.hook = replace(HookSettings(), url=receiver.url, secret="x")
                tour(build_stage(box))
                box.wait_idle(30)
    return receiver.hooks


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Every path of a JSON value; of a list the first item speaks for all."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield path + name
            yield from keys(inner, f"{path}{name}.")
    elif isinstance(value, list) and value:
        yield from keys(value[0], f"{path}[].")


def test_no_field_of_the_examples_is_missing(examples: Shape, told: list[Hook]) -> None:
    ours: Shape = {}
    for hook in told:
        key = (hook.event, hook.payload.get("action"))
        ours.setdefault(key, set()).update(keys(hook.payload))
    compared = sorted(set(ours) & set(examples), key=str)
    missing = {
        key: sorted(each for each in examples[key] - ours[key] if not optional(each))
        for key in compared
    }
    assert {key: lost for key, lost in missing.items() if lost} == {}
    assert len(compared) >= 40


def optional(path: str) -> bool:
    return any(part in f".{path}" or part in path for part, _ in OPTIONAL)


@pytest.mark.parametrize("event", sorted(READ))
def test_what_consumers_read_is_there(told: list[Hook], event: str) -> None:
    payloads = [hook.payload for hook in told if hook.event == event]
    assert payloads
    wanted = set(READ[event].split())
    for payload in payloads:
        assert wanted - set(keys(payload)) == set()
