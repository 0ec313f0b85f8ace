"""Joins git mirrors, the change reader and the scanners behind the port `ChangeReader`."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from app.changes.commits import RawCommit
from app.changes.mirror import Mirror, Origin
from app.changes.reader import ChangeReader, open_reader
from app.core.facts import (
    Carry,
    Changes,
    Divergence,
    Document,
    Gap,
    Part,
    SecretScan,
    Sha,
    WorkflowAudit,
)
from app.core.policy.paths import PathSet
from app.errors import GitError
from app.ports import Claim, CommitText, GitAccess, PolicyFileSeen, Tips
from app.scan.pool import ScannerPool
from app.scan.secrets import scan
from app.scan.workflows import audit_workflows
from app.scan.zizmor import Zizmor

T = TypeVar("T")
_REMEMBERED = 256


@dataclass(slots=True)
class Memory:
    """Results that depend on commits alone, kept between evaluations of one process."""

    limit: int = _REMEMBERED
    _kept: OrderedDict[tuple[str, ...], object] = field(default_factory=OrderedDict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def remember(
        self, key: tuple[str, ...], find: Callable[[], T], *, keep: Callable[[T], bool]
    ) -> T:
        """Return what is kept under the key, or find it and keep it if it is worth keeping."""
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]  # type: ignore[return-value]
        found = find()
        if keep(found):
            with self._guard:
                self._kept[key] = found
                while len(self._kept) > self.limit:
                    self._kept.popitem(last=False)
        return found


@dataclass(frozen=True)
class Inspection:
    """Base tip and head of one repository, opened for one evaluation."""

    reader: ChangeReader
    tips: Tips
    scanners: ScannerPool
    memory: Memory
    repository: str

    @cached_property
    def _merge_bases(self) -> tuple[Sha, ...]:
        return self.reader.merge_bases(self.tips.base, self.tips.head)

    @property
    def merge_base(self) -> Sha | None:
        """Return the commit where head and base parted; None for unrelated histories."""
        return self._merge_bases[0] if self._merge_bases else None

    def policy_files(self) -> tuple[PolicyFileSeen, ...]:
        """Return what stands at the paths of the policy at the base tip, readable or not."""
        found = self.reader.policy_files(self.tips.base)
        return tuple(PolicyFileSeen(each.path, each.kind.value, each.content) for each in found)

    def is_on_base(self, sha: Sha) -> bool:
        """Tell whether the base branch contains a commit."""
        try:
            return self.reader.merge_bases(self.tips.base, sha) == (sha,)
        except GitError:
            return False

    def divergence(self) -> Divergence:
        """Return how head and base tip stand to each other."""
        return self.reader.divergence(self.tips.base, self.tips.head)

    def commits(self) -> tuple[CommitText, ...]:
        """Return every commit reachable from the head and not from the base."""
        found = self.reader.commits(self.tips.base, self.tips.head)
        return tuple(_commit_text(each) for each in found)

    def changes(self) -> tuple[Changes, tuple[Gap, ...]]:
        """Return the change from merge base to head; unrelated histories have none."""
        if self.merge_base is None:
            return Changes("git"), (_unrelated(),)
        return self.reader.changes(self.merge_base, self.tips.head, self.tips.base)

    def documents(self, patterns: Sequence[str]) -> tuple[tuple[Document, ...], tuple[Gap, ...]]:
        """Return the text of matching files, at base tip and head."""
        if not patterns:
            return (), ()
        wanted = PathSet.of(patterns).matches
        at_base, base_gaps = self.reader.documents(self.tips.base, wanted)
        at_head, head_gaps = self.reader.documents(self.tips.head, wanted)
        return (*at_base, *at_head), (*base_gaps, *head_gaps)

    def carries(self, approved: Sequence[Sha]) -> tuple[Carry, ...]:
        """Return what git proves about approvals of older commits."""
        return tuple(self.reader.carry(sha, self.tips.base, self.tips.head) for sha in approved)

    def secrets(self) -> tuple[SecretScan | None, tuple[Gap, ...]]:
        """Scan every commit for secrets; the same commits are scanned once."""

        def find() -> tuple[SecretScan | None, tuple[Gap, ...]]:
            return scan(self.reader, self.tips.base, self.tips.head, self.scanners)

        key = ("secrets", self.repository, *self._range)
        return self.memory.remember(key, find, keep=_is_whole)

    def workflow_audit(self) -> tuple[WorkflowAudit | None, tuple[Gap, ...]]:
        """Audit changed workflows against the base; the same change is audited once."""
        merge_base = self.merge_base
        if merge_base is None:
            return None, (_unrelated(),)

        def find() -> tuple[WorkflowAudit | None, tuple[Gap, ...]]:
            files = self.changes()[0].files
            return audit_workflows(files, self.reader.blob, Zizmor())

        key = ("workflows", self.repository, merge_base, self.tips.head)
        return self.memory.remember(key, find, keep=lambda found: not found[1])

    @property
    def _range(self) -> tuple[str, str]:
        """Name the scanned commits: a base that only moves on does not change them."""
        return (self.merge_base or self.tips.base, self.tips.head)


@dataclass(frozen=True, slots=True)
class Inspector:
    """Fetches repositories into mirrors and opens them; `protocols` are those git may use."""

    mirror: Mirror
    scanners: ScannerPool
    protocols: tuple[str, ...] = ("https",)
    memory: Memory = field(default_factory=Memory)

    @contextmanager
    def open(
        self,
        repository_id: int,
        access: GitAccess,
        base_ref: str,
        head_ref: str,
        also: Sequence[Sha] = (),
    ) -> Iterator[Inspection]:
        """Fetch a base branch, a head and older commits, and open them for reading."""
        origin = Origin(access.url, access.token, self.protocols)
        refs = (f"refs/heads/{base_ref}", head_ref)
        fetched = self.mirror.fetch(repository_id, origin, refs, also)
        with open_reader(self.mirror.directory(repository_id)) as reader:
            tips = Tips(fetched.base, fetched.head)
            yield Inspection(reader, tips, self.scanners, self.memory, str(repository_id))


@contextmanager
def inspect_local(
    directory: Path, base: Sha, head: Sha, scanners: ScannerPool
) -> Iterator[Inspection]:
    """Open any repository on this disk for reading, without writing into it."""
    with open_reader(directory) as reader:
        yield Inspection(reader, Tips(base, head), scanners, Memory(), str(directory))


def _commit_text(raw: RawCommit) -> CommitText:
    claims = (
        Claim("author", raw.author_email),
        Claim("committer", raw.committer_email),
        *(Claim("co_author", email) for _, email in raw.co_authors),
    )
    return CommitText(raw.sha, raw.parents, claims, raw.message)


def _is_whole(found: tuple[SecretScan | None, tuple[Gap, ...]]) -> bool:
    """Tell whether a scan is worth keeping: one that ran out of time may do better next time."""
    scan_result, gaps = found
    if scan_result is None or gaps:
        return False
    return all(each.reason != "budget" for each in scan_result.unread)


def _unrelated() -> Gap:
    detail = "head and base have no common ancestor"
    remedy = "Rebase the branch onto its base."
    return Gap(Part.CHANGES, "UNRELATED_HISTORIES", detail, remedy, temporary=False)
