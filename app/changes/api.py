"""Changes from GitHub's list of a pull request's files, for when git cannot be used.

The list has no modes and may have no patch; what follows from that is a gap, never an empty diff.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.changes.hunks import PatchError, Section, parse_hunks
from app.core.facts import Changes, ChangeStatus, FileChange, FileKind, Gap, Part

FILE_LIMIT = 3000

_STATUSES = {
    "added": ChangeStatus.ADDED,
    "changed": ChangeStatus.TYPE_CHANGED,
    "copied": ChangeStatus.COPIED,
    "modified": ChangeStatus.MODIFIED,
    "removed": ChangeStatus.DELETED,
    "renamed": ChangeStatus.RENAMED,
    "unchanged": ChangeStatus.MODIFIED,
}
_KINDS = {"120000": FileKind.SYMLINK, "160000": FileKind.SUBMODULE}
_BY_GIT = "Let Gatewright read the repository's contents, so that it can use git."

Entry = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file, link or submodule as a tree has it."""

    mode: str
    sha: str


@dataclass(frozen=True, slots=True)
class Trees:
    """What stands at each path of merge base and head, from GitHub's recursive tree listings."""

    base: Mapping[str, TreeEntry]
    head: Mapping[str, TreeEntry]


def changes_from_listing(
    entries: Iterable[Entry], changed_files: int | None, trees: Trees | None = None
) -> tuple[Changes, tuple[Gap, ...]]:
    """Translate all pages of the list; `changed_files` is what the pull request itself says."""
    files: list[FileChange] = []
    gaps: list[Gap] = []
    for entry in entries:
        try:
            files.append(_file_change(entry, trees))
        except PatchError as error:
            gaps.append(_gap("LISTING_UNREADABLE", f"{_text(entry, 'filename')}: {error}"))
    gaps.extend(_limits(len(files) + len(gaps), changed_files))
    if trees is None:
        gaps.append(_gap("LISTING_WITHOUT_MODES", "links, submodules and modes are not listed"))
    else:
        gaps.extend(_unlisted(files, trees))
    return Changes("api", tuple(files)), tuple(gaps)


def _limits(listed: int, changed_files: int | None) -> Iterator[Gap]:
    if listed >= FILE_LIMIT:
        yield _gap("LISTING_TRUNCATED", f"GitHub lists at most {FILE_LIMIT} files")
    elif changed_files is None:
        yield _gap("LISTING_UNCOUNTED", "the number of changed files is not known")
    elif listed != changed_files:
        yield _gap("LISTING_INCOMPLETE", f"{listed} of {changed_files} changed files are listed")


def _unlisted(files: Iterable[FileChange], trees: Trees) -> Iterator[Gap]:
    """Hold the list against the trees: GitHub may list and count less than what differs."""
    listed = _listed_contents(files)
    missing = [
        path
        for path in sorted(trees.base.keys() | trees.head.keys())
        if trees.base.get(path) != trees.head.get(path)
        and (path not in listed or listed[path] != _sha_at(trees.head, path))
    ]
    if missing:
        example = f"{missing[0]} differs between the commits and is not listed so"
        detail = example if len(missing) == 1 else f"{example}, and {len(missing) - 1} more paths"
        yield _gap("LISTING_INCOMPLETE", detail)


def _listed_contents(files: Iterable[FileChange]) -> dict[str, str | None]:
    """Return what the head holds at each listed path; None where a file went away."""
    changes = tuple(files)
    moved_away = [each for each in changes if each.status is ChangeStatus.RENAMED]
    contents: dict[str, str | None] = {each.old_path: None for each in moved_away if each.old_path}
    # Another file may stand now where one was moved away.
    return contents | {each.path: each.new_oid for each in changes}


def _sha_at(tree: Mapping[str, TreeEntry], path: str) -> str | None:
    return tree[path].sha if path in tree else None


def _gap(code: str, detail: str) -> Gap:
    return Gap(Part.CHANGES, code, detail, _BY_GIT)


def _file_change(entry: Entry, trees: Trees | None) -> FileChange:
    path, status = _text(entry, "filename"), _STATUSES.get(_text(entry, "status"))
    if status is None or not path:
        raise PatchError("GitHub reports a kind of change that is not known")
    old_path = _text(entry, "previous_filename") or None
    old_mode, new_mode = _modes(trees, old_path or path, path)
    added_lines, removed_lines = _number(entry, "additions"), _number(entry, "deletions")
    section = _section(entry, (added_lines, removed_lines))
    kind = _KINDS.get((new_mode or old_mode) or "", _kind(section))
    has_lines = kind is FileKind.TEXT
    return FileChange(
        path=path,
        status=status,
        old_path=old_path,
        old_mode=old_mode,
        new_mode=new_mode,
        new_oid=None if status is ChangeStatus.DELETED else _text(entry, "sha") or None,
        kind=kind,
        added_lines=added_lines if has_lines else None,
        removed_lines=removed_lines if has_lines else None,
        added=tuple(section.added) if section is not None and has_lines else (),
    )


def _modes(trees: Trees | None, old_path: str, path: str) -> tuple[str | None, str | None]:
    return (None, None) if trees is None else (_mode(trees.base, old_path), _mode(trees.head, path))


def _mode(tree: Mapping[str, TreeEntry], path: str) -> str | None:
    return tree[path].mode if path in tree else None


def _kind(section: Section | None) -> FileKind:
    """Without a patch nothing is known of the content: it may be large, binary or unchanged."""
    return FileKind.UNKNOWN if section is None else FileKind.TEXT


def _section(entry: Entry, counts: tuple[int, int]) -> Section | None:
    patch = entry.get("patch")
    if not isinstance(patch, str) or not patch:
        return None
    section = parse_hunks(patch.encode("utf-8", "surrogatepass"))
    if (section.added_lines, section.removed_lines) != counts:
        raise PatchError("the patch and its line counts differ")
    return section


def _text(entry: Entry, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _number(entry: Entry, name: str) -> int:
    value = entry.get(name)
    if not isinstance(value, int):
        raise PatchError("GitHub does not say how many lines changed")
    return value
