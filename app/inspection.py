"""Joins git mirrors, the change reader and the scanners behind the port `ChangeReader`."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
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
from app.core.policy.location import POLICY_PATHS
from app.core.policy.paths import PathSet
from app.errors import GitError
from app.ports import Claim, CommitText, GitAccess, PolicyFileSeen, Tips
from app.ports.deployments import Between, Titled
from app.scan.pool import ScannerPool
from app.scan.secrets import scan
from app.scan.workflows import audit_workflows
from app.scan.zizmor import Zizmor

T = TypeVar("T")
_REMEMBERED = 2048


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


def _always(_found: object) -> bool:
    return True


def _nowhere(_sha: Sha) -> bool:
    """Fetch nothing: what is not on this disk is not to be had."""
    return False


@dataclass(frozen=True)
class Inspection:
    """Base tip and head of one repository, read when asked; what commits fix is remembered."""

    directory: Path
    tips: Tips
    scanners: ScannerPool
    memory: Memory
    repository: str
    opened: ExitStack
    fetch: Callable[[Sha], bool] = _nowhere

    @cached_property
    def _reader(self) -> ChangeReader:
        return self.opened.enter_context(open_reader(self.directory))

    def _remember(self, what: str, find: Callable[[], T], keep: Callable[[T], bool] = _always) -> T:
        """Return what is a function of base tip and head alone, from memory if it is there."""
        key = (what, self.repository, self.tips.base, self.tips.head)
        return self.memory.remember(key, find, keep=keep)

    @cached_property
    def merge_base(self) -> Sha | None:
        """The commit where head and base parted; None for unrelated histories."""
        return self._remember("merge base", self._find_merge_base)

    def _find_merge_base(self) -> Sha | None:
        found = self._reader.merge_bases(self.tips.base, self.tips.head)
        return found[0] if found else None

    def policy_files(self, paths: Sequence[str] = POLICY_PATHS) -> tuple[PolicyFileSeen, ...]:
        """Return what stands at the paths of the policy at the base tip, readable or not."""
        find = partial(self._find_policy_files, paths)
        return self._remember(f"policy {' '.join(paths)}", find)

    def _find_policy_files(self, paths: Sequence[str]) -> tuple[PolicyFileSeen, ...]:
        found = self._reader.policy_files(self.tips.base, paths)
        return tuple(PolicyFileSeen(each.path, each.kind.value, each.content) for each in found)

    def is_on_base(self, sha: Sha) -> bool:
        """Tell whether the base branch contains a commit."""
        return self.holds(self.tips.base, sha)

    def holds(self, sha: Sha, other: Sha) -> bool:
        """Tell whether a commit has another one among its ancestors, or is it itself."""
        try:
            return self._reader.merge_bases(sha, other) == (other,)
        except GitError:
            return False

    def tree(self, sha: Sha) -> Sha:
        """Return the tree of a commit; raises GitError when it is not there."""
        return self._reader.commit(sha).tree

    def has(self, sha: Sha) -> bool:
        """Tell whether the repository has a commit; one that is not at hand is fetched."""
        return self._reader.is_commit(sha) or self.fetch(sha)

    def between(self, old: Sha, new: Sha, most: int) -> Between:
        """Return how two commits differ; raises GitError where one of them is not to be had."""
        if not (self.has(old) and self.has(new)):
            raise GitError(f"one of {old[:12]} and {new[:12]} is not in the repository any more")
        lost, gained = self._reader.apart(old, new)
        titles = tuple(
            Titled(each.sha, each.message.partition("\n")[0])
            for each in self._reader.newest(old, new, most)
        )
        return Between(gained, lost, titles, self._reader.base_paths(old, new))

    def paths(self, sha: Sha) -> tuple[str, ...]:
        """Return the path of every file of a commit; the same commit is listed once."""

        def find() -> tuple[str, ...]:
            if not self.has(sha):
                raise GitError(f"{sha[:12]} is not in the repository any more")
            return self._reader.paths(sha)

        return self.memory.remember(("paths", self.repository, sha), find, keep=_always)

    def content_id(self, sha: Sha, path: str) -> str | None:
        """Return the name of a file's content in a commit; None where either is missing."""
        try:
            return self._reader.content_id(sha, path)
        except GitError:
            return None

    def divergence(self) -> Divergence:
        """Return how head and base tip stand to each other."""
        return self._remember(
            "divergence", lambda: self._reader.divergence(self.tips.base, self.tips.head)
        )

    def commits(self) -> tuple[CommitText, ...]:
        """Return every commit reachable from the head and not from the base."""
        return self._remember("commits", self._find_commits)

    def _find_commits(self) -> tuple[CommitText, ...]:
        found = self._reader.commits(self.tips.base, self.tips.head)
        return tuple(_commit_text(each) for each in found)

    def changes(self) -> tuple[Changes, tuple[Gap, ...]]:
        """Return the change from merge base to head; unrelated histories have none."""
        return self._remember("changes", self._find_changes, _has_no_gap)

    def _find_changes(self) -> tuple[Changes, tuple[Gap, ...]]:
        if self.merge_base is None:
            return Changes("git"), (_unrelated(),)
        return self._reader.changes(self.merge_base, self.tips.head, self.tips.base)

    def documents(self, patterns: Sequence[str]) -> tuple[tuple[Document, ...], tuple[Gap, ...]]:
        """Return the text of matching files, at base tip and head."""
        if not patterns:
            return (), ()
        wanted = PathSet.of(patterns).matches
        at_base, base_gaps = self._reader.documents(self.tips.base, wanted)
        at_head, head_gaps = self._reader.documents(self.tips.head, wanted)
        return (*at_base, *at_head), (*base_gaps, *head_gaps)

    def carries(self, approved: Sequence[Sha]) -> tuple[Carry, ...]:
        """Return what git proves about approvals of older commits."""
        return tuple(self._carry(sha) for sha in approved)

    def _carry(self, approved: Sha) -> Carry:
        return self._remember(
            f"carry {approved}",
            lambda: self._reader.carry(approved, self.tips.base, self.tips.head),
            lambda found: found.known,
        )

    def secrets(self) -> tuple[SecretScan | None, tuple[Gap, ...]]:
        """Scan every commit for secrets; the same commits are scanned once."""

        def find() -> tuple[SecretScan | None, tuple[Gap, ...]]:
            return scan(self._reader, self.tips.base, self.tips.head, self.scanners)

        # The base's tip matters too: what it holds is not the pull request's leak.
        return self._remember("secrets", find, _is_whole)

    def workflow_audit(self) -> tuple[WorkflowAudit | None, tuple[Gap, ...]]:
        """Audit changed workflows against the base; the same change is audited once."""
        return self._remember("workflows", self._audit, _has_no_gap)

    def _audit(self) -> tuple[WorkflowAudit | None, tuple[Gap, ...]]:
        if self.merge_base is None:
            return None, (_unrelated(),)
        files = self.changes()[0].files
        return audit_workflows(files, self._reader.blob, Zizmor())


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
        directory = self.mirror.directory(repository_id)
        tips = Tips(fetched.base, fetched.head)
        with ExitStack() as opened:
            name = str(repository_id)

            def keep(sha: Sha) -> bool:
                return self.mirror.keep(repository_id, origin, sha)

            yield Inspection(directory, tips, self.scanners, self.memory, name, opened, keep)


@contextmanager
def inspect_local(
    directory: Path, base: Sha, head: Sha, scanners: ScannerPool
) -> Iterator[Inspection]:
    """Open any repository on this disk for reading, without writing into it."""
    with ExitStack() as opened:
        tips = Tips(base, head)
        yield Inspection(directory, tips, scanners, Memory(), str(directory), opened)


def _commit_text(raw: RawCommit) -> CommitText:
    claims = (
        Claim("author", raw.author_email),
        Claim("committer", raw.committer_email),
        *(Claim("co_author", email) for _, email in raw.co_authors),
    )
    return CommitText(raw.sha, raw.parents, claims, raw.skips_ci)


def _has_no_gap(found: tuple[object, tuple[Gap, ...]]) -> bool:
    return not found[1]


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
