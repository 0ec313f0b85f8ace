"""Differences between two commits, in the shape and with the limits that GitHub has."""

import re
from dataclasses import dataclass

from app.sandbox.git.repository import GitRepo

FILE_LIMIT = 3000
PATCH_LINES = 20_000
PATCH_BYTES = 500_000

_STATUS = {
    "A": "added",
    "D": "removed",
    "M": "modified",
    "R": "renamed",
    "C": "copied",
    "T": "changed",
}
_FILE_START = re.compile(r"^diff --git ", re.MULTILINE)


FileRecord = tuple[str, str, str | None, str]


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a difference; `patch` is None for binary and oversized ones."""

    status: str
    path: str
    previous: str | None
    sha: str
    additions: int
    deletions: int
    patch: str | None


def changes(git: GitRepo, base: str, head: str) -> list[FileChange]:
    """Every file that differs between two tree-ish objects, in path order."""
    counts = git.remembered("diff-tree", "-r", "-M", "--numstat", "-z", base, head)
    patches = _patches(diff_text(git, base, head))
    numbers = _numstat(counts.decode(errors="surrogateescape"))
    return [
        FileChange(*record, *number, _shown(patch, sum(number)))
        for record, number, patch in zip(records(git, base, head), numbers, patches, strict=True)
    ]


def records(git: GitRepo, base: str, head: str) -> list[FileRecord]:
    """Return (status, path, previous path, blob) of every file that differs."""
    raw = git.remembered("diff-tree", "-r", "-M", "--raw", "--no-abbrev", "-z", base, head)
    return _raw_records(raw.decode(errors="surrogateescape"))


def diff_text(git: GitRepo, base: str, head: str) -> str:
    """Return the unified difference as git prints it."""
    flags = ("-r", "-M", "-p", "--full-index", "--no-color")
    return git.remembered("diff-tree", *flags, base, head).decode(errors="replace")


def _raw_records(text: str) -> list[FileRecord]:
    """(status, path, previous path, blob) of `--raw -z`."""
    fields = iter(text.split("\0"))
    found: list[FileRecord] = []
    for described in fields:
        if not described:
            break
        _, _, old, new, letter = described.split()
        first = next(fields)
        moved = letter[0] in "RC"
        path, previous = (next(fields), first) if moved else (first, None)
        sha = old if letter == "D" else new
        found.append((_STATUS.get(letter[0], "changed"), path, previous, sha))
    return found


def _numstat(text: str) -> list[tuple[int, int]]:
    """(additions, deletions) of `--numstat -z`; binary files count zero."""
    fields = iter(text.split("\0"))
    counts: list[tuple[int, int]] = []
    for described in fields:
        if not described:
            break
        added, removed, path = described.split("\t")
        if not path:
            next(fields)
            next(fields)
        counts.append((0, 0) if added == "-" else (int(added), int(removed)))
    return counts


def _patches(text: str) -> list[str | None]:
    """Return the hunks of each file without git's header lines."""
    starts = [match.start() for match in _FILE_START.finditer(text)]
    ends = [*starts[1:], len(text)] if starts else []
    pieces = [text[a:b] for a, b in zip(starts, ends, strict=True)]
    return [_hunks(piece) for piece in pieces]


def _hunks(piece: str) -> str | None:
    at = piece.find("\n@@ ")
    return None if at < 0 else piece[at + 1 :].removesuffix("\n")


def _shown(patch: str | None, lines: int) -> str | None:
    if patch is None or lines > PATCH_LINES or len(patch) > PATCH_BYTES:
        return None
    return patch
