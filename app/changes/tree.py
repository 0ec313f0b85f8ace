"""Trees at a commit: entries by path, documents of limited size, and the policy file."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from app.changes.git import Git, OversizeError
from app.changes.objects import MissingObjectError, Objects
from app.changes.paths import printable
from app.changes.rawdiff import SUBMODULE_MODE, SYMLINK_MODE
from app.core.facts import Document, Gap, Part, Sha
from app.core.policy.location import POLICY_LIMIT, POLICY_PATHS

DOCUMENT_LIMIT = 256 << 10
MAX_DOCUMENTS = 500


class EntryKind(StrEnum):
    """What stands at a path; only a file of acceptable size has content for us."""

    FILE = "file"
    TOO_LARGE = "too_large"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    DIRECTORY = "directory"


_KINDS = {
    "040000": EntryKind.DIRECTORY,
    SYMLINK_MODE: EntryKind.SYMLINK,
    SUBMODULE_MODE: EntryKind.SUBMODULE,
}


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One path of a tree."""

    mode: str
    oid: str
    path: bytes

    @property
    def kind(self) -> EntryKind:
        """What the mode says; a file's size is not looked at."""
        return _KINDS.get(self.mode, EntryKind.FILE)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A candidate for the policy as it stands at a commit; `content` only for a readable file."""

    path: str
    kind: EntryKind
    content: bytes | None = None


def list_tree(
    git: Git, commit: Sha, paths: Collection[str] = (), *, recurse: bool = True
) -> Iterator[TreeEntry]:
    """List the entries of a commit's tree, all of them or those at and below the given paths."""
    options = ("-r",) if recurse else ()
    output = git.output("ls-tree", *options, "-z", "--full-tree", commit, "--", *paths)
    for record in output.split(b"\0")[:-1]:
        description, _, path = record.partition(b"\t")
        mode, _, oid = description.decode("ascii").split(" ")
        yield TreeEntry(mode, oid, path)


class Library:
    """Documents of one commit: text files that a rule asked for."""

    def __init__(self, objects: Objects, commit: Sha, limit: int = DOCUMENT_LIMIT) -> None:
        self._objects = objects
        self._commit = commit
        self._limit = limit
        self._documents: list[Document] = []
        self._gaps: list[Gap] = []

    def read(
        self, entries: Iterator[TreeEntry], wanted: Callable[[str], bool]
    ) -> tuple[tuple[Document, ...], tuple[Gap, ...]]:
        """Read the wanted regular files; links are no documents, what cannot be read is a gap."""
        for entry in entries:
            if entry.kind is EntryKind.FILE and wanted(printable(entry.path)):
                self._read(entry)
            if len(self._documents) > MAX_DOCUMENTS:
                self._miss("DOCUMENTS_TOO_MANY", f"more than {MAX_DOCUMENTS} files match")
                break
        return tuple(self._documents[:MAX_DOCUMENTS]), tuple(self._gaps)

    def _read(self, entry: TreeEntry) -> None:
        path = printable(entry.path)
        try:
            text = self._objects.content(entry.oid, self._limit).decode("utf-8")
        except OversizeError:
            self._miss("DOCUMENT_TOO_LARGE", f"{path} is larger than {self._limit >> 10} KiB")
        except MissingObjectError:
            self._miss("DOCUMENT_MISSING", f"the content of {path} is not in the repository")
        except UnicodeDecodeError:
            self._miss("DOCUMENT_NOT_TEXT", f"{path} is not UTF-8 text")
        else:
            self._documents.append(Document(path, self._commit, text))

    def _miss(self, code: str, detail: str) -> None:
        remedy = "Make the file readable, or narrow the paths of the rule that asks for it."
        self._gaps.append(Gap(Part.DOCUMENTS, code, detail, remedy, temporary=False))


def policy_files(
    git: Git, objects: Objects, commit: Sha, paths: Sequence[str] = POLICY_PATHS
) -> tuple[PolicyFile, ...]:
    """Return what stands at the policy's paths, also where it is no file that can be read."""
    folders = {str(each) for path in paths for each in PurePosixPath(path).parents} - {"."}
    entries = list_tree(git, commit, (*sorted(folders), *paths), recurse=False)
    return tuple(
        _policy_file(objects, entry) for entry in entries if _could_hide_policy(entry, paths)
    )


def _could_hide_policy(entry: TreeEntry, paths: Sequence[str]) -> bool:
    """Tell a policy path, or a link in the place of its directory, from the directory itself."""
    return printable(entry.path) in paths or entry.kind in (
        EntryKind.SYMLINK,
        EntryKind.SUBMODULE,
    )


def _policy_file(objects: Objects, entry: TreeEntry) -> PolicyFile:
    path = printable(entry.path)
    if entry.kind is not EntryKind.FILE:
        return PolicyFile(path, entry.kind)
    try:
        return PolicyFile(path, EntryKind.FILE, objects.content(entry.oid, POLICY_LIMIT))
    except OversizeError:
        return PolicyFile(path, EntryKind.TOO_LARGE)
