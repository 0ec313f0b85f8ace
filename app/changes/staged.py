"""What is staged, as a commit that nobody made: in a scratch place, on top of the last commit."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.changes.borrow import borrowed
from app.changes.git import Git
from app.changes.local import resolve
from app.core.facts import Sha
from app.errors import GitError

_NOBODY = "Gatewright"
_ADDRESS = "staged@gatewright.invalid"


@dataclass(frozen=True, slots=True)
class Staged:
    """A scratch repository that holds the last commit and, on top of it, what is staged."""

    directory: Path
    base: Sha
    head: Sha


@contextmanager
def staged(repository: Path, index: Path | None = None) -> Iterator[Staged]:
    """Make a commit of the index, or of the one that git gave a hook; nothing is written here.

    Raises GitError where nothing was ever committed or a conflict is not resolved.
    """
    base = Sha(resolve(repository, "HEAD"))
    folder, found = _index_of(repository)
    with borrowed(repository) as scratch:
        place = scratch.directory / "index"
        source = found if index is None else index
        try:
            shutil.copyfile(source, place)
            for shared in folder.glob("sharedindex.*"):
                shutil.copyfile(shared, scratch.directory / shared.name)
        except OSError as error:
            raise GitError(f"what is staged cannot be read: {error.strerror}") from error
        yield Staged(scratch.directory, base, _commit(scratch.directory, place, base))


def _index_of(repository: Path) -> tuple[Path, Path]:
    """Return the folder of git's own files and the index in it."""
    asked = ("rev-parse", "--path-format=absolute", "--git-dir", "--git-path", "index")
    answer = Git.discover(repository).output(*asked)
    folder, index = answer.decode("utf-8", "surrogateescape").splitlines()
    return Path(folder), Path(index)


def _commit(directory: Path, index: Path, base: Sha) -> Sha:
    environment = {
        "GIT_INDEX_FILE": str(index),
        "GIT_AUTHOR_NAME": _NOBODY,
        "GIT_AUTHOR_EMAIL": _ADDRESS,
        "GIT_COMMITTER_NAME": _NOBODY,
        "GIT_COMMITTER_EMAIL": _ADDRESS,
    }
    git = Git(directory, environment=environment)
    tree = git.output("write-tree").decode().strip()
    return Sha(git.output("commit-tree", "-m", "staged", "-p", base, tree).decode().strip())
