"""What the service needs of the outside world, as protocols; adapters implement them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.core.facts import (
    Account,
    Carry,
    Changes,
    Checks,
    Divergence,
    Document,
    Gap,
    Grant,
    History,
    Membership,
    PullRequest,
    Resolution,
    Review,
    SecretScan,
    Sha,
    Sibling,
    WorkflowAudit,
)
from app.core.policy.location import POLICY_PATHS
from app.ports.deployments import Between, Chat, Deploys
from app.ports.issues import Issues


class Clock(Protocol):
    """The only source of the present moment."""

    def __call__(self) -> datetime:
        """Return the present moment, aware and in UTC."""


@dataclass(frozen=True, slots=True)
class RepositoryRef:
    """A repository as an adapter needs it: the id is the key, the name is only for URLs."""

    id: int
    full_name: str
    installation_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class PullRequestReading:
    """A pull request read fresh, with what git needs to fetch it."""

    pull_request: PullRequest
    base_ref: str
    head_sha: Sha
    default_branch: str
    full_name: str
    opened_at: datetime | None
    updated_at: datetime | None = None
    commits: int | None = None


@dataclass(frozen=True, slots=True)
class GitAccess:
    """Where to fetch a repository from, with a short-lived token that is never stored."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnRun:
    """One of our own check runs as GitHub shows it."""

    id: int
    name: str
    external_id: str
    status: str
    conclusion: str | None


@dataclass(frozen=True, slots=True)
class ChecksReading:
    """Other people's checks on a commit, and our own runs found on the way."""

    checks: Checks
    own: tuple[OwnRun, ...]


@dataclass(frozen=True, slots=True)
class CheckQuery:
    """Which checks matter: `apps` are the only ones that count, None for any.

    `names` are wanted check names, where a star stands for any text. Workflow runs are read when
    the policy pins them, when one name comes from several suites, or when a wanted name is absent.
    """

    apps: tuple[int, ...] | None = None
    names: tuple[str, ...] = ()
    workflows: bool = False


@dataclass(frozen=True, slots=True)
class Authorship:
    """The accounts GitHub knows behind a commit; None where it knows nobody."""

    author: Account | None
    committer: Account | None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A changed file as GitHub's list-files route shows it."""

    filename: str
    status: str
    additions: int
    deletions: int
    previous_filename: str | None
    sha: str | None
    patch: str | None


class GitHubReader(Protocol):
    """Reads one repository through its installation; raises the GitHubError family."""

    def pull_request(self, number: int) -> PullRequestReading:
        """Return the pull request as it is now."""

    def open_pull_requests(self, base_ref: str | None = None) -> tuple[PullRequestReading, ...]:
        """Return all open pull requests, those of one base if given."""

    def branch_tip(self, name: str) -> Sha | None:
        """Return what a branch points at; None when it is gone."""

    def has_branch(self, name: str) -> bool:
        """Tell whether the branch is still there."""

    def queue_branches(self, base_ref: str) -> Mapping[str, Sha]:
        """Return the temporary branches of a base's merge queue, with what they point at."""

    def history(self, number: int) -> History:
        """Return when the base was last changed and the head last forced."""

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Return every submitted review, all pages."""

    def checks(self, head: Sha, query: CheckQuery) -> ChecksReading:
        """Return runs of all suites and all statuses of a commit, as far as they matter."""

    def said_by_checks(self, head: Sha, name: str, app_id: int) -> tuple["CheckSaid", ...]:
        """Return what an app's check runs of a name say of a commit, the newest first."""

    def authorship(self, base: Sha, head: Sha) -> Mapping[str, Authorship]:
        """Return the accounts behind the commits between base and head, by commit."""

    def grants(self, accounts: Sequence[Account]) -> tuple[Grant, ...]:
        """Return what each account may do in the repository now."""

    def memberships(self, team: str, accounts: Sequence[Account]) -> tuple[Membership, ...]:
        """Return which of the accounts are in a team of the organisation."""

    def resolve(self, kind: str, names: Sequence[str]) -> tuple[Resolution, ...]:
        """Return the numeric ids behind logins or team slugs."""

    def siblings(self, head: Sha) -> tuple[Sibling, ...]:
        """Return the open pull requests of this repository that have this head."""

    def files(self, number: int) -> tuple["ListedFile", ...]:
        """Return the changed files as the API lists them, for when git cannot be used."""

    def git_access(self) -> GitAccess:
        """Return where and how to fetch the repository's objects."""


@dataclass(frozen=True, slots=True)
class CheckSaid:
    """A check run with what it says; `completed_at` is None as long as it runs."""

    id: int
    head_sha: Sha
    conclusion: str | None
    completed_at: datetime | None
    text: str


class Reading(Protocol):
    """GitHub as far as it is read: all that is needed to judge."""

    def reader(self, repository: RepositoryRef) -> GitHubReader:
        """Return a reader bound to one repository, for use on the calling thread."""

    def without_git(
        self, repository: RepositoryRef, pull: PullRequestReading, why: str
    ) -> "ChangeReading":
        """Return what the API alone can tell about a change, for when git fails."""


class GitHub(Reading, Protocol):
    """GitHub as a whole, seen by this App."""

    def sink(self, repository: RepositoryRef) -> "CheckSink":
        """Return the writer of check runs of one repository."""

    def chat(self, repository: RepositoryRef) -> Chat:
        """Return the conversations of one repository."""

    def deploys(self, repository: RepositoryRef) -> Deploys:
        """Return the deployments of one repository."""

    def issues(self, repository: RepositoryRef) -> Issues:
        """Return the issues of one repository."""

    @property
    def numeric_id(self) -> int:
        """The App's own number."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark at a line of a file, as GitHub shows it beside the diff."""

    path: str
    line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """A check run as it should stand on GitHub; `conclusion` None means in progress."""

    name: str
    head_sha: str
    external_id: str
    conclusion: str | None
    title: str
    summary: str
    text: str
    annotations: tuple[Annotation, ...] = ()
    details_url: str | None = None


class CheckSink(Protocol):
    """Writes check runs; every call may be repeated."""

    def create(self, output: CheckOutput) -> int:
        """Create the run, or adopt the one that already has this external id; return its id."""

    def update(self, run_id: int, output: CheckOutput) -> None:
        """Bring an existing run to this state."""

    def find(self, output: CheckOutput) -> int | None:
        """Return the id of our run with this external id, if there is one."""


@dataclass(frozen=True, slots=True)
class Tips:
    """What the base branch and the pull request point at, by git itself."""

    base: Sha
    head: Sha


@dataclass(frozen=True, slots=True)
class Claim:
    """A name in a commit as git knows it: a role and an address, no account."""

    role: str
    email: str


@dataclass(frozen=True, slots=True)
class CommitText:
    """A commit as git knows it; addresses are turned into accounts and never stored."""

    sha: Sha
    parents: tuple[Sha, ...]
    claims: tuple[Claim, ...]
    skips_ci: bool


@dataclass(frozen=True, slots=True)
class PolicyFileSeen:
    """What stands at a path of the policy; `content` is None for anything but a readable file."""

    path: str
    kind: str
    content: bytes | None


class ChangeReading(Protocol):
    """One repository's objects, opened for one evaluation."""

    @property
    def tips(self) -> Tips:
        """What base and head pointed at when they were fetched."""

    @property
    def merge_base(self) -> Sha | None:
        """The commit where head and base parted; None for unrelated histories."""

    def policy_files(self, paths: Sequence[str] = POLICY_PATHS) -> tuple["PolicyFileSeen", ...]:
        """Return what stands at the paths of the policy at the base tip, readable or not."""

    def is_on_base(self, sha: Sha) -> bool:
        """Tell whether the base branch contains a commit."""

    def holds(self, sha: Sha, other: Sha) -> bool:
        """Tell whether a commit has another one among its ancestors, or is it itself."""

    def tree(self, sha: Sha) -> Sha:
        """Return the tree of a commit; raises GitError or NotFoundError when it is not there."""

    def has(self, sha: Sha) -> bool:
        """Tell whether the repository has a commit; one that is not at hand is asked for."""

    def between(self, old: Sha, new: Sha, most: int) -> Between:
        """Return how two commits differ, with so many titles at most; raises GitError."""

    def paths(self, sha: Sha) -> tuple[str, ...]:
        """Return the path of every file of a commit; raises GitError where that is not known."""

    def content_id(self, sha: Sha, path: str) -> str | None:
        """Return the name of a file's content in a commit; None where either is missing."""

    def divergence(self) -> Divergence:
        """Return how head and base tip stand to each other."""

    def commits(self) -> tuple[CommitText, ...]:
        """Return every commit reachable from the head and not from the base."""

    def changes(self) -> tuple[Changes, tuple[Gap, ...]]:
        """Return the change from merge base to head."""

    def documents(self, patterns: Sequence[str]) -> tuple[tuple[Document, ...], tuple[Gap, ...]]:
        """Return the text of matching files, at base and head."""

    def carries(self, approved: Sequence[Sha]) -> tuple[Carry, ...]:
        """Return what git proves about approvals of older commits."""

    def secrets(self) -> tuple[SecretScan | None, tuple[Gap, ...]]:
        """Scan every commit for secrets."""

    def workflow_audit(self) -> tuple[WorkflowAudit | None, tuple[Gap, ...]]:
        """Audit changed workflows against the base."""


class ChangeReader(Protocol):
    """Fetches and opens repositories."""

    def open(
        self,
        repository_id: int,
        access: GitAccess,
        base_ref: str,
        head_ref: str,
        also: Sequence[Sha] = (),
    ) -> AbstractContextManager[ChangeReading]:
        """Fetch a base branch, a head (a full ref) and older commits, and open them for reading.

        Raises GitError when the repository or one of the refs cannot be read.
        """


@dataclass(frozen=True, slots=True)
class InstallationSeen:
    """An installation as the App's own list shows it."""

    id: int
    account_id: int
    account_login: str
    suspended: bool


@dataclass(frozen=True, slots=True)
class RepositorySeen:
    """A repository as an installation's list shows it."""

    id: int
    owner_id: int
    full_name: str
    default_branch: str
    archived: bool


@dataclass(frozen=True, slots=True)
class DeliverySeen:
    """A webhook delivery as GitHub's own list shows it."""

    id: int
    guid: str
    delivered_at: datetime


class Access(StrEnum):
    """Whether the App may work on a repository now, and what is missing if not."""

    OPEN = "open"
    SUSPENDED = "suspended"
    UNINSTALLED = "uninstalled"
    REPOSITORY_LOST = "repository_lost"


class AccessCheck(Protocol):
    """Asks GitHub itself what the App may reach, as the App and not as an installation."""

    def installation_access(self, installation_id: int) -> Access:
        """Tell whether the installation is there and not suspended."""

    def repository_access(self, repository: RepositoryRef) -> Access:
        """Tell whether the repository is there and covered by its installation."""


class AppAccount(Protocol):
    """The App's own view of GitHub, beside single repositories."""

    def installations(self) -> Iterator[InstallationSeen]:
        """Yield every installation."""

    def repositories(self, installation_id: int) -> Iterator[RepositorySeen]:
        """Yield every repository that an installation covers."""

    def granted(self, installation_id: int) -> dict[str, str]:
        """Return the permissions the installation grants now."""

    def forget(self, installation_id: int) -> None:
        """Drop what is kept of the installation's credentials."""

    def deliveries(self) -> Iterator[DeliverySeen]:
        """Yield GitHub's list of deliveries, newest first."""

    def redeliver(self, delivery_id: int) -> None:
        """Ask GitHub to send a delivery again."""
