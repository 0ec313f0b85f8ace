"""The contents of git objects as values, read from git's own text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone


@dataclass(frozen=True, slots=True)
class Signature:
    """Who wrote or committed, and when."""

    name: str
    email: str
    date: datetime

    def line(self) -> str:
        """Return the form that git's own files use."""
        return f"{self.name} <{self.email}> {int(self.date.timestamp())} {self.date:%z}"


@dataclass(frozen=True, slots=True)
class Commit:
    """The content of a commit object."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """The content of an annotated tag object."""

    name: str
    target: str
    kind: str
    tagger: Signature
    message: str


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree listing; `path` is relative to the listed tree."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


def parsed_entry(line: str) -> TreeEntry:
    """Read a line of `git ls-tree -l`."""
    described, _, path = line.partition("\t")
    mode, kind, sha, size = described.split()
    return TreeEntry(mode, kind, sha, None if size == "-" else int(size), path)


def parsed_commit(sha: str, raw: str) -> Commit:
    """Read a commit object."""
    head, _, message = raw.partition("\n\n")
    fields = _fields(head)
    return Commit(
        sha=sha,
        tree=fields["tree"][0],
        parents=tuple(fields.get("parent", ())),
        author=_parsed_signature(fields["author"][0]),
        committer=_parsed_signature(fields["committer"][0]),
        message=message.removesuffix("\n"),
        signature=next(iter(fields.get("gpgsig", ())), None),
    )


def parsed_tag(raw: str) -> Tag:
    """Read an annotated tag object."""
    head, _, message = raw.partition("\n\n")
    fields = _fields(head)
    return Tag(
        name=fields["tag"][0],
        target=fields["object"][0],
        kind=fields["type"][0],
        tagger=_parsed_signature(fields["tagger"][0]),
        message=message.removesuffix("\n"),
    )


def _fields(head: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _headers(head):
        found.setdefault(name, []).append(value)
    return found


def _headers(head: str) -> Iterator[tuple[str, str]]:
    """Yield header lines with their continuations (signatures) joined."""
    name, value = "", ""
    for line in head.split("\n"):
        if line.startswith(" "):
            value += "\n" + line[1:]
            continue
        if name:
            yield name, value
        name, _, value = line.partition(" ")
    yield name, value


def _parsed_signature(line: str) -> Signature:
    who, _, when = line.rpartition("> ")
    name, _, email = who.partition("<")
    seconds, zone = when.split()
    minutes = int(zone[-2:]) + 60 * int(zone[-4:-2])
    offset = timedelta(minutes=-minutes if zone.startswith("-") else minutes)
    date = datetime.fromtimestamp(int(seconds), UTC).astimezone(timezone(offset))
    return Signature(name.strip(), email, date)
