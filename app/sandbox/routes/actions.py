"""Workflows and their runs, as far as gates and deployments ask for them."""

from typing import Any

from app.sandbox.acts import suites, workflows
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import checks as show
from app.sandbox.payloads.common import Json, iso, maybe_iso, node_id
from app.sandbox.payloads.repos import api_url, html_url
from app.sandbox.problems import ProblemError, invalid, not_found
from app.sandbox.world.checks import CheckRun, WorkflowRun
from app.sandbox.world.events import Event


def list_runs(call: Call) -> Any:
    """Show runs newest first."""
    found = [run for run in call.repo.workflow_runs.values() if _fits(call, run)][::-1]
    shown = [show.workflow_run(call.world, call.repo, each) for each in call.paged(found)]
    return {"total_count": len(found), "workflow_runs": shown}


def get_run(call: Call) -> Any:
    """Show one run."""
    return show.workflow_run(call.world, call.repo, _run(call))


def list_jobs(call: Call) -> Any:
    """Show the jobs of a run: the check runs of its suite."""
    run = _run(call)
    found = [each for each in call.repo.check_runs.values() if each.suite is run.suite]
    shown = [_job(call, run, each) for each in call.paged(suites.latest(found))]
    return {"total_count": len(shown), "jobs": shown}


def rerun(call: Call) -> Any:
    """Begin another attempt."""
    workflows.rerun(call.world, call.repo, _run(call))
    return Reply(201, {})


def cancel(call: Call) -> Any:
    """End a run that has not ended."""
    run = _run(call)
    if run.status == "completed":
        raise ProblemError(409, "Cannot cancel a workflow run that is completed.")
    workflows.finish(call.world, call.repo, run, "cancelled")
    return Reply(202, {})


def answer_protection(call: Call) -> Any:
    """Note what an App says about a deployment that waits."""
    run = _run(call)
    if run.status != "waiting":
        raise ProblemError(422, "No pending deployment requests to approve or reject")
    state = call.maybe("state", str) or ""
    if state not in {"", "approved", "rejected"}:
        raise invalid("WorkflowRun", "state", "invalid")
    environment = call.need("environment_name", str)
    answer = (environment, state, call.maybe("comment", str) or "")
    run.protection_answers.append(answer)
    if state:
        run.status = "in_progress" if state == "approved" else "completed"
        run.conclusion = None if state == "approved" else "failure"
    return Reply(204)


def list_workflows(call: Call) -> Any:
    """Show the workflow files of the default branch."""
    found = workflows.workflows(call.world, call.repo)
    shown = [show.workflow(call.world, call.repo, each) for each in call.paged(found)]
    return {"total_count": len(found), "workflows": shown}


def dispatch(call: Call) -> Any:
    """Start a workflow by hand on a branch or tag."""
    ref = call.need("ref", str).removeprefix("refs/heads/").removeprefix("refs/tags/")
    sha = call.repo.git.resolve(ref)
    if sha is None:
        raise ProblemError(422, f"No ref found for: {ref}")
    inputs = call.maybe("inputs", dict) or {}
    path = _path(call)
    order = workflows.RunOrder(sha, path, path, "workflow_dispatch", ref, inputs)
    run = workflows.dispatch(call.world, call.repo, call.account, order)
    if not call.maybe("return_run_details", bool):
        return Reply(204)
    return {
        "workflow_run_id": run.id,
        "run_url": f"{api_url(call.world, call.repo)}/actions/runs/{run.id}",
        "html_url": f"{html_url(call.world, call.repo)}/actions/runs/{run.id}",
    }


def repository_dispatch(call: Call) -> Any:
    """Send a custom event to workflows and Apps."""
    body = {
        "branch": call.repo.default_branch,
        "client_payload": call.maybe("client_payload", dict),
    }
    action = call.need("event_type", str)
    call.world.emit(Event("repository_dispatch", action, call.account, body, call.repo))
    return Reply(204)


def _run(call: Call) -> WorkflowRun:
    found = call.repo.workflow_runs.get(call.number("run_id"))
    if found is None:
        raise not_found()
    return found


def _fits(call: Call, run: WorkflowRun) -> bool:
    facts = {
        "head_sha": run.suite.head_sha,
        "event": run.event,
        "branch": run.suite.head_branch,
        "check_suite_id": str(run.suite.id),
        "actor": run.actor.login,
    }
    status = call.query.get("status")
    if status is not None and status not in {run.status, run.conclusion}:
        return False
    return all(call.query.get(name) in {None, value} for name, value in facts.items())


def _path(call: Call) -> str:
    """Return the file of a workflow named by number or by file name."""
    named = call.params["workflow_id"]
    for key, path, _ in workflows.workflows(call.world, call.repo):
        if named in {str(key), path, path.rpartition("/")[2]}:
            return path
    raise not_found()


def _job(call: Call, run: WorkflowRun, job: CheckRun) -> Json:
    api = api_url(call.world, call.repo)
    return {
        "id": job.id,
        "run_id": run.id,
        "run_url": f"{api}/actions/runs/{run.id}",
        "run_attempt": run.run_attempt,
        "node_id": node_id("CR", job.id),
        "head_sha": job.head_sha,
        "url": f"{api}/actions/jobs/{job.id}",
        "html_url": f"{html_url(call.world, call.repo)}/actions/runs/{run.id}/job/{job.id}",
        "status": job.status,
        "conclusion": job.conclusion,
        "created_at": iso(job.started_at),
        "started_at": iso(job.started_at),
        "completed_at": maybe_iso(job.completed_at),
        "name": job.name,
        "steps": [],
        "check_run_url": f"{api}/check-runs/{job.id}",
        "labels": ["ubuntu-latest"],
        "runner_id": None,
        "runner_name": None,
        "runner_group_id": None,
        "runner_group_name": None,
        "workflow_name": run.name,
        "head_branch": run.suite.head_branch,
    }


_REPO = "/repos/{owner}/{repo}"
_RUN = f"{_REPO}/actions/runs/{{run_id}}"
_READ, _WRITE = "actions:read", "actions:write"
ROUTES = (
    Route("GET", f"{_REPO}/actions/runs", list_runs, _READ),
    Route("GET", _RUN, get_run, _READ),
    Route("GET", f"{_RUN}/jobs", list_jobs, _READ),
    Route("POST", f"{_RUN}/rerun", rerun, _WRITE),
    Route("POST", f"{_RUN}/cancel", cancel, _WRITE),
    Route("POST", f"{_RUN}/deployment_protection_rule", answer_protection, "deployments:write"),
    Route("GET", f"{_REPO}/actions/workflows", list_workflows, _READ),
    Route("POST", f"{_REPO}/actions/workflows/{{workflow_id}}/dispatches", dispatch, _WRITE),
    Route("POST", f"{_REPO}/dispatches", repository_dispatch, "contents:write"),
)
