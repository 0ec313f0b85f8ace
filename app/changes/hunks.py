"""Reading a unified diff by the line counts of its hunks, on bytes.

What a line says never decides what it is: an added `++ b/other` inside a hunk is content.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.errors import GitError

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_INDEX = re.compile(rb"index ([0-9a-f]{40})\.\.([0-9a-f]{40})(?: [0-7]{6})?\Z")
_HEADERS = (
    b"--- ",
    b"+++ ",
    b"old mode ",
    b"new mode ",
    b"deleted file mode ",
    b"new file mode ",
    b"similarity index ",
    b"dissimilarity index ",
    b"rename ",
    b"copy ",
    b"\\ ",
)


class PatchError(GitError):
    """A diff does not follow its own line counts."""


@dataclass(slots=True)
class Section:
    """What one file's part of a diff adds and removes; `added` are lines of the new file."""

    old_oid: str | None = None
    new_oid: str | None = None
    is_binary: bool = False
    added: list[tuple[int, int]] = field(default_factory=list)
    added_lines: int = 0
    removed_lines: int = 0

    def add(self, line: int) -> None:
        """Count an added line, joining it to the range it continues."""
        self.added_lines += 1
        if self.added and self.added[-1][1] == line - 1:
            self.added[-1] = (self.added[-1][0], line)
        else:
            self.added.append((line, line))


def parse_patch(patch: bytes) -> tuple[Section, ...]:
    """Read git's output of several files, in its order."""
    sections: list[Section] = []
    lines = _lines(patch)
    for line in lines:
        if line.startswith(b"diff --git "):
            sections.append(Section())
        elif not sections:
            raise PatchError("the diff does not begin with a file")
        else:
            _read_header(line, sections[-1], lines)
    return tuple(sections)


def parse_hunks(patch: bytes) -> Section:
    """Read the hunks of one file, as GitHub's API hands them out."""
    section = Section()
    lines = _lines(patch)
    for line in lines:
        if line.startswith(b"@@ "):
            _read_hunk(line, section, lines)
        elif not line.startswith(b"\\ "):
            raise PatchError("text stands outside the hunks of the diff")
    return section


def _lines(patch: bytes) -> Iterator[bytes]:
    start = 0
    while (stop := patch.find(b"\n", start)) >= 0:
        yield patch[start:stop]
        start = stop + 1
    if start < len(patch):
        yield patch[start:]


def _read_header(line: bytes, section: Section, lines: Iterator[bytes]) -> None:
    if line.startswith(b"@@ "):
        _read_hunk(line, section, lines)
    elif index := _INDEX.match(line):
        section.old_oid, section.new_oid = index[1].decode(), index[2].decode()
    elif line.startswith(b"Binary files "):
        section.is_binary = True
    elif not line.startswith(_HEADERS):
        raise PatchError("an unknown line stands between the hunks of the diff")


def _read_hunk(header: bytes, section: Section, lines: Iterator[bytes]) -> None:
    counts = _HUNK.match(header)
    if counts is None:
        raise PatchError("a hunk of the diff has no line counts")
    old_left = int(counts[2] or 1)
    new_left = int(counts[4] or 1)
    new_line = int(counts[3])
    while old_left > 0 or new_left > 0:
        mark = next(lines, b"")[:1]
        if mark == b"+":
            section.add(new_line)
        elif mark == b"-":
            section.removed_lines += 1
        elif mark not in (b" ", b"\\"):
            raise PatchError("a hunk of the diff ends before its line count")
        old_left -= mark in (b"-", b" ")
        new_left -= mark in (b"+", b" ")
        new_line += mark in (b"+", b" ")
    if old_left or new_left:
        raise PatchError("a hunk of the diff is longer than its line count")
