"""File changes as facts: what stands at each path now, judged by content and mode."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from app.changes.git import OversizeError
from app.changes.hunks import PatchError, Section, parse_patch
from app.changes.objects import Objects
from app.changes.paths import printable
from app.changes.rawdiff import (
    NO_MODE,
    NO_OID,
    SUBMODULE_MODE,
    SYMLINK_MODE,
    DiffOutput,
    LineCount,
    RawChange,
)
from app.core.facts import ChangeStatus, FileChange, FileKind

_STATUSES = {
    "A": ChangeStatus.ADDED,
    "C": ChangeStatus.COPIED,
    "D": ChangeStatus.DELETED,
    "M": ChangeStatus.MODIFIED,
    "R": ChangeStatus.RENAMED,
    "T": ChangeStatus.TYPE_CHANGED,
}
_BINARY_PROBE = 8000
_TEXT_LIMIT = 32 << 20
_LINK_LIMIT = 4096
_POINTER_LIMIT = 1024
_POINTER = b"version https://git-lfs.github.com/spec/v1\n"


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stands at a path in the head, or stood there before it was deleted."""

    kind: FileKind
    size: int | None = None
    link_target: str | None = None
    lines: int | None = None


def file_changes(objects: Objects, diff: DiffOutput) -> Iterator[FileChange]:
    """Join git's three parts of a diff, checking each against the others."""
    sections = iter(parse_patch(diff.patch))
    for change, count in zip(diff.changes, diff.counts, strict=True):
        own = _sections_of(change, sections)
        _check_counts(count, own)
        standing = _standing(objects, change, has_lines=count.added is not None)
        yield _file_change(change, count, own, standing)
    if next(sections, None) is not None:
        raise PatchError("the diff shows more files than git lists")


def _sections_of(change: RawChange, sections: Iterator[Section]) -> tuple[Section, ...]:
    """Take the sections of one change; a change of type is shown as deletion and creation."""
    expected = 2 if change.changes_type else 1
    own = tuple(islice(sections, expected))
    if len(own) != expected:
        raise PatchError("the diff shows fewer files than git lists")
    old, new = own[0].old_oid, own[-1].new_oid
    if (old or change.old_oid) != change.old_oid or (new or change.new_oid) != change.new_oid:
        raise PatchError("the diff and git's list of files name different contents")
    return own


def _check_counts(count: LineCount, sections: tuple[Section, ...]) -> None:
    if count.added is None and any(section.is_binary for section in sections):
        return
    added = sum(section.added_lines for section in sections)
    removed = sum(section.removed_lines for section in sections)
    if (count.added or 0, count.removed or 0) != (added, removed):
        raise PatchError("the lines of the diff and git's line counts differ")


def _file_change(
    change: RawChange, count: LineCount, sections: tuple[Section, ...], standing: _Standing
) -> FileChange:
    added_lines, removed_lines, added = _lines(count, sections, standing)
    return FileChange(
        path=printable(change.path),
        status=_status(change.status),
        old_path=None if change.old_path is None else printable(change.old_path),
        old_mode=None if change.old_mode == NO_MODE else change.old_mode,
        new_mode=None if change.new_mode == NO_MODE else change.new_mode,
        old_oid=None if change.old_oid == NO_OID else change.old_oid,
        new_oid=None if change.new_oid == NO_OID else change.new_oid,
        kind=standing.kind,
        added_lines=added_lines,
        removed_lines=removed_lines,
        added=added,
        size=standing.size,
        link_target=standing.link_target,
    )


def _status(letter: str) -> ChangeStatus:
    status = _STATUSES.get(letter)
    if status is None:
        raise PatchError(f"git reports the unknown change {letter!r}")
    return status


def _lines(
    count: LineCount, sections: tuple[Section, ...], standing: _Standing
) -> tuple[int | None, int | None, tuple[tuple[int, int], ...]]:
    """Return added and removed lines; a binary file that became text is new from end to end."""
    if standing.kind in (FileKind.SYMLINK, FileKind.SUBMODULE, FileKind.BINARY, FileKind.UNKNOWN):
        return None, None, ()
    if count.added is not None:
        return count.added, count.removed, tuple(sections[-1].added)
    if not standing.lines:
        return standing.lines, None, ()
    return standing.lines, None, ((1, standing.lines),)


def _standing(objects: Objects, change: RawChange, *, has_lines: bool) -> _Standing:
    deleted = change.new_mode == NO_MODE
    mode, oid = (change.old_mode, change.old_oid) if deleted else (change.new_mode, change.new_oid)
    if mode == SUBMODULE_MODE:
        return _Standing(FileKind.SUBMODULE)
    info = objects.info(oid)
    size = None if info is None else info.size
    if mode == SYMLINK_MODE:
        return _Standing(FileKind.SYMLINK, size, _link_target(objects, oid))
    if size is None or size > _TEXT_LIMIT:
        return _Standing(FileKind.UNKNOWN, size)
    if has_lines and size >= _POINTER_LIMIT:
        return _Standing(FileKind.TEXT, size)
    standing = _content(objects.content(oid, _TEXT_LIMIT))
    if not has_lines and standing.kind is not FileKind.BINARY:
        _explain_missing_lines(objects, change)
    return standing


def _explain_missing_lines(objects: Objects, change: RawChange) -> None:
    """Make sure that git shows no lines because of the old content, not of some attribute."""
    info = None if change.old_mode == NO_MODE else objects.info(change.old_oid)
    if info is not None and info.size > _TEXT_LIMIT:
        return
    if info is None or b"\0" not in objects.content(info.oid, _TEXT_LIMIT)[:_BINARY_PROBE]:
        raise PatchError("git shows no lines for a file that is text")


def _link_target(objects: Objects, oid: str) -> str | None:
    try:
        return printable(objects.content(oid, _LINK_LIMIT))
    except OversizeError:
        return None


def _content(content: bytes) -> _Standing:
    size = len(content)
    if b"\0" in content[:_BINARY_PROBE]:
        return _Standing(FileKind.BINARY, size)
    lines = content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    is_pointer = size < _POINTER_LIMIT and content.startswith(_POINTER)
    return _Standing(FileKind.LFS_POINTER if is_pointer else FileKind.TEXT, size, None, lines)
