"""What was seen, as frozen values: everything a verdict may depend on, and nothing else.

A fact names the commit it was earned on. What could not be read is a `Gap`, never an empty list.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

Sha = NewType("Sha", str)

FACTS_SCHEMA = "gatewright/facts/1"


class Part(StrEnum):
    """A part of the facts that a gate can need and that can be missing."""

    PULL_REQUEST = "pull_request"
    COMMITS = "commits"
    AUTHORSHIP = "authorship"
    CHANGES = "changes"
    DOCUMENTS = "documents"
    REVIEWS = "reviews"
    PERMISSIONS = "permissions"
    TEAMS = "teams"
    DIRECTORY = "directory"
    CHECKS = "checks"
    WORKFLOW_RUNS = "workflow_runs"
    HISTORY = "history"
    CARRIES = "carries"
    SECRETS = "secrets"
    WORKFLOW_AUDIT = "workflow_audit"
    SIBLINGS = "siblings"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Gap:
    """A part that could not be read in full, and what would mend it."""

    part: Part
    code: str
    detail: str
    remedy: str = ""
    temporary: bool = True


class AccountKind(StrEnum):
    """GitHub's account types as far as they decide anything."""

    USER = "user"
    BOT = "bot"
    ORGANIZATION = "organization"
    MANNEQUIN = "mannequin"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """A GitHub account; the numeric id is the identity, the login is for display."""

    id: int
    login: str
    kind: AccountKind = AccountKind.USER


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verdict is about; a fact earned for another subject is not counted.

    `base_sha` is the tip of the base branch when the facts were read, not the frozen
    `pull_request.base.sha` of the API.
    """

    repository_id: int
    repository: str
    pull_request: int | None
    base_ref: str
    base_sha: Sha
    merge_base: Sha | None
    head_sha: Sha


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The pull request's own fields, read fresh."""

    number: int
    title: str
    author: Account | None
    head_ref: str
    head_repository_id: int | None
    is_open: bool = True
    is_merged: bool = False
    is_draft: bool = False
    mergeable: bool | None = None
    changed_files: int | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Moments in the pull request's life that end the validity of older facts."""

    base_changed_at: datetime | None = None
    opened_at: datetime | None = None
    head_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contributor:
    """A claim of authorship in a commit; `account` is None when GitHub knows nobody by the e-mail.

    `email_digest` is a keyed digest: an address itself is never stored.
    """

    role: str
    account: Account | None
    email_digest: str = ""
    is_web_flow: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit reachable from the head and not from the base, second parents included."""

    sha: Sha
    parents: tuple[Sha, ...]
    contributors: tuple[Contributor, ...] = ()
    skips_ci: bool = False


class ChangeStatus(StrEnum):
    """How a path changed between merge base and head."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    COPIED = "copied"
    TYPE_CHANGED = "type_changed"


class FileKind(StrEnum):
    """What stands at a path in the head (in the base, if it was deleted)."""

    TEXT = "text"
    BINARY = "binary"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    LFS_POINTER = "lfs_pointer"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed path; line counts are None where content has no lines.

    `added` holds inclusive line ranges in the new file; `link_target` is set for symlinks.
    """

    path: str
    status: ChangeStatus
    old_path: str | None = None
    old_mode: str | None = None
    new_mode: str | None = None
    old_oid: str | None = None
    new_oid: str | None = None
    kind: FileKind = FileKind.TEXT
    added_lines: int | None = 0
    removed_lines: int | None = 0
    added: tuple[tuple[int, int], ...] = ()
    size: int | None = None
    link_target: str | None = None
    generated: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """Both names of a rename, so that a rule about either sees it."""
        if self.old_path is None or self.old_path == self.path:
            return (self.path,)
        return (self.old_path, self.path)


@dataclass(frozen=True, slots=True)
class Changes:
    """The change from merge base to head as git's plumbing reports it."""

    source: str
    files: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """Text of a file at a commit that a compliance rule asked to read."""

    path: str
    commit: Sha
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """A submitted review as GitHub lists it; `state` is upper case, unknown states are kept."""

    id: int
    author: Account | None
    state: str
    commit: Sha | None
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account may do in the repository now: `permission` decides, `role` is shown."""

    account_id: int
    permission: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether an account is in a team (child teams included); only `active` counts."""

    team: str
    account_id: int
    state: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """A name of the policy and the numeric id behind it, None when there is no such name."""

    kind: str
    name: str
    id: int | None


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check run on `head_sha`, any suite; `status` and `conclusion` are GitHub's raw words."""

    id: int
    name: str
    app_id: int
    app_slug: str
    status: str
    conclusion: str | None
    head_sha: Sha
    suite_id: int | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    workflow: str | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """A commit status on `head_sha`; every stored one, not only the latest."""

    id: int
    context: str
    state: str
    creator: Account | None
    head_sha: Sha
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CheckSuite:
    """A check suite on the head; suites without runs explain an absent check."""

    id: int
    app_id: int
    status: str
    conclusion: str | None
    created_at: datetime | None = None
    runs: int | None = None


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A run of a GitHub Actions workflow on the head; it names the file that made the checks."""

    id: int
    suite_id: int | None
    path: str
    event: str
    status: str
    conclusion: str | None


@dataclass(frozen=True, slots=True)
class Checks:
    """All that other people's CI said about the head; our own runs are left out by app id."""

    runs: tuple[CheckRun, ...] = ()
    statuses: tuple[CommitStatus, ...] = ()
    suites: tuple[CheckSuite, ...] = ()
    workflow_runs: tuple[WorkflowRun, ...] = ()


@dataclass(frozen=True, slots=True)
class Divergence:
    """How the head stands to the tip of its base branch, measured on commits, never on a merge.

    `base_paths` are the paths that changed on the base since the merge base.
    """

    behind: int
    ahead: int
    unrelated: bool = False
    base_paths: tuple[str, ...] = ()
    merge_base_at: datetime | None = None
    base_tip_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Carry:
    """What git says about an approval of `approved` now that the head is another commit.

    `same_tree`: the clean mechanical merge of `approved` with the present merge base has exactly
    the head's tree. `moved_forward`: the old merge base is an ancestor of the present one.
    `is_ancestor`: the approved commit is still part of the history (a merge, not a rebase).
    """

    approved: Sha
    known: bool = True
    is_ancestor: bool = False
    unique_merge_bases: bool = False
    moved_forward: bool = False
    same_tree: bool = False


@dataclass(frozen=True, slots=True)
class SecretFinding:
    """A probable secret: place and keyed fingerprint, never the value or its line.

    `in_head` is False when a later commit of the same pull request removed it again.
    `pragma` names an inline allow comment beside it.
    """

    rule: str
    tier: str
    path: str
    line: int | None
    commit: Sha
    fingerprint: str
    in_head: bool = True
    pragma: str | None = None
    message: str = ""
    controls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """Content that a scanner could not look into, and why."""

    path: str
    commit: Sha
    reason: str


@dataclass(frozen=True, slots=True)
class SecretScan:
    """Result of scanning every blob of every commit of the pull request."""

    engine: str
    commits: int
    blobs: int
    findings: tuple[SecretFinding, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkflowFinding:
    """A finding of the workflow auditor that the base commit does not have."""

    audit: str
    severity: str
    path: str
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class WorkflowAudit:
    """Result of auditing the changed workflow and action files on base and head."""

    engine: str
    files: int
    findings: tuple[WorkflowFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another open pull request with the same head commit."""

    number: int
    base_ref: str


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A pull request in a merge group, with our latest recorded outcomes for its present head.

    `outcomes` maps gate names to outcomes; it is empty when nothing is recorded for `head_sha`.
    """

    number: int
    head_sha: Sha | None
    base_ref: str
    is_open: bool
    outcomes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """A merge queue's temporary branch; `members` is empty when they cannot be worked out."""

    ref: str
    base_ref: str
    members: tuple[GroupMember, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """One reading of the world for one subject; with policy and time, all a verdict depends on."""

    subject: Subject
    default_branch: str = "main"
    pull_request: PullRequest | None = None
    history: History = field(default_factory=History)
    commits: tuple[Commit, ...] = ()
    pushers: tuple[Account, ...] = ()
    changes: Changes = field(default_factory=lambda: Changes(source="none"))
    documents: tuple[Document, ...] = ()
    reviews: tuple[Review, ...] = ()
    grants: tuple[Grant, ...] = ()
    memberships: tuple[Membership, ...] = ()
    directory: tuple[Resolution, ...] = ()
    checks: Checks = field(default_factory=Checks)
    divergence: Divergence | None = None
    carries: tuple[Carry, ...] = ()
    secrets: SecretScan | None = None
    workflow_audit: WorkflowAudit | None = None
    siblings: tuple[Sibling, ...] = ()
    group: MergeGroup | None = None
    gaps: tuple[Gap, ...] = ()
    schema: str = FACTS_SCHEMA

    def gaps_in(self, *parts: Part) -> tuple[Gap, ...]:
        """Return what is missing of the given parts, in the order it was found."""
        return tuple(gap for gap in self.gaps if gap.part in parts)
