"""One opened repository, read for one evaluation; it asks git for everything and keeps nothing."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.changes import carry, commits, history, tree
from app.changes.borrow import borrowed
from app.changes.commits import RawCommit
from app.changes.files import file_changes
from app.changes.generated import generated_paths
from app.changes.git import Git, OversizeError
from app.changes.history import Step
from app.changes.objects import Objects, reading
from app.changes.paths import is_unsafe, printable
from app.changes.rawdiff import DiffOutput, parse_diff
from app.changes.tree import DOCUMENT_LIMIT, Library, PolicyFile, list_tree
from app.core.facts import Carry, Changes, Divergence, Document, Gap, Part, Sha
from app.core.policy.location import POLICY_PATHS
from app.errors import GitError

BLOB_LIMIT = 32 << 20

_DIFF = (
    "diff-tree -r -z --raw --numstat -p --full-index -U0 -M -l500 --no-color --no-relative"
    " --no-ext-diff --no-textconv --submodule=short"
)


class ChangeReader:
    """Questions about commits of one repository, answered by git's plumbing."""

    def __init__(self, git: Git, objects: Objects) -> None:
        self._git = git
        self._objects = objects

    def merge_bases(self, base: Sha, head: Sha) -> tuple[Sha, ...]:
        """Return the best common ancestors, in a stable order; none if the histories are apart."""
        return carry.merge_bases(self._git, base, head)

    def commits(self, base: Sha, head: Sha) -> tuple[RawCommit, ...]:
        """Return every commit reachable from the head through any parent and not from the base."""
        return commits.commits_between(self._git, self._objects, base, head)

    def commit(self, sha: Sha) -> RawCommit:
        """Return one commit."""
        return commits.read_commit(self._objects, sha)

    def steps(self, base: Sha, head: Sha) -> tuple[Step, ...]:
        """Return what each of those commits brought against each of its parents, oldest first."""
        return history.steps(self._git, self._objects, base, head)

    def divergence(self, base: Sha, head: Sha) -> Divergence:
        """Measure how far base tip and head are apart, on the commits themselves."""
        behind, ahead = self.apart(base, head)
        bases = self.merge_bases(base, head)
        tip_at = self.commit(base).committed_at
        if not bases:
            return Divergence(behind, ahead, unrelated=True, base_tip_at=tip_at)
        return Divergence(
            behind,
            ahead,
            base_paths=self.base_paths(bases[0], base),
            merge_base_at=self.commit(bases[0]).committed_at,
            base_tip_at=tip_at,
        )

    def apart(self, old: Sha, new: Sha) -> tuple[int, int]:
        """Return how many commits only the one and only the other can reach."""
        counted = self._git.output("rev-list", "--count", "--left-right", f"{old}...{new}", "--")
        lost, gained = (int(word) for word in counted.split())
        return lost, gained

    def newest(self, old: Sha, new: Sha, most: int) -> tuple[RawCommit, ...]:
        """Return the newest of the commits that the new one reaches and the old one does not."""
        listed = self._git.output("rev-list", f"--max-count={most}", new, f"^{old}", "--").split()
        return tuple(self.commit(Sha(name.decode())) for name in listed)

    def is_commit(self, sha: Sha) -> bool:
        """Tell whether a commit is at hand."""
        found = self._objects.info(sha)
        return found is not None and found.kind == "commit"

    def paths(self, commit: Sha) -> tuple[str, ...]:
        """Return the path of every entry of a commit's tree that is no directory."""
        return tuple(printable(each.path) for each in list_tree(self._git, commit))

    def base_paths(self, merge_base: Sha, base_tip: Sha) -> tuple[str, ...]:
        """Return the paths that differ between merge base and base tip, both names of a rename."""
        output = self._git.output(
            "diff-tree", "-r", "-z", "--name-only", "--no-renames", merge_base, base_tip
        )
        return tuple(sorted(printable(path) for path in output.split(b"\0")[:-1]))

    def changes(
        self, merge_base: Sha, head: Sha, attributes_at: Sha | None = None
    ) -> tuple[Changes, tuple[Gap, ...]]:
        """Return the change from merge base to head; what cannot be proven whole is a gap.

        `attributes_at` is the base tip, whose attributes say what is generated.
        """
        try:
            diff = parse_diff(self._git.output(*_DIFF.split(), merge_base, head))
            files = tuple(file_changes(self._objects, diff))
            paths = [change.path for change in diff.changes]
            base = attributes_at or merge_base
            generated = generated_paths(self._git, self._objects, base, paths)
        except GitError as error:
            return Changes("git"), (_unread_changes(error),)
        marked = tuple(
            replace(file, generated=path in generated)
            for file, path in zip(files, paths, strict=True)
        )
        return Changes("git", marked), tuple(_unsafe_paths(diff))

    def carry(self, approved: Sha, base_tip: Sha, head: Sha) -> Carry:
        """Prove or refute that the head is the approved commit cleanly merged with its base."""
        return carry.prove_carry(self._git, self._objects, approved, base_tip, head)

    def documents(
        self,
        commit: Sha,
        wanted: Callable[[str], bool] | Collection[str],
        limit: int = DOCUMENT_LIMIT,
    ) -> tuple[tuple[Document, ...], tuple[Gap, ...]]:
        """Read the files whose paths are wanted, by a predicate or by name."""
        library = Library(self._objects, commit, limit)
        if callable(wanted):
            return library.read(list_tree(self._git, commit), wanted)
        if not wanted:
            return (), ()
        return library.read(list_tree(self._git, commit, wanted), wanted.__contains__)

    def policy_files(
        self, commit: Sha, paths: Sequence[str] = POLICY_PATHS
    ) -> tuple[PolicyFile, ...]:
        """Return what stands at the paths of the policy, readable or not."""
        return tree.policy_files(self._git, self._objects, commit, paths)

    def blob_size(self, oid: str) -> int | None:
        """Return the size of a content, None if it is missing from the repository."""
        info = self._objects.info(oid)
        return None if info is None else info.size

    def blob(self, oid: str, limit: int = BLOB_LIMIT) -> bytes:
        """Return a content of at most `limit` bytes."""
        return self._objects.content(oid, limit)

    def content_id(self, commit: Sha, path: str) -> str | None:
        """Return the name of a file's content in a commit, None where there is no such file."""
        found = list_tree(self._git, commit, (path,))
        return next((each.oid for each in found if each.path == path.encode()), None)

    def blobs_in(self, commit: Sha) -> frozenset[str]:
        """Return the names of all contents in the tree of a commit."""
        return frozenset(entry.oid for entry in list_tree(self._git, commit))


@contextmanager
def open_reader(directory: Path) -> Iterator[ChangeReader]:
    """Open a mirror, or any repository on this disk, without writing into it."""
    with borrowed(directory) as git, reading(git) as objects:
        yield ChangeReader(git, objects)


def _unread_changes(error: GitError) -> Gap:
    if isinstance(error, OversizeError):
        remedy = "Split the change, or store large files outside git."
        return Gap(Part.CHANGES, "CHANGES_TOO_LARGE", str(error), remedy, temporary=False)
    remedy = "Evaluate again; if the repository is a partial clone, fetch it whole."
    return Gap(Part.CHANGES, "CHANGES_UNREADABLE", str(error), remedy)


def _unsafe_paths(diff: DiffOutput) -> Iterator[Gap]:
    for change in diff.changes:
        if is_unsafe(change.path):
            detail = f"the path {printable(change.path)!r} is not a place in a work tree"
            remedy = "Remove the entry from the tree."
            yield Gap(Part.CHANGES, "CHANGES_UNSAFE_PATH", detail, remedy, temporary=False)
