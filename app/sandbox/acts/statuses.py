"""Commit statuses."""

from dataclasses import dataclass

from app.sandbox.acts import queue
from app.sandbox.payloads.commits import commit
from app.sandbox.payloads.common import iso
from app.sandbox.payloads.repos import api_url
from app.sandbox.problems import ProblemError, invalid
from app.sandbox.world.accounts import Account
from app.sandbox.world.checks import Status
from app.sandbox.world.events import Event
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

STATES = ("error", "failure", "pending", "success")
_MOST_PER_CONTEXT = 1000
_LONGEST_DESCRIPTION = 140


@dataclass(frozen=True, slots=True)
class StatusOrder:
    """What a status says."""

    state: str
    context: str = "default"
    description: str | None = None
    target_url: str | None = None


def set_status(world: World, repo: Repo, sha: str, creator: Account, order: StatusOrder) -> Status:
    """Add a status to a commit; the newest of a context counts."""
    if not repo.git.has_commit(sha):
        raise ProblemError(422, f"No commit found for SHA: {sha}")
    if order.state not in STATES:
        raise invalid("Status", "state", "custom", "state is not included in the list")
    if len(order.description or "") > _LONGEST_DESCRIPTION:
        message = "description is too long (maximum is 140 characters)"
        raise invalid("Status", "description", "custom", message)
    same = sum(s.sha == sha and s.context == order.context for s in repo.statuses)
    if same >= _MOST_PER_CONTEXT:
        message = "This SHA and context has reached the maximum number of statuses."
        raise invalid("Status", "base", "custom", message)
    made = Status(
        id=world.new_id("status"),
        sha=sha,
        state=order.state,
        context=order.context,
        description=order.description,
        target_url=order.target_url,
        creator=creator,
        created_at=world.now(),
    )
    repo.statuses.append(made)
    _tell(world, repo, made)
    queue.settle(world, repo, sha)
    return made


def _tell(world: World, repo: Repo, made: Status) -> None:
    tips = repo.git.refs("refs/heads/")
    api = api_url(world, repo)
    named = [name.removeprefix("refs/heads/") for name, tip in tips.items() if tip == made.sha]
    body = {
        "id": made.id,
        "sha": made.sha,
        "name": repo.full_name,
        "target_url": made.target_url,
        "avatar_url": f"{world.base_url}/avatars/u/{made.creator.id}?v=4",
        "context": made.context,
        "description": made.description,
        "state": made.state,
        "commit": commit(world, repo, made.sha),
        "branches": [
            {
                "name": name,
                "commit": {"sha": made.sha, "url": f"{api}/commits/{made.sha}"},
                "protected": name in repo.protections,
            }
            for name in named
        ],
        "created_at": iso(made.created_at),
        "updated_at": iso(made.created_at),
    }
    world.emit(Event("status", None, made.creator, body, repo))
