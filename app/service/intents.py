"""What a webhook delivery asks for, as values: handlers return them, intake carries them out."""

from dataclasses import dataclass
from datetime import datetime

from app.core.facts import AccountKind


@dataclass(frozen=True, slots=True)
class EvaluatePullRequest:
    """Judge one pull request; bad news flips a standing success before anything is read."""

    number: int
    cause: str
    bad_news: bool = False


@dataclass(frozen=True, slots=True)
class EvaluateHead:
    """Judge whatever open pull requests or merge groups have this commit as their head."""

    sha: str
    cause: str
    bad_news: bool = False


@dataclass(frozen=True, slots=True)
class EvaluateBase:
    """Judge every open pull request into a branch, because the branch moved."""

    ref: str
    cause: str


@dataclass(frozen=True, slots=True)
class EvaluateGroup:
    """Judge a merge queue's group."""

    head_sha: str
    head_ref: str
    base_ref: str
    cause: str


@dataclass(frozen=True, slots=True)
class ForgetGroup:
    """Stop working on a merge group that is gone."""

    head_sha: str


@dataclass(frozen=True, slots=True)
class SweepRepository:
    """Look at every open pull request of the repository."""

    cause: str


@dataclass(frozen=True, slots=True)
class SweepInstallation:
    """Look at every open pull request of every repository that the installation covers."""

    cause: str


@dataclass(frozen=True, slots=True)
class SyncInstallation:
    """Read the installation and its repositories anew, then sweep them.

    Where it was without rights for a while, everything open is judged and nothing left out.
    """

    cause: str
    judges_all: bool = False


@dataclass(frozen=True, slots=True)
class RememberPullRequest:
    """Keep head, base and state, so that events about a commit find their pull request."""

    number: int
    head_sha: str
    base_ref: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class RememberPusher:
    """Keep who really pushed a commit: the sender, whatever the commit claims."""

    head_sha: str
    account_id: int
    login: str
    kind: AccountKind


@dataclass(frozen=True, slots=True)
class RememberRepository:
    """Keep the present name and state of the repository under its id."""

    full_name: str
    default_branch: str
    archived: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class LoseRepository:
    """Stop working on a repository that the installation covers no more."""

    repository_id: int
    full_name: str


@dataclass(frozen=True, slots=True)
class GainRepository:
    """Work on a repository that the installation covers from now on; judge all that is open."""

    repository_id: int
    full_name: str
    cause: str


@dataclass(frozen=True, slots=True)
class RememberInstallation:
    """Keep an installation's account and whether it may be used."""

    account_id: int
    account_login: str
    suspended: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class ObserveMerge:
    """Record that a pull request was merged, by whom and into which commit."""

    number: int
    head_sha: str
    merge_sha: str


@dataclass(frozen=True, slots=True)
class ReadComment:
    """Keep a new comment that may hold a command, and carry it out if it does.

    An edited one is never carried out; its author is told so once. `on_issue` is one that stands
    on no pull request, which counts on the issue of an incident alone.
    """

    comment_id: int
    number: int
    author_id: int
    author_login: str
    body: str
    created_at: datetime
    app_id: int | None = None
    is_edit: bool = False
    on_issue: bool = False


@dataclass(frozen=True, slots=True)
class WakeIncident:
    """Look at the incident whose page stands in an issue."""

    number: int


@dataclass(frozen=True, slots=True)
class ReadReport:
    """Look whether an issue reports an incident: somebody opened it, or gave it a label.

    `app_id` is the app that opened it.
    """

    number: int
    label: str
    sender_id: int
    sender_login: str
    reported_at: datetime
    app_id: int | None = None


@dataclass(frozen=True, slots=True)
class WakeDeployment:
    """Look at the deployment behind GitHub's own record, or behind a workflow run."""

    github_id: int | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerProtection:
    """Say whether a workflow run may deploy to an environment; without an answer it waits."""

    run_id: int
    environment: str


@dataclass(frozen=True, slots=True)
class Ignore:
    """Keep the delivery and do nothing, for a reason that is counted and shown."""

    reason: str


Intent = (
    EvaluatePullRequest
    | EvaluateHead
    | EvaluateBase
    | EvaluateGroup
    | ForgetGroup
    | SweepRepository
    | SweepInstallation
    | SyncInstallation
    | RememberPullRequest
    | RememberPusher
    | RememberRepository
    | LoseRepository
    | GainRepository
    | RememberInstallation
    | ObserveMerge
    | ReadComment
    | WakeDeployment
    | WakeIncident
    | ReadReport
    | AnswerProtection
    | Ignore
)
