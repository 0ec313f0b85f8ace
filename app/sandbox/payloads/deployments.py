"""Deployments, their statuses and environments."""

from app.sandbox.payloads.accounts import team, user
from app.sandbox.payloads.apps import app
from app.sandbox.payloads.common import Json, iso, node_id
from app.sandbox.payloads.repos import api_url, html_url
from app.sandbox.world.apps import App
from app.sandbox.world.deployments import Deployment, DeploymentStatus, Environment
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


def deployment(world: World, repo: Repo, found: Deployment) -> Json:
    """Show a deployment."""
    url = f"{api_url(world, repo)}/deployments/{found.id}"
    return {
        "url": url,
        "id": found.id,
        "node_id": node_id("DE", found.id),
        "task": found.task,
        "original_environment": found.environment,
        "environment": found.environment,
        "description": found.description,
        "created_at": iso(found.created_at),
        "updated_at": iso(found.updated_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": api_url(world, repo),
        "creator": user(world, found.creator),
        "sha": found.sha,
        "ref": found.ref,
        "payload": found.payload,
        "transient_environment": found.transient,
        "production_environment": found.production,
        "performed_via_github_app": app(world, found.app) if found.app else None,
    }


def deployment_status(world: World, repo: Repo, found: Deployment, step: DeploymentStatus) -> Json:
    """Show one step of a deployment."""
    url = f"{api_url(world, repo)}/deployments/{found.id}"
    return {
        "url": f"{url}/statuses/{step.id}",
        "id": step.id,
        "node_id": node_id("DES", step.id),
        "state": step.state,
        "creator": user(world, step.creator),
        "description": step.description,
        "environment": step.environment,
        "target_url": step.log_url,
        "created_at": iso(step.created_at),
        "updated_at": iso(step.created_at),
        "deployment_url": url,
        "repository_url": api_url(world, repo),
        "environment_url": step.environment_url,
        "log_url": step.log_url,
        "performed_via_github_app": app(world, step.app) if step.app else None,
    }


def environment(world: World, repo: Repo, found: Environment) -> Json:
    """Show an environment with its rules."""
    return {
        "id": found.id,
        "node_id": node_id("EN", found.id),
        "name": found.name,
        "url": f"{api_url(world, repo)}/environments/{found.name}",
        "html_url": f"{html_url(world, repo)}/deployments/activity_log?environment={found.name}",
        "created_at": iso(found.created_at),
        "updated_at": iso(found.updated_at),
        "protection_rules": list(_rules(world, repo, found)),
        "deployment_branch_policy": found.branch_policy,
    }


def guard(world: World, found: Environment, app: App) -> Json:
    """Show that an App's protection rule is enabled for an environment."""
    key = found.id * 100 + found.guards.index(app)
    return {
        "id": key,
        "node_id": node_id("GA", key),
        "enabled": True,
        "app": {
            "id": app.id,
            "slug": app.slug,
            "integration_url": f"{world.base_url}/apps/{app.slug}",
            "node_id": node_id("A", app.id),
        },
    }


def _rules(world: World, repo: Repo, found: Environment) -> list[Json]:
    made: list[Json] = []
    if found.wait_timer:
        made.append({"type": "wait_timer", "wait_timer": found.wait_timer})
    if found.reviewers:
        reviewers = [_reviewer(world, repo, *each) for each in found.reviewers]
        rule: Json = {"type": "required_reviewers", "reviewers": reviewers}
        made.append(rule | {"prevent_self_review": found.prevent_self_review})
    if found.branch_policy:
        made.append({"type": "branch_policy"})
    for place, rule in enumerate(made, start=1):
        rule |= {"id": found.id * 10 + place, "node_id": node_id("GA", found.id * 10 + place)}
    return made


def _reviewer(world: World, repo: Repo, kind: str, key: int) -> Json:
    if kind == "Team":
        found = next(each for each in repo.owner.teams.values() if each.id == key)
        return {"type": "Team", "reviewer": team(world, found)}
    return {"type": "User", "reviewer": user(world, world.accounts[key])}
