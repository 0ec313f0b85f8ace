"""The few fields of webhook payloads that handlers read; everything else is ignored.

GitHub's own recorded examples do not all fit GitHub's own schemas, so nothing else is declared.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """A part of a payload: unknown fields are ignored, known ones may be null where they can be."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Owner(Payload):
    """An account as payloads show it."""

    id: int
    login: str
    type: str = "User"


class RepositoryPart(Payload):
    """The repository an event is about."""

    id: int
    full_name: str
    default_branch: str = "main"
    archived: bool = False


class Side(Payload):
    """Head or base of a pull request."""

    ref: str
    sha: str


class PullRequestPart(Payload):
    """A pull request as payloads show it: already old when it is read."""

    number: int
    state: str
    head: Side
    base: Side
    merged: bool | None = None
    merge_commit_sha: str | None = None


class BaseChange(Payload):
    """The `changes` of an `edited` event; `base` is there when the target branch changed."""

    base: dict[str, Any] | None = None


class PullRequestEvent(Payload):
    """`pull_request` and `pull_request_review*`."""

    pull_request: PullRequestPart
    repository: RepositoryPart
    sender: Owner | None = None
    changes: BaseChange | None = None


class AppPart(Payload):
    """The App that made a check."""

    id: int | None = None


class SuitePart(Payload):
    """A check suite."""

    head_sha: str | None = None
    conclusion: str | None = None
    app: AppPart | None = None


class RunPart(Payload):
    """A check run."""

    head_sha: str
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
    """A run of a GitHub Actions workflow."""

    head_sha: str
    conclusion: str | None = None


class WorkflowRunEvent(Payload):
    """`workflow_run`."""

    workflow_run: WorkflowRunPart
    repository: RepositoryPart


class StatusEvent(Payload):
    """`status`."""

    sha: str
    state: str
    repository: RepositoryPart


class PushEvent(Payload):
    """`push`; `after` is forty zeros when the ref was deleted."""

    ref: str
    after: str
    repository: RepositoryPart
    sender: Owner | None = None


class GroupPart(Payload):
    """A merge group."""

    head_sha: str
    head_ref: str
    base_ref: str


class GroupEvent(Payload):
    """`merge_group`."""

    merge_group: GroupPart
    repository: RepositoryPart


class RepositoryEvent(Payload):
    """Events about the repository itself."""

    repository: RepositoryPart | None = None


class InstallationPart(Payload):
    """An installation; `account` is an organisation, a user or an enterprise."""

    id: int
    account: dict[str, Any] | None = None
    suspended_at: str | None = None


class InstallationEvent(Payload):
    """`installation` and `installation_repositories`."""

    installation: InstallationPart


P = TypeVar("P", bound=Payload)


def read(model: type[P], payload: object) -> P:
    """Read the fields of a model; pydantic's ValidationError goes to the caller."""
    return model.model_validate(payload)
