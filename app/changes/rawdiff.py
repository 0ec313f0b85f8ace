"""Git's NUL-separated lists of changes, where a path needs no quoting and cannot break a record."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.changes.hunks import PatchError

NO_OID = "0" * 40
NO_MODE = "000000"
SUBMODULE_MODE = "160000"
SYMLINK_MODE = "120000"


@dataclass(frozen=True, slots=True)
class RawChange:
    """One record of `--raw`: modes, object names and paths as git has them."""

    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str
    status: str
    path: bytes
    old_path: bytes | None = None

    @property
    def changes_type(self) -> bool:
        """Whether a file became a symlink or submodule, or back: git shows two sections."""
        return self.status == "T"


@dataclass(frozen=True, slots=True)
class LineCount:
    """One record of `--numstat`; None where git sees no lines."""

    path: bytes
    added: int | None
    removed: int | None


@dataclass(frozen=True, slots=True)
class DiffOutput:
    """The three parts that one `diff-tree --raw --numstat -p -z` writes."""

    changes: tuple[RawChange, ...]
    counts: tuple[LineCount, ...]
    patch: bytes


class _Cursor:
    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> bytes:
        return self.text[self.at : self.at + 1]

    def field(self, separator: bytes = b"\0") -> bytes:
        stop = self.text.find(separator, self.at)
        if stop < 0:
            raise PatchError("a record of git's diff is cut off")
        taken = self.text[self.at : stop]
        self.at = stop + 1
        return taken


def parse_diff(output: bytes) -> DiffOutput:
    """Take the output apart; the parts must describe the same files in the same order."""
    cursor = _Cursor(output)
    changes = tuple(_raw_changes(cursor))
    counts = tuple(_line_counts(cursor))
    if cursor.peek() == b"\0":
        cursor.at += 1
    if [change.path for change in changes] != [count.path for count in counts]:
        raise PatchError("git's lists of files and of line counts differ")
    return DiffOutput(changes, counts, output[cursor.at :])


def parse_comparisons(output: bytes) -> Iterator[tuple[str, str, tuple[RawChange, ...]]]:
    """Read `diff-tree --stdin` over pairs of trees: both trees and what differs, pair by pair."""
    cursor = _Cursor(output)
    while cursor.peek():
        trees = cursor.field(b"\n").decode("ascii").split(" ")
        if len(trees) != 2:  # noqa: PLR2004 - a pair
            raise PatchError("git compared something that is not a pair of trees")
        yield trees[0], trees[1], tuple(_raw_changes(cursor))


def _raw_changes(cursor: _Cursor) -> Iterator[RawChange]:
    while cursor.peek() == b":":
        words = cursor.field().decode("ascii").removeprefix(":").split(" ")
        if len(words) != 5:  # noqa: PLR2004 - two modes, two names, a status
            raise PatchError("a record of git's diff has an unknown form")
        old_mode, new_mode, old_oid, new_oid, status = words
        path, old_path = cursor.field(), None
        if status[:1] in ("R", "C"):
            path, old_path = cursor.field(), path
        yield RawChange(old_mode, new_mode, old_oid, new_oid, status[:1], path, old_path)


def _line_counts(cursor: _Cursor) -> Iterator[LineCount]:
    while cursor.peek() not in (b"", b"\0"):
        words = cursor.field().split(b"\t", 2)
        if len(words) != 3:  # noqa: PLR2004 - added, removed, path
            raise PatchError("a line count of git's diff has an unknown form")
        added, removed, path = words
        if not path:
            cursor.field()
            path = cursor.field()
        yield LineCount(path, _count(added), _count(removed))


def _count(text: bytes) -> int | None:
    if text == b"-":
        return None
    if not text.isdigit():
        raise PatchError("a line count of git's diff is no number")
    return int(text)
