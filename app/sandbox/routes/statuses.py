"""Commit statuses."""

from typing import Any

from app.sandbox.acts import rules, statuses
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import checks as show
from app.sandbox.payloads.repos import api_url, short_repository
from app.sandbox.world.checks import Status


def create_status(call: Call) -> Any:
    """Add a status to a commit."""
    order = statuses.StatusOrder(
        state=call.need("state", str),
        context=call.maybe("context", str) or "default",
        description=call.maybe("description", str),
        target_url=call.maybe("target_url", str),
    )
    sha = call.params["sha"]
    made = statuses.set_status(call.world, call.repo, sha, call.account, order)
    return Reply(201, show.status(call.world, call.repo, made))


def list_statuses(call: Call) -> Any:
    """All statuses of a commit, newest first."""
    sha = call.commit_sha()
    found = [each for each in call.repo.statuses if each.sha == sha][::-1]
    return [show.status(call.world, call.repo, each) for each in call.paged(found)]


def combined_status(call: Call) -> Any:
    """Show the newest of each context in one word; without any it is pending."""
    sha = call.commit_sha()
    found = list(rules.latest_statuses(call.repo, sha).values())
    api = api_url(call.world, call.repo)
    return {
        "state": _combined(found),
        "statuses": [show.simple_status(call.world, call.repo, each) for each in call.paged(found)],
        "sha": sha,
        "total_count": len(found),
        "repository": short_repository(call.world, call.repo),
        "commit_url": f"{api}/commits/{sha}",
        "url": f"{api}/commits/{sha}/status",
    }


def _combined(found: list[Status]) -> str:
    states = {each.state for each in found}
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


_REPO = "/repos/{owner}/{repo}"
ROUTES = (
    Route("POST", f"{_REPO}/statuses/{{sha}}", create_status, "statuses:write"),
    Route("GET", f"{_REPO}/commits/{{ref}}/statuses", list_statuses, "statuses:read"),
    Route("GET", f"{_REPO}/commits/{{ref}}/status", combined_status, "statuses:read"),
)
