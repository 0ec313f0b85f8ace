"""Deployments, their statuses and environments."""

from typing import Any

from app.sandbox.acts import deployments
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import deployments as show
from app.sandbox.problems import invalid, not_found
from app.sandbox.world.deployments import Deployment, Environment

_FILTERS = {"sha": "sha", "ref": "ref", "task": "task", "environment": "environment"}


def list_deployments(call: Call) -> Any:
    """Show deployments newest first."""
    found = list(call.repo.deployments.values())[::-1]
    for name, attribute in _FILTERS.items():
        wanted = call.query.get(name)
        if wanted not in {None, "none"}:
            found = [each for each in found if getattr(each, attribute) == wanted]
    return [show.deployment(call.world, call.repo, each) for each in call.paged(found)]


def create_deployment(call: Call) -> Any:
    """Make a deployment; 202 when the default branch was merged in instead."""
    contexts = call.maybe("required_contexts", list)
    auto_merge = call.maybe("auto_merge", bool)
    order = deployments.DeploymentOrder(
        ref=call.need("ref", str),
        task=call.maybe("task", str) or "deploy",
        auto_merge=True if auto_merge is None else auto_merge,
        contexts=None if contexts is None else tuple(map(str, contexts)),
        payload=call.fields.get("payload", ""),
        environment=call.maybe("environment", str) or "production",
        description=call.maybe("description", str),
        transient=bool(call.maybe("transient_environment", bool)),
        production=call.maybe("production_environment", bool),
    )
    made = deployments.deploy(call.world, call.repo, call.account, order)
    if isinstance(made, str):
        return Reply(202, {"message": made})
    return Reply(201, show.deployment(call.world, call.repo, made))


def get_deployment(call: Call) -> Any:
    """Show one deployment."""
    return show.deployment(call.world, call.repo, _deployment(call))


def delete_deployment(call: Call) -> Any:
    """Remove an inactive deployment."""
    deployments.remove(call.repo, _deployment(call))
    return Reply(204)


def list_statuses(call: Call) -> Any:
    """Show the steps of a deployment, newest first."""
    found = _deployment(call)
    steps = call.paged(found.statuses[::-1])
    return [show.deployment_status(call.world, call.repo, found, each) for each in steps]


def create_status(call: Call) -> Any:
    """Add a step to a deployment."""
    found = _deployment(call)
    auto_inactive = call.maybe("auto_inactive", bool)
    order = deployments.StatusOrder(
        state=call.need("state", str),
        description=call.maybe("description", str) or "",
        environment=call.maybe("environment", str) or "",
        log_url=call.maybe("log_url", str) or call.maybe("target_url", str) or "",
        environment_url=call.maybe("environment_url", str) or "",
        auto_inactive=True if auto_inactive is None else auto_inactive,
    )
    made = deployments.set_status(call.world, call.repo, found, call.account, order)
    return Reply(201, show.deployment_status(call.world, call.repo, found, made))


def get_status(call: Call) -> Any:
    """Show one step of a deployment."""
    found = _deployment(call)
    for each in found.statuses:
        if each.id == call.number("status_id"):
            return show.deployment_status(call.world, call.repo, found, each)
    raise not_found()


def list_environments(call: Call) -> Any:
    """Show all environments."""
    found = list(call.repo.environments.values())
    shown = [show.environment(call.world, call.repo, each) for each in call.paged(found)]
    return {"total_count": len(found), "environments": shown}


def get_environment(call: Call) -> Any:
    """Show one environment."""
    return show.environment(call.world, call.repo, _environment(call))


def list_guards(call: Call) -> Any:
    """Show whose protection rules are enabled."""
    found = _environment(call)
    shown = [show.guard(call.world, found, each) for each in found.guards]
    return {"total_count": len(shown), "custom_deployment_protection_rules": shown}


def put_environment(call: Call) -> Any:
    """Make an environment, or replace its rules."""
    name = call.params["environment_name"]
    found = deployments.ensure_environment(call.world, call.repo, name)
    found.wait_timer = call.maybe("wait_timer", int) or 0
    found.prevent_self_review = bool(call.maybe("prevent_self_review", bool))
    found.reviewers = [_reviewer(call, each) for each in call.maybe("reviewers", list) or []]
    found.branch_policy = call.maybe("deployment_branch_policy", dict)
    found.updated_at = call.world.now()
    return show.environment(call.world, call.repo, found)


def delete_environment(call: Call) -> Any:
    """Remove an environment; its deployments stay."""
    del call.repo.environments[_environment(call).name.lower()]
    return Reply(204)


def _deployment(call: Call) -> Deployment:
    found = call.repo.deployments.get(call.number("deployment_id"))
    if found is None:
        raise not_found()
    return found


def _environment(call: Call) -> Environment:
    found = call.repo.environments.get(call.params["environment_name"].lower())
    if found is None:
        raise not_found()
    return found


def _reviewer(call: Call, given: Any) -> tuple[str, int]:
    kind, key = given.get("type"), given.get("id")
    teams = {each.id for each in call.repo.owner.teams.values()}
    if key not in (teams if kind == "Team" else call.world.accounts):
        raise invalid("Environment", "reviewers", "invalid")
    return str(kind), int(key)


_REPO = "/repos/{owner}/{repo}"
_ONE = f"{_REPO}/deployments/{{deployment_id}}"
_ENVIRONMENT = f"{_REPO}/environments/{{environment_name}}"
_READ, _WRITE = "deployments:read", "deployments:write"
_ADMIN = "administration:write|environments:write"
ROUTES = (
    Route("GET", f"{_REPO}/deployments", list_deployments, _READ),
    Route("POST", f"{_REPO}/deployments", create_deployment, _WRITE),
    Route("GET", _ONE, get_deployment, _READ),
    Route("DELETE", _ONE, delete_deployment, _WRITE),
    Route("GET", f"{_ONE}/statuses", list_statuses, _READ),
    Route("POST", f"{_ONE}/statuses", create_status, _WRITE),
    Route("GET", f"{_ONE}/statuses/{{status_id}}", get_status, _READ),
    Route("GET", f"{_REPO}/environments", list_environments, "actions:read"),
    Route("GET", _ENVIRONMENT, get_environment, "actions:read"),
    Route("GET", f"{_ENVIRONMENT}/deployment_protection_rules", list_guards, "actions:read"),
    Route("PUT", _ENVIRONMENT, put_environment, _ADMIN),
    Route("DELETE", _ENVIRONMENT, delete_environment, _ADMIN),
)
