"""Committing files to a branch as the web site and the contents API do."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.sandbox.acts import refs
from app.sandbox.acts.mergeability import github
from app.sandbox.acts.merging import person
from app.sandbox.git.objects import Commit, Signature
from app.sandbox.problems import ProblemError
from app.sandbox.world.accounts import Account
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

Files = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class CommitOrder:
    """What a commit is to hold; without parents it stands on the branch's tip."""

    branch: str
    files: Files
    message: str = "Update files"
    author: Signature | None = None
    committer: Signature | None = None
    parents: tuple[str, ...] | None = None


def commit(world: World, repo: Repo, actor: Account, order: CommitOrder) -> str:
    """Write the commit and move the branch to it, with all that follows a push."""
    tip = repo.git.branch(order.branch)
    parents = order.parents
    if parents is None:
        parents = (tip,) if tip else _first_parents(repo)
    base = parents[0] if parents else None
    author = order.author or person(world, actor)
    made = Commit(
        sha="",
        tree=repo.git.edited_tree(base, order.files),
        parents=parents,
        author=author,
        committer=order.committer or author,
        message=order.message,
    )
    sha = repo.git.write_commit(made)
    refs.move(world, repo, actor, f"refs/heads/{order.branch}", sha)
    return sha


def put_file(
    world: World, repo: Repo, actor: Account, order: CommitOrder, expected: str | None
) -> str:
    """Create, change or delete one file; `expected` is the blob that the caller saw."""
    tip = repo.git.branch(order.branch)
    if tip is None and repo.git.branch(repo.default_branch) is not None:
        raise ProblemError(404, f"Branch {order.branch} not found")
    path = next(iter(order.files))
    entry = repo.git.entry(tip, path) if tip else None
    if entry is not None and expected is None:
        raise ProblemError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if expected is not None and (entry is None or entry.sha != expected):
        raise ProblemError(409, f"{path} does not match {expected}")
    return commit(world, repo, actor, order)


def web_commit(world: World, author: Signature | None, order: CommitOrder) -> CommitOrder:
    """Return the same order committed by GitHub, as the contents API does."""
    return CommitOrder(order.branch, order.files, order.message, author, github(world))


def _first_parents(repo: Repo) -> tuple[str, ...]:
    """Start a new branch at the default branch; the very first commit has no parent."""
    start = repo.git.branch(repo.default_branch)
    return (start,) if start else ()
