"""Revisions of a repository on this disk, as a person names them."""

from pathlib import Path

from app.changes.git import Git
from app.errors import GitError


def resolve(repository: Path, revision: str) -> str:
    """Return the commit that a revision names; raises GitError saying which one is unknown."""
    git = Git.discover(repository)
    asked = f"{revision}^{{commit}}"
    found = git.run(
        "rev-parse", "--verify", "--quiet", "--end-of-options", asked, accept=(0, 1, 128)
    )
    if found.code != 0:
        raise GitError(f"{str(repository)!r} has no commit {revision!r}")
    return found.out.decode().strip()
