"""Check runs, suites, annotations, statuses and workflow runs."""

from app.sandbox.payloads.accounts import user
from app.sandbox.payloads.apps import app
from app.sandbox.payloads.commits import simple_commit
from app.sandbox.payloads.common import Json, iso, maybe_iso, node_id
from app.sandbox.payloads.pulls import pull_minimal
from app.sandbox.payloads.repos import api_url, html_url, short_repository
from app.sandbox.world.checks import CheckRun, CheckSuite, Status, WorkflowRun
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


def check_run(world: World, repo: Repo, run: CheckRun) -> Json:
    """Show a check run in REST."""
    url = f"{api_url(world, repo)}/check-runs/{run.id}"
    page = f"{html_url(world, repo)}/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CR", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": iso(run.started_at),
        "completed_at": maybe_iso(run.completed_at),
        "output": {
            "title": run.output.title,
            "summary": run.output.summary,
            "text": run.output.text,
            "annotations_count": len(run.output.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite.id},
        "app": app(world, run.suite.app),
        "pull_requests": pulls_of(world, repo, run.suite),
    }


def event_check_run(world: World, repo: Repo, run: CheckRun) -> Json:
    """Show a check run in webhooks: with the facts of its suite."""
    suite = run.suite
    return check_run(world, repo, run) | {
        "check_suite": {
            "id": suite.id,
            "node_id": node_id("CS", suite.id),
            "head_branch": suite.head_branch,
            "head_sha": suite.head_sha,
            "status": suite.status,
            "conclusion": suite.conclusion,
            "url": f"{api_url(world, repo)}/check-suites/{suite.id}",
            "before": suite.before,
            "after": suite.head_sha,
            "pull_requests": pulls_of(world, repo, suite),
            "app": app(world, suite.app),
            "created_at": iso(suite.created_at),
            "updated_at": iso(suite.updated_at),
        }
    }


def pulls_of(world: World, repo: Repo, suite: CheckSuite) -> list[Json]:
    """Pull requests of the same repository with this head; those of forks are left out."""
    return [
        pull_minimal(world, repo, pull)
        for pull in repo.open_pulls()
        if pull.head_sha == suite.head_sha and pull.head_repo_id == repo.id
    ]


def annotation(world: World, repo: Repo, run: CheckRun, found: Json) -> Json:
    """One annotation; what was not given is null."""
    path = found["path"]
    optional = ("start_column", "end_column", "title", "raw_details")
    return {name: found.get(name) for name in optional} | {
        "path": path,
        "blob_href": f"{html_url(world, repo)}/blob/{run.head_sha}/{path}",
        "start_line": found["start_line"],
        "end_line": found["end_line"],
        "annotation_level": found["annotation_level"],
        "message": found["message"],
    }


def check_suite(world: World, repo: Repo, suite: CheckSuite) -> Json:
    """Show a check suite."""
    url = f"{api_url(world, repo)}/check-suites/{suite.id}"
    runs = sum(run.suite is suite for run in repo.check_runs.values())
    return {
        "id": suite.id,
        "node_id": node_id("CS", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "status": suite.status,
        "conclusion": suite.conclusion,
        "url": url,
        "before": suite.before,
        "after": suite.head_sha,
        "pull_requests": pulls_of(world, repo, suite),
        "app": app(world, suite.app),
        "created_at": iso(suite.created_at),
        "updated_at": iso(suite.updated_at),
        "rerequestable": True,
        "runs_rerequestable": True,
        "latest_check_runs_count": runs,
        "check_runs_url": f"{url}/check-runs",
        "head_commit": simple_commit(repo, suite.head_sha),
        "repository": short_repository(world, repo),
    }


def event_check_suite(world: World, repo: Repo, suite: CheckSuite) -> Json:
    """Show a check suite in webhooks."""
    made = check_suite(world, repo, suite)
    del made["repository"]
    return made


def status(world: World, repo: Repo, found: Status) -> Json:
    """Show a commit status with its creator."""
    return simple_status(world, repo, found) | {"creator": user(world, found.creator)}


def simple_status(world: World, repo: Repo, found: Status) -> Json:
    """Show a commit status inside the combined one."""
    return {
        "url": f"{api_url(world, repo)}/statuses/{found.sha}",
        "avatar_url": f"{world.base_url}/avatars/u/{found.creator.id}?v=4",
        "id": found.id,
        "node_id": node_id("SC", found.id),
        "state": found.state,
        "description": found.description,
        "target_url": found.target_url,
        "context": found.context,
        "created_at": iso(found.created_at),
        "updated_at": iso(found.created_at),
    }


def workflow(world: World, repo: Repo, file: tuple[int, str, str]) -> Json:
    """Show a workflow file, given as number, path and name."""
    key, path, name = file
    api, page = api_url(world, repo), html_url(world, repo)
    return {
        "id": key,
        "node_id": node_id("W", key),
        "name": name,
        "path": path,
        "state": "active",
        "created_at": iso(repo.created_at),
        "updated_at": iso(repo.created_at),
        "url": f"{api}/actions/workflows/{key}",
        "html_url": f"{page}/blob/{repo.default_branch}/{path}",
        "badge_url": f"{page}/workflows/{name}/badge.svg",
    }


def workflow_run(world: World, repo: Repo, run: WorkflowRun) -> Json:
    """Show a workflow run."""
    api = f"{api_url(world, repo)}/actions/runs/{run.id}"
    suite = run.suite
    actor = user(world, run.actor)
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("WFR", run.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "path": run.path,
        "display_title": run.name,
        "run_number": run.run_number,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": run.workflow_id,
        "check_suite_id": suite.id,
        "check_suite_node_id": node_id("CS", suite.id),
        "url": api,
        "html_url": f"{html_url(world, repo)}/actions/runs/{run.id}",
        "pull_requests": pulls_of(world, repo, suite),
        "created_at": iso(run.created_at),
        "updated_at": iso(run.updated_at),
        "actor": actor,
        "triggering_actor": actor,
        "run_attempt": run.run_attempt,
        "run_started_at": iso(run.created_at),
        "referenced_workflows": [],
        "previous_attempt_url": None,
        "jobs_url": f"{api}/jobs",
        "logs_url": f"{api}/logs",
        "check_suite_url": f"{api_url(world, repo)}/check-suites/{suite.id}",
        "artifacts_url": f"{api}/artifacts",
        "cancel_url": f"{api}/cancel",
        "rerun_url": f"{api}/rerun",
        "workflow_url": f"{api_url(world, repo)}/actions/workflows/{run.workflow_id}",
        "head_commit": simple_commit(repo, suite.head_sha),
        "repository": short_repository(world, repo),
        "head_repository": short_repository(world, repo),
    }
