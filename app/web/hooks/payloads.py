"""The few fields of webhook payloads that handlers read; everything else is ignored.

GitHub's own recorded examples do not all fit GitHub's own schemas, so nothing else is declared.
"""

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _storable(text: str) -> str:
    """Refuse what a database cannot hold: NUL, and halves of characters."""
    if "\0" in text:
        raise ValueError("text with a NUL")
    text.encode()
    return text


Id = Annotated[int, Field(ge=0, lt=2**63, strict=True)]
Text = Annotated[str, AfterValidator(_storable)]


class Payload(BaseModel):
    """A part of a payload: unknown fields are ignored, known ones may be null where they can be."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Owner(Payload):
    """An account as payloads show it."""

    id: Id
    login: Text
    type: str = "User"


class RepositoryPart(Payload):
    """The repository an event is about."""

    id: Id
    full_name: Text
    default_branch: Text = "main"
    archived: bool = False


class Side(Payload):
    """Head or base of a pull request."""

    ref: Text
    sha: Text


class PullRequestPart(Payload):
    """A pull request as payloads show it: already old when it is read."""

    number: Id
    state: Text
    head: Side
    base: Side
    merged: bool | None = None
    merge_commit_sha: str | None = None


class BaseChange(Payload):
    """The `changes` of an `edited` event; `base` is there when the target branch changed."""

    base: dict[str, Any] | None = None


class ReviewPart(Payload):
    """A review; its state is in lower case here, unlike in REST."""

    state: Text = ""


class PullRequestEvent(Payload):
    """`pull_request` and `pull_request_review*`."""

    pull_request: PullRequestPart
    repository: RepositoryPart
    sender: Owner | None = None
    changes: BaseChange | None = None
    review: ReviewPart | None = None


class CommentPart(Payload):
    """A comment; `user` is null where the account is gone."""

    id: Id
    body: str | None = None
    created_at: AwareDatetime
    user: Owner | None = None
    performed_via_github_app: "AppPart | None" = None


class IssuePart(Payload):
    """What a comment stands on: a pull request if it has the key of that name."""

    number: Id
    state: Text
    pull_request: dict[str, Any] | None = None


class LabelPart(Payload):
    """A label, by its name."""

    name: Text


class LabelledIssue(IssuePart):
    """An issue with what may report an incident."""

    labels: tuple[dict[str, Any], ...] = ()
    created_at: AwareDatetime
    performed_via_github_app: "AppPart | None" = None


class IssueEvent(Payload):
    """`issues`; `label` is the one that was given."""

    issue: LabelledIssue
    label: "LabelPart | None" = None
    repository: RepositoryPart
    sender: Owner | None = None


class Earlier(Payload):
    """What stood there before an edit."""

    text: str = Field(default="", alias="from")


class CommentChange(Payload):
    """The `changes` of an `edited` comment."""

    body: Earlier | None = None


class CommentEvent(Payload):
    """`issue_comment`."""

    changes: CommentChange | None = None
    comment: CommentPart
    issue: IssuePart
    repository: RepositoryPart
    sender: Owner | None = None


class DeploymentPart(Payload):
    """A deployment or a workflow run, by its number."""

    id: Id


class ProtectionEvent(Payload):
    """`deployment_protection_rule`; most of its fields may be absent (T55)."""

    environment: Text | None = None
    deployment_callback_url: str | None = None
    repository: RepositoryPart


class DeploymentStatusEvent(Payload):
    """`deployment_status`."""

    deployment: DeploymentPart
    repository: RepositoryPart
    sender: Owner | None = None


class AppPart(Payload):
    """The App that made a check."""

    id: Id | None = None


class SuitePart(Payload):
    """A check suite."""

    head_sha: Text | None = None
    conclusion: str | None = None
    app: AppPart | None = None


class RunPart(Payload):
    """A check run."""

    head_sha: Text
    status: str | None = None
    conclusion: str | None = None
    app: AppPart | None = None


class CheckRunEvent(Payload):
    """`check_run`."""

    check_run: RunPart
    repository: RepositoryPart


class CheckSuiteEvent(Payload):
    """`check_suite`."""

    check_suite: SuitePart
    repository: RepositoryPart


class WorkflowRunPart(Payload):
    """A run of a GitHub Actions workflow; `event` is what started it."""

    head_sha: Text
    id: Id | None = None
    event: str = ""
    conclusion: str | None = None


class WorkflowRunEvent(Payload):
    """`workflow_run`."""

    workflow_run: WorkflowRunPart
    repository: RepositoryPart


class StatusEvent(Payload):
    """`status`."""

    sha: Text
    state: Text
    repository: RepositoryPart


class PushEvent(Payload):
    """`push`; `after` is forty zeros when the ref was deleted."""

    ref: Text
    after: Text
    repository: RepositoryPart
    sender: Owner | None = None


class GroupPart(Payload):
    """A merge group."""

    head_sha: Text
    head_ref: Text
    base_ref: Text


class GroupEvent(Payload):
    """`merge_group`."""

    merge_group: GroupPart
    repository: RepositoryPart


class RepositoryEvent(Payload):
    """Events about the repository itself."""

    repository: RepositoryPart | None = None


class AccountPart(Payload):
    """Who an installation belongs to; enterprises have a slug instead of a login."""

    id: Id = 0
    login: Text | None = None
    slug: Text | None = None


class InstallationPart(Payload):
    """An installation; `account` is an organisation, a user or an enterprise."""

    id: Id
    account: AccountPart | None = None
    suspended_at: str | None = None


class CoveredRepository(Payload):
    """A repository that an installation covers from now on, or no more."""

    id: Id
    full_name: Text


class InstallationEvent(Payload):
    """`installation` and `installation_repositories`."""

    installation: InstallationPart
    repositories_added: tuple[CoveredRepository, ...] = ()
    repositories_removed: tuple[CoveredRepository, ...] = ()


P = TypeVar("P", bound=Payload)


def read(model: type[P], payload: object) -> P:
    """Read the fields of a model; pydantic's ValidationError goes to the caller."""
    return model.model_validate(payload)
