"""Deployments under GitHub's rules: required contexts, auto-merge, auto-inactive."""

from dataclasses import dataclass
from typing import Any

from app.sandbox.acts import refs, rules
from app.sandbox.acts.mergeability import github
from app.sandbox.acts.merging import person
from app.sandbox.git.merging import merged_tree
from app.sandbox.git.objects import Commit
from app.sandbox.payloads import deployments as show
from app.sandbox.problems import ProblemError, invalid
from app.sandbox.world.accounts import Account
from app.sandbox.world.checks import PASSING
from app.sandbox.world.deployments import Deployment, DeploymentStatus, Environment
from app.sandbox.world.events import Event
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
_LONGEST_DESCRIPTION = 140


@dataclass(frozen=True, slots=True)
class DeploymentOrder:
    """What a deployment asks for; `contexts` None demands every context of the commit."""

    ref: str
    task: str = "deploy"
    auto_merge: bool = True
    contexts: tuple[str, ...] | None = None
    payload: Any = ""
    environment: str = "production"
    description: str | None = ""
    transient: bool = False
    production: bool | None = None


@dataclass(frozen=True, slots=True)
class StatusOrder:
    """One step; `environment` may rename the target."""

    state: str
    description: str = ""
    environment: str = ""
    log_url: str = ""
    environment_url: str = ""
    auto_inactive: bool = True


def deploy(world: World, repo: Repo, creator: Account, order: DeploymentOrder) -> Deployment | str:
    """Make a deployment; a text instead tells that only the default branch was merged in."""
    sha = repo.git.resolve(order.ref)
    if sha is None:
        raise invalid("Deployment", "ref", "custom", f"No ref found for: {order.ref}")
    if order.auto_merge and _merge_default(world, repo, creator, (order.ref, sha)):
        return f"Auto-merged {repo.default_branch} into {order.ref} on deployment."
    _check_contexts(repo, sha, order)
    environment = ensure_environment(world, repo, order.environment)
    now = world.now()
    production = order.environment == "production"
    made = Deployment(
        id=world.new_id("deployment"),
        sha=sha,
        ref=order.ref,
        task=order.task,
        environment=environment.name,
        payload=order.payload,
        description=order.description,
        creator=creator,
        created_at=now,
        updated_at=now,
        transient=order.transient,
        production=production if order.production is None else order.production,
        app=world.app_of(creator),
    )
    repo.deployments[made.id] = made
    body = {"deployment": show.deployment(world, repo, made), "workflow": None}
    body |= {"workflow_run": None}
    world.emit(Event("deployment", "created", creator, body, repo))
    return made


def set_status(
    world: World, repo: Repo, found: Deployment, creator: Account, order: StatusOrder
) -> DeploymentStatus:
    """Add a step; success can make older deployments of the environment inactive."""
    if order.state not in STATES:
        raise invalid("DeploymentStatus", "state", "custom", "state is not included in the list")
    if len(order.description) > _LONGEST_DESCRIPTION:
        message = "description is too long (maximum is 140 characters)"
        raise invalid("DeploymentStatus", "description", "custom", message)
    made = _add_status(world, found, creator, order)
    if order.state != "inactive":
        _tell_status(world, repo, found, made)
    if order.state == "success" and order.auto_inactive:
        _retire_older(world, repo, found, creator)
    return made


def ensure_environment(world: World, repo: Repo, name: str) -> Environment:
    """Return the environment of that name, making it when it is missing."""
    found = repo.environments.get(name.lower())
    if found is None:
        found = Environment(world.new_id("environment"), name, world.now(), world.now())
        repo.environments[name.lower()] = found
    return found


def remove(repo: Repo, found: Deployment) -> None:
    """Delete a deployment; an active one stays unless it is the only one."""
    last = found.statuses[-1].state if found.statuses else "pending"
    if len(repo.deployments) > 1 and last != "inactive":
        raise ProblemError(422, "We cannot delete an active deployment unless it is the only one.")
    del repo.deployments[found.id]


def _merge_default(world: World, repo: Repo, actor: Account, target: tuple[str, str]) -> bool:
    """Merge the default branch into a branch that lacks some of it."""
    ref, sha = target
    tip = repo.git.branch(repo.default_branch)
    is_branch = repo.git.branch(ref) == sha
    if tip is None or not is_branch or repo.git.is_ancestor(tip, sha):
        return False
    tree = merged_tree(repo.git, sha, tip)
    if tree is None:
        raise ProblemError(409, f"Conflict merging {repo.default_branch} into {ref}.")
    message = f"Merge {repo.default_branch} into {ref}"
    who = person(world, actor)
    merged = repo.git.write_commit(Commit("", tree, (sha, tip), who, github(world), message))
    refs.move(world, repo, actor, f"refs/heads/{ref}", merged)
    return True


def _check_contexts(repo: Repo, sha: str, order: DeploymentOrder) -> None:
    found = {s.context: s.state for s in rules.latest_statuses(repo, sha).values()}
    for run in rules.latest_runs(repo, sha):
        good = run.status == "completed" and run.conclusion in PASSING
        found[run.name] = "success" if good else "pending"
    wanted = found.keys() if order.contexts is None else order.contexts
    contexts = [{"context": name, "state": found.get(name, "missing")} for name in wanted]
    if any(each["state"] != "success" for each in contexts):
        error = {"contexts": contexts, "resource": "Deployment", "field": "required_contexts"}
        message = f"Conflict: Commit status checks failed for {order.ref}."
        raise ProblemError(409, message, [{**error, "code": "invalid"}])


def _add_status(
    world: World, found: Deployment, creator: Account, order: StatusOrder
) -> DeploymentStatus:
    made = DeploymentStatus(
        id=world.new_id("deployment_status"),
        state=order.state,
        creator=creator,
        created_at=world.now(),
        description=order.description,
        environment=order.environment or found.environment,
        log_url=order.log_url,
        environment_url=order.environment_url,
        app=world.app_of(creator),
    )
    found.statuses.append(made)
    found.environment, found.updated_at = made.environment, made.created_at
    return made


def _retire_older(world: World, repo: Repo, newest: Deployment, creator: Account) -> None:
    """Only older, non-transient, non-production deployments of the environment retire."""
    for other in repo.deployments.values():
        same = other.environment == newest.environment and other.id < newest.id
        active = bool(other.statuses) and other.statuses[-1].state != "inactive"
        if same and active and not other.transient and not other.production:
            _add_status(world, other, creator, StatusOrder("inactive"))


def _tell_status(world: World, repo: Repo, found: Deployment, made: DeploymentStatus) -> None:
    body = {
        "deployment_status": show.deployment_status(world, repo, found, made),
        "deployment": show.deployment(world, repo, found),
        "check_run": None,
        "workflow": None,
        "workflow_run": None,
    }
    world.emit(Event("deployment_status", "created", made.creator, body, repo))
