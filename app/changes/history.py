"""What every single commit brought, compared with each of its parents, for scanners."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.changes.commits import RawCommit, commits_between, read_commit
from app.changes.git import Git
from app.changes.hunks import PatchError
from app.changes.objects import Objects
from app.changes.paths import printable
from app.changes.rawdiff import NO_MODE, RawChange, parse_comparisons
from app.core.facts import Sha

_EMPTY_TREE = Sha("4b825dc642cb6eb9a060e54bf8d69288fbee4904")


@dataclass(frozen=True, slots=True)
class BlobAt:
    """A content at a path of some commit."""

    path: str
    oid: str
    mode: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a commit has that one parent has not, and what the parent had at changed paths."""

    new: tuple[BlobAt, ...]
    old: tuple[BlobAt, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One commit with a comparison for each parent; a root commit is compared with nothing."""

    sha: Sha
    message: str
    comparisons: tuple[Comparison, ...]


def steps(git: Git, objects: Objects, base: Sha, head: Sha) -> tuple[Step, ...]:
    """Return the commits between base and head, oldest first, by one run of git."""
    commits = tuple(reversed(commits_between(git, objects, base, head)))
    pairs = [_tree_pairs(objects, commit) for commit in commits]
    asked = "".join(f"{old} {new}\n" for trees in pairs for old, new in trees)
    output = git.output(
        "diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", stdin=asked.encode()
    )
    answers = parse_comparisons(output)
    found = tuple(
        Step(commit.sha, commit.message, tuple(_comparison(pair, answers) for pair in trees))
        for commit, trees in zip(commits, pairs, strict=True)
    )
    if next(answers, None) is not None:
        raise PatchError("git compared more trees than it was asked to")
    return found


def _tree_pairs(objects: Objects, commit: RawCommit) -> list[tuple[Sha, Sha]]:
    trees = [read_commit(objects, parent).tree for parent in commit.parents]
    return [(tree, commit.tree) for tree in trees or [_EMPTY_TREE]]


def _comparison(
    pair: tuple[Sha, Sha], answers: Iterator[tuple[str, str, tuple[RawChange, ...]]]
) -> Comparison:
    old, new, changes = next(answers, ("", "", ()))
    if (old, new) != pair:
        raise PatchError("git did not compare the trees it was asked to")
    return Comparison(
        new=tuple(
            BlobAt(printable(change.path), change.new_oid, change.new_mode)
            for change in changes
            if change.new_mode != NO_MODE
        ),
        old=tuple(
            BlobAt(printable(change.path), change.old_oid, change.old_mode)
            for change in changes
            if change.old_mode != NO_MODE
        ),
    )
