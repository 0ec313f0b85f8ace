"""Commits as git stores them: claimed names and addresses, which no account stands behind yet."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from app.changes.git import Git, OversizeError
from app.changes.objects import Objects
from app.core.facts import Sha
from app.errors import GitError

MAX_COMMITS = 10_000
_MAX_COMMIT_BYTES = 1 << 20

_PERSON = re.compile(r"(?P<name>[^<]*?) ?<(?P<email>[^>]*)>(?: (?P<seconds>-?\d{1,15}) )?")
_CO_AUTHOR = re.compile(
    r"^[ \t]*co-authored-by:(?P<name>[^<>\n]{0,300})<(?P<email>[^<>\n]{0,320})>",
    re.IGNORECASE | re.MULTILINE,
)
# https://docs.github.com/en/actions/managing-workflow-runs/skipping-workflow-runs
_SKIP = re.compile(r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]", re.IGNORECASE)
_SKIP_TRAILER = re.compile(r"^skip-checks:[ \t]*true[ \t]*$", re.IGNORECASE | re.MULTILINE)
# Codecs of text only: Python knows some that run over bytes or decompress.
_ENCODING_NAMES = """
iso-8859-1 iso-8859-2 iso-8859-15 latin-1 latin1 windows-1250 windows-1251 windows-1252
koi8-r euc-jp shift_jis euc-kr gbk gb18030 big5
"""
_ENCODINGS = frozenset(_ENCODING_NAMES.split())


@dataclass(frozen=True, slots=True)
class RawCommit:
    """A commit with the people it names; the addresses are claims and must not be stored."""

    sha: Sha
    parents: tuple[Sha, ...]
    author_name: str
    author_email: str
    committer_name: str
    committer_email: str
    co_authors: tuple[tuple[str, str], ...]
    message: str
    committed_at: datetime | None
    tree: Sha

    @property
    def skips_ci(self) -> bool:
        """Whether the message asks GitHub Actions not to run."""
        return skips_ci(self.message)


@dataclass(frozen=True, slots=True)
class _Person:
    name: str = ""
    email: str = ""
    at: datetime | None = None


def skips_ci(message: str) -> bool:
    """Tell whether a commit message asks GitHub Actions not to run."""
    return bool(_SKIP.search(message) or _SKIP_TRAILER.search(message))


def read_commit(objects: Objects, sha: Sha) -> RawCommit:
    """Read one commit by its SHA."""
    return parse_commit(sha, objects.content(sha, _MAX_COMMIT_BYTES))


def commits_between(git: Git, objects: Objects, base: Sha, head: Sha) -> tuple[RawCommit, ...]:
    """Return what the head adds to the base through any parent, newest first."""
    listed = git.output(
        "rev-list", "--topo-order", f"--max-count={MAX_COMMITS + 1}", head, f"^{base}", "--"
    ).split()
    if len(listed) > MAX_COMMITS:
        raise OversizeError(f"the head is more than {MAX_COMMITS} commits ahead of its base")
    return tuple(read_commit(objects, Sha(name.decode())) for name in listed)


def parse_commit(sha: Sha, content: bytes) -> RawCommit:
    """Read a commit object; unusual people and dates are kept as far as they can be told."""
    head, _, body = content.partition(b"\n\n")
    fields = tuple(_fields(head.split(b"\n")))
    encoding = _encoding(fields)
    trees = [value for name, value in fields if name == b"tree"]
    if not trees:
        raise GitError(f"object {sha[:12]} is not a commit")
    author, committer = (_person(fields, role, encoding) for role in (b"author", b"committer"))
    message = body.decode(encoding, "backslashreplace")
    return RawCommit(
        sha=sha,
        parents=tuple(Sha(value.decode()) for name, value in fields if name == b"parent"),
        author_name=author.name,
        author_email=author.email,
        committer_name=committer.name,
        committer_email=committer.email,
        co_authors=tuple(co_authors(message)),
        message=message,
        committed_at=committer.at,
        tree=Sha(trees[0].decode()),
    )


def co_authors(message: str) -> Iterator[tuple[str, str]]:
    """Find `Co-authored-by` lines wherever they stand, since a claim anywhere is a claim."""
    for found in _CO_AUTHOR.finditer(message):
        yield found["name"].strip(), found["email"].strip()


def _fields(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for line in lines:
        # A line that begins with a space continues a signature and is nobody's field.
        if not line.startswith(b" "):
            name, _, value = line.partition(b" ")
            yield name, value


def _encoding(fields: tuple[tuple[bytes, bytes], ...]) -> str:
    named = next((value for name, value in fields if name == b"encoding"), b"")
    wanted = named.decode("ascii", "replace").strip().lower()
    return wanted if wanted in _ENCODINGS else "utf-8"


def _person(fields: tuple[tuple[bytes, bytes], ...], role: bytes, encoding: str) -> _Person:
    text = next((value for name, value in fields if name == role), b"")
    found = _PERSON.match(text.decode(encoding, "backslashreplace"))
    if found is None:
        return _Person()
    return _Person(found["name"], found["email"].strip(), _moment(found["seconds"]))


def _moment(seconds: str | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, OSError, ValueError):
        return None
