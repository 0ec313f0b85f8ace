"""Check runs."""

from typing import Any

from app.sandbox.acts import checks, suites
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import checks as show
from app.sandbox.payloads.common import Json
from app.sandbox.problems import ProblemError, not_found
from app.sandbox.world.apps import App
from app.sandbox.world.checks import CheckRun


def create_run(call: Call) -> Any:
    """Make a new check run of the calling App."""
    app = _app(call)
    sha = call.need("head_sha", str)
    made = checks.post_check(call.world, call.repo, app, sha, call.fields)
    return Reply(201, show.check_run(call.world, call.repo, made))


def update_run(call: Call) -> Any:
    """Change one of the App's own runs."""
    run = _own_run(call)
    checks.update_run(call.world, call.repo, run, call.fields)
    return show.check_run(call.world, call.repo, run)


def get_run(call: Call) -> Any:
    """One check run."""
    return show.check_run(call.world, call.repo, _run(call))


def list_annotations(call: Call) -> Any:
    """Show the annotations of a run, all that were ever added."""
    run = _run(call)
    found = call.paged(run.output.annotations)
    return [show.annotation(call.world, call.repo, run, each) for each in found]


def rerequest_run(call: Call) -> Any:
    """Ask for the check again."""
    checks.rerequest(call.world, call.repo, _run(call), call.account)
    return Reply(201, {})


def list_for_ref(call: Call) -> Any:
    """Show the runs on a commit; `latest` is the newest of each name within each suite."""
    sha = call.commit_sha()
    found = [run for run in call.repo.check_runs.values() if run.head_sha == sha]
    wanted = call.query.get("app_id")
    if wanted is not None:
        found = [run for run in found if str(run.suite.app.id) == wanted]
    return _listed(call, found)


def list_for_suite(call: Call) -> Any:
    """Show the runs of a suite."""
    key = call.number("check_suite_id")
    if key not in call.repo.suites:
        raise not_found()
    return _listed(call, [r for r in call.repo.check_runs.values() if r.suite.id == key])


def _listed(call: Call, found: list[CheckRun]) -> Json:
    if call.query.get("filter", "latest") == "latest":
        found = suites.latest(found)
    for name, attribute in (("check_name", "name"), ("status", "status")):
        wanted = call.query.get(name)
        if wanted is not None:
            found = [run for run in found if getattr(run, attribute) == wanted]
    found.sort(key=lambda run: (run.started_at, run.id), reverse=True)
    shown = [show.check_run(call.world, call.repo, each) for each in call.paged(found)]
    return {"total_count": len(found), "check_runs": shown}


def _run(call: Call) -> CheckRun:
    found = call.repo.check_runs.get(call.number("check_run_id"))
    if found is None:
        raise not_found()
    return found


def _app(call: Call) -> App:
    if call.app is None:
        raise ProblemError(403, "You must authenticate via a GitHub App.")
    return call.app


def _own_run(call: Call) -> CheckRun:
    app, run = _app(call), _run(call)
    if run.suite.app is not app:
        raise ProblemError(403, f"Invalid app_id `{app.id}` - the check run belongs to another App")
    return run


_REPO = "/repos/{owner}/{repo}"
_RUN = f"{_REPO}/check-runs/{{check_run_id}}"
_READ, _WRITE = "checks:read", "checks:write"
ROUTES = (
    Route("POST", f"{_REPO}/check-runs", create_run, _WRITE),
    Route("GET", _RUN, get_run, _READ),
    Route("PATCH", _RUN, update_run, _WRITE),
    Route("GET", f"{_RUN}/annotations", list_annotations, _READ),
    Route("POST", f"{_RUN}/rerequest", rerequest_run, _WRITE),
    Route("GET", f"{_REPO}/commits/{{ref}}/check-runs", list_for_ref, _READ),
    Route("GET", f"{_REPO}/check-suites/{{check_suite_id}}/check-runs", list_for_suite, _READ),
)
