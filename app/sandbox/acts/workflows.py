"""Workflow runs of GitHub Actions: nothing is run, results are set from outside."""

import re
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.acts import suites
from app.sandbox.acts.apps import ACTIONS_APP_ID
from app.sandbox.payloads import checks as show
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.deployments import deployment
from app.sandbox.payloads.repos import api_url
from app.sandbox.problems import ProblemError, not_found
from app.sandbox.world.accounts import Account
from app.sandbox.world.checks import WorkflowRun
from app.sandbox.world.deployments import Deployment
from app.sandbox.world.events import Event
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

FOLDER = ".github/workflows"


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What a run is of; `sha` is what it runs for."""

    sha: str
    path: str = f"{FOLDER}/ci.yml"
    name: str = "CI"
    event: str = "pull_request"
    branch: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)


def start(world: World, repo: Repo, actor: Account, order: RunOrder) -> WorkflowRun:
    """Begin a run with a suite of its own; its jobs are check runs in that suite."""
    suite = suites.new_suite(world, repo, world.apps[ACTIONS_APP_ID], order.sha)
    suite.head_branch = order.branch or suite.head_branch
    earlier = [run for run in repo.workflow_runs.values() if run.path == order.path]
    now = world.now()
    made = WorkflowRun(
        id=world.new_id("workflow_run"),
        workflow_id=workflow_id(world, repo, order.path),
        name=order.name,
        path=order.path,
        event=order.event,
        suite=suite,
        actor=actor,
        created_at=now,
        updated_at=now,
        run_number=len(earlier) + 1,
        inputs=order.inputs,
    )
    repo.workflow_runs[made.id] = made
    tell(world, repo, made, "requested")
    return made


def finish(world: World, repo: Repo, run: WorkflowRun, conclusion: str) -> None:
    """End a run."""
    run.status, run.conclusion, run.updated_at = "completed", conclusion, world.now()
    run.suite.status, run.suite.conclusion = "completed", conclusion
    tell(world, repo, run, "completed")


def rerun(world: World, repo: Repo, run: WorkflowRun) -> None:
    """Begin another attempt of the same run."""
    run.run_attempt += 1
    run.status, run.conclusion, run.updated_at = "queued", None, world.now()
    run.suite.status, run.suite.conclusion = "queued", None
    tell(world, repo, run, "requested")


def dispatch(world: World, repo: Repo, actor: Account, order: RunOrder) -> WorkflowRun:
    """Start a workflow by hand; its file must be on the ref and allow that."""
    entry = repo.git.entry(order.sha, order.path)
    if entry is None:
        raise not_found()
    text = repo.git.blob(entry.sha).decode(errors="replace")
    if "workflow_dispatch" not in text:
        raise ProblemError(422, "Workflow does not have 'workflow_dispatch' trigger")
    run = start(world, repo, actor, order)
    run.name = title(text, order.path)
    body = {"inputs": order.inputs, "ref": f"refs/heads/{order.branch}", "workflow": order.path}
    world.emit(Event("workflow_dispatch", None, actor, body, repo))
    return run


def ask_protection(
    world: World, repo: Repo, run: WorkflowRun, found: Deployment, environment: str
) -> None:
    """Ask the Apps that guard an environment whether a run may deploy to it."""
    callback = f"{api_url(world, repo)}/actions/runs/{run.id}/deployment_protection_rule"
    body = {
        "environment": environment,
        "event": run.event,
        "sha": run.suite.head_sha,
        "ref": f"refs/heads/{run.suite.head_branch}",
        "deployment_callback_url": callback,
        "deployment": deployment(world, repo, found),
        "pull_requests": show.pulls_of(world, repo, run.suite),
    }
    run.status = "waiting"
    world.emit(Event("deployment_protection_rule", "requested", run.actor, body, repo))


def workflow_id(world: World, repo: Repo, path: str) -> int:
    """Return the number of a workflow file, which stays the same for all its runs."""
    if path not in repo.workflow_ids:
        repo.workflow_ids[path] = world.new_id("workflow")
    return repo.workflow_ids[path]


def workflows(world: World, repo: Repo) -> list[tuple[int, str, str]]:
    """Return (number, path, name) of the workflow files on the default branch."""
    tip = repo.git.branch(repo.default_branch)
    if tip is None or repo.git.entry(tip, FOLDER) is None:
        return []
    found = []
    for entry in repo.git.tree(f"{tip}:{FOLDER}"):
        path = f"{FOLDER}/{entry.path}"
        name = title(repo.git.blob(entry.sha).decode(errors="replace"), path)
        found.append((workflow_id(world, repo, path), path, name))
    return found


def title(text: str, path: str) -> str:
    """Read the name that a workflow file gives itself."""
    found = re.search(r"^name:\s*(.+?)\s*$", text, re.MULTILINE)
    return found[1].strip("'\"") if found else path


def tell(world: World, repo: Repo, run: WorkflowRun, action: str) -> None:
    """Emit a `workflow_run` event."""
    body: Json = {
        "workflow_run": show.workflow_run(world, repo, run),
        "workflow": show.workflow(world, repo, (run.workflow_id, run.path, run.name)),
    }
    world.emit(Event("workflow_run", action, run.actor, body, repo))
