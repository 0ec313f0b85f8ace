"""A throw-away repository that borrows another's objects and nothing else of it.

Its configuration, attributes, hooks, grafts and replacements are therefore ours, what is written
(merge proofs write trees) lands in it, and the lender stays untouched.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.changes.git import Git
from app.errors import GitError

_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


def lent_objects(directory: Path) -> Path:
    """Find the object store behind a repository or work tree, refusing what would mislead."""
    answer = Git.discover(directory).output(
        "rev-parse",
        "--is-shallow-repository",
        "--show-object-format",
        "--path-format=absolute",
        "--git-path",
        "objects",
    )
    lines = answer.rstrip(b"\n").split(b"\n", 2)
    if len(lines) != 3:  # noqa: PLR2004 - one answer for each question
        raise GitError("git is too old to be asked about a repository; install 2.38 or newer")
    shallow, algorithm, path = lines
    if shallow != b"false":
        raise GitError(
            "the repository is a shallow clone, in which merge bases are wrong; "
            "fetch the whole history (git fetch --unshallow, or fetch-depth: 0)"
        )
    if algorithm != b"sha1":
        raise GitError(f"the object format {algorithm.decode('ascii', 'replace')} is not supported")
    if b"\n" in path or path.startswith(b'"'):
        raise GitError("the path of the repository holds a line break or quote; move it")
    return Path(path.decode("utf-8", "surrogateescape"))


@contextmanager
def borrowed(directory: Path) -> Iterator[Git]:
    """Open a repository for reading, in a scratch place that is removed afterwards."""
    objects = lent_objects(directory)
    with tempfile.TemporaryDirectory(prefix="gatewright-") as scratch:
        place = Path(scratch)
        (place / "objects" / "info").mkdir(parents=True)
        (place / "refs").mkdir()
        (place / "config").write_text(_CONFIG)
        # NOTE: an unborn HEAD, because newer versions of git read attributes from a bare HEAD.
        (place / "HEAD").write_text("ref: refs/heads/unborn\n")
        lender = str(objects).encode("utf-8", "surrogateescape")
        (place / "objects" / "info" / "alternates").write_bytes(lender + b"\n")
        yield Git(place)
