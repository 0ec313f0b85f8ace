"""Check suites."""

from typing import Any

from app.sandbox.acts import suites
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import checks as show
from app.sandbox.payloads.repos import short_repository
from app.sandbox.problems import ProblemError, not_found
from app.sandbox.world.checks import CheckSuite


def create_suite(call: Call) -> Any:
    """Make a suite by hand; on a commit that has one, that one stays."""
    if call.app is None:
        raise ProblemError(403, "You must authenticate via a GitHub App.")
    known = len(call.repo.suites)
    made = suites.suite_for(call.world, call.repo, call.app, call.need("head_sha", str))
    status = 201 if len(call.repo.suites) > known else 200
    return Reply(status, show.check_suite(call.world, call.repo, made))


def get_suite(call: Call) -> Any:
    """One suite."""
    return show.check_suite(call.world, call.repo, _suite(call))


def list_for_ref(call: Call) -> Any:
    """Show the suites on a commit."""
    sha = call.commit_sha()
    found = [suite for suite in call.repo.suites.values() if suite.head_sha == sha]
    app, name = call.query.get("app_id"), call.query.get("check_name")
    if app is not None:
        found = [suite for suite in found if str(suite.app.id) == app]
    if name is not None:
        named = {run.suite.id for run in call.repo.check_runs.values() if run.name == name}
        found = [suite for suite in found if suite.id in named]
    shown = [show.check_suite(call.world, call.repo, each) for each in call.paged(found)]
    return {"total_count": len(found), "check_suites": shown}


def rerequest_suite(call: Call) -> Any:
    """Ask for everything again."""
    suites.rerequest(call.world, call.repo, _suite(call), call.account)
    return Reply(201, {})


def set_preferences(call: Call) -> Any:
    """Whether pushes make suites; accepted and shown, pushes always do here."""
    wanted = call.maybe("auto_trigger_checks", list) or []
    return {
        "preferences": {"auto_trigger_checks": wanted},
        "repository": short_repository(call.world, call.repo),
    }


def _suite(call: Call) -> CheckSuite:
    found = call.repo.suites.get(call.number("check_suite_id"))
    if found is None:
        raise not_found()
    return found


_REPO = "/repos/{owner}/{repo}"
_SUITE = f"{_REPO}/check-suites/{{check_suite_id}}"
_READ, _WRITE = "checks:read", "checks:write"
ROUTES = (
    Route("POST", f"{_REPO}/check-suites", create_suite, _WRITE),
    Route("PATCH", f"{_REPO}/check-suites/preferences", set_preferences, _WRITE),
    Route("GET", _SUITE, get_suite, _READ),
    Route("POST", f"{_SUITE}/rerequest", rerequest_suite, _WRITE),
    Route("GET", f"{_REPO}/commits/{{ref}}/check-suites", list_for_ref, _READ),
)
