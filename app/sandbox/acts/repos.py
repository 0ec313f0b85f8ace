"""Making, renaming, forking, moving and deleting repositories."""

import re
import shutil
from dataclasses import dataclass

from app.sandbox.git.repository import GitRepo
from app.sandbox.payloads.accounts import user
from app.sandbox.payloads.repos import event_repository
from app.sandbox.problems import invalid
from app.sandbox.world.accounts import Account
from app.sandbox.world.events import Event
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class RepoOrder:
    """What a new repository is to be."""

    name: str
    private: bool = False
    default_branch: str = "main"
    description: str | None = None


def create_repo(world: World, owner: Account, order: RepoOrder, sender: Account) -> Repo:
    """Make an empty repository."""
    repo = _new(world, owner, order, None)
    world.emit(Event("repository", "created", sender, repo=repo))
    return repo


def fork_repo(world: World, source: Repo, owner: Account, name: str | None = None) -> Repo:
    """Make a fork that shares the source's objects, with copies of its branches."""
    order = RepoOrder(name or source.name, source.private, source.default_branch)
    repo = _new(world, owner, order, source)
    for ref, sha in source.git.refs("refs/heads/", "refs/tags/").items():
        repo.git.set_ref(ref, sha)
    forkee = event_repository(world, repo) | {"public": not repo.private}
    world.emit(Event("fork", None, owner, {"forkee": forkee}, source))
    return repo


def rename_repo(world: World, repo: Repo, name: str, sender: Account) -> None:
    """Give it another name; the old one redirects until somebody else takes it."""
    _check_name(world, repo.owner, name)
    before = repo.name
    world.former_names[repo.full_name.lower()] = repo.id
    repo.name = name
    world.former_names.pop(repo.full_name.lower(), None)
    changes = {"changes": {"repository": {"name": {"from": before}}}}
    world.emit(Event("repository", "renamed", sender, changes, repo))


def transfer_repo(world: World, repo: Repo, owner: Account, sender: Account) -> None:
    """Move it to another account; installations there take over."""
    _check_name(world, owner, repo.name)
    before = user(world, repo.owner)
    world.former_names[repo.full_name.lower()] = repo.id
    repo.owner = owner
    changes = {"changes": {"owner": {"from": {"user": before}}}}
    world.emit(Event("repository", "transferred", sender, changes, repo))


def delete_repo(world: World, repo: Repo, sender: Account) -> None:
    """Remove it; pull requests from it keep their commits but lose the head repository."""
    world.emit(Event("repository", "deleted", sender, repo=repo))
    del world.repos[repo.id]
    for other in world.repos.values():
        for pull in other.pulls.values():
            if pull.head_repo_id == repo.id:
                pull.head_repo_id = None
    network = {other.git.directory.joinpath("objects").resolve() for other in world.repos.values()}
    if repo.git.directory.joinpath("objects").resolve() not in network:
        shutil.rmtree(repo.git.directory)


def set_archived(world: World, repo: Repo, sender: Account, *, archived: bool) -> None:
    """Make it read-only, or writable again."""
    if repo.archived != archived:
        repo.archived = archived
        action = "archived" if archived else "unarchived"
        world.emit(Event("repository", action, sender, repo=repo))


def set_private(world: World, repo: Repo, sender: Account, *, private: bool) -> None:
    """Change who may see it."""
    if repo.private != private:
        repo.private = private
        action = "privatized" if private else "publicized"
        world.emit(Event("repository", action, sender, repo=repo))


def _new(world: World, owner: Account, order: RepoOrder, source: Repo | None) -> Repo:
    _check_name(world, owner, order.name)
    key = world.new_id("repo")
    now = world.now()
    network = source.git.directory if source else None
    repo = Repo(
        id=key,
        name=order.name,
        owner=owner,
        git=GitRepo.create(world.directory / f"{key}.git", order.default_branch, network),
        created_at=now,
        updated_at=now,
        pushed_at=now,
        default_branch=order.default_branch,
        private=order.private,
        description=order.description,
        parent_id=source.id if source else None,
    )
    world.repos[key] = repo
    world.former_names.pop(repo.full_name.lower(), None)
    return repo


def _check_name(world: World, owner: Account, name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", name):
        raise invalid("Repository", "name", "invalid")
    if world.repo(f"{owner.login}/{name}") is not None:
        message = "name already exists on this account"
        raise invalid("Repository", "name", "custom", message)
