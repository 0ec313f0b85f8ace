"""What a secret scan needs of a repository and of a scanner, as protocols."""

from collections.abc import Sequence
from typing import Protocol

from app.core.facts import Sha
from app.scan.hits import ContentScan


class Content(Protocol):
    """A content at a path of a commit."""

    @property
    def path(self) -> str:
        """The path, for people and for the syntax."""

    @property
    def oid(self) -> str:
        """The name of the content."""

    @property
    def mode(self) -> str:
        """Git's mode."""


class Comparison(Protocol):
    """A commit against one parent."""

    @property
    def new(self) -> Sequence[Content]:
        """What the commit has and the parent has not."""

    @property
    def old(self) -> Sequence[Content]:
        """What the parent had at the changed paths."""


class Step(Protocol):
    """A commit and its comparisons with all parents."""

    @property
    def sha(self) -> Sha:
        """The commit."""

    @property
    def message(self) -> str:
        """The commit's message."""

    @property
    def comparisons(self) -> Sequence[Comparison]:
        """One comparison for each parent, or one with nothing."""


class Source(Protocol):
    """A repository, as far as a scan must read it."""

    def steps(self, base: Sha, head: Sha) -> Sequence[Step]:
        """Return the commits of the pull request, oldest first."""

    def merge_bases(self, base: Sha, head: Sha) -> tuple[Sha, ...]:
        """Return the best common ancestors."""

    def blob_size(self, oid: str) -> int | None:
        """Return a content's size, None if it is missing."""

    def blob(self, oid: str, limit: int) -> bytes:
        """Return a content."""

    def blobs_in(self, commit: Sha) -> frozenset[str]:
        """Return the names of all contents of a commit."""


class Scanner(Protocol):
    """Something that scans single contents."""

    def self_test(self) -> str:
        """Prove that secrets are found, and return the engine's name."""

    def scan(self, content: bytes, path: str) -> ContentScan:
        """Scan a file."""

    def scan_prose(self, text: str) -> ContentScan:
        """Scan text that is no source code."""
