"""What happened, in a form that knows no source: commits, pull requests, deployments, incidents.

Times are whole seconds since 1970 in UTC; `received` is when an event reached us.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

DEFAULT_SERVICE = "default"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds_of(value: object) -> int:
    """Return an instant cut to whole seconds; a text without a time zone is refused."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.utcoffset() is not None:
            return (moment.astimezone(UTC) - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise ValueError("a moment such as 2026-11-20T12:00:00Z is needed")
    raise ValueError("a time zone is needed, for example a Z at the end")


def text_of(seconds: int) -> str:
    """Return an instant as JSON knows it."""
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def _name_of(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value


Moment = Annotated[
    int,
    BeforeValidator(seconds_of),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Name = Annotated[
    str,
    BeforeValidator(_name_of),
    Field(min_length=1),
    WithJsonSchema({"type": ["string", "integer"], "minLength": 1}),
]


class AuthorKind(StrEnum):
    """Who wrote a change; `unknown` is said where the event does not tell."""

    HUMAN = "human"
    ASSISTED = "assisted"
    AGENT = "agent"
    BOT = "bot"
    UNKNOWN = "unknown"


class MergeMethod(StrEnum):
    """How a pull request came into its base."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"


class State(StrEnum):
    """A state that GitHub gives a deployment."""

    QUEUED = "queued"
    WAITING = "waiting"
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    INACTIVE = "inactive"


class IncidentStatus(StrEnum):
    """What is told of an incident."""

    OPENED = "opened"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class AlertStatus(StrEnum):
    """What is told of an alert."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What every event may carry."""

    time: Moment
    received: Moment | None = None
    delivery: Name | None = None
    source: str | None = None

    @property
    def known_at(self) -> int:
        """Return when we could know of it."""
        return self.time if self.received is None else self.received


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit(_Told):
    """A commit; `time` is the committer's date, `pushed` when the server received it."""

    type: Literal["commit"]
    repo: str
    sha: Name
    parents: tuple[Name, ...] | None = None
    authored: Moment | None = None
    author_kind: AuthorKind | None = None
    pushed: Moment | None = None
    paths: tuple[str, ...] | None = None
    reverts: Name | None = None
    cherry_picked_from: Name | None = None

    @property
    def is_merge(self) -> bool:
        """Tell whether it has two parents or more."""
        return len(self.parents or ()) > 1

    @property
    def kind(self) -> AuthorKind:
        """Return who wrote it."""
        return self.author_kind or AuthorKind.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest(_Told):
    """A merged pull request; `time` is the merge, `commits` is None when the list was lost."""

    type: Literal["pull_request"]
    repo: str
    number: int
    opened: Moment
    merge_method: MergeMethod | None = None
    merge_sha: Name | None = None
    head_sha: Name | None = None
    commits: tuple[Name, ...] | None = None
    labels: tuple[str, ...] = ()
    head_ref: str | None = None
    author_kind: AuthorKind | None = None
    closes: tuple[Name, ...] = ()

    @property
    def is_hotfix(self) -> bool:
        """Tell whether its label or its branch calls it a hotfix."""
        return "hotfix" in self.labels or (self.head_ref or "").startswith("hotfix/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment(_Told):
    """A deployment that was asked for; `time` is when it was created."""

    type: Literal["deployment"]
    repo: str
    deployment_id: Name
    sha: Name
    environment: str
    service: str | None = None
    planned: bool | None = None

    @property
    def owner(self) -> str:
        """Return the service that is deployed."""
        return self.service or DEFAULT_SERVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStatus(_Told):
    """A state that a deployment came into."""

    type: Literal["deployment_status"]
    repo: str
    deployment_id: Name
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What somebody named as the cause of an incident."""

    sha: Name | None = None
    deployment_id: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEvent(_Told):
    """An incident was opened, resolved or reopened."""

    type: Literal["incident"]
    repo: str
    incident_id: Name
    status: IncidentStatus
    service: str | None = None
    cause: str | None = None
    duplicate_of: Name | None = None
    caused_by: Cause | None = None
    impact_started: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(_Told):
    """An alert fired or was resolved, told by a source that knows no incidents."""

    type: Literal["alert"]
    repo: str
    fingerprint: Name
    status: AlertStatus
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEvent(_Told):
    """A version of the policy is in force from `time` on."""

    type: Literal["policy"]
    version: Name
    repo: str | None = None


Event: TypeAlias = (
    Commit | PullRequest | Deployment | DeploymentStatus | IncidentEvent | Alert | PolicyEvent
)
AnyEvent = Annotated[Event, Field(discriminator="type")]


_SUBJECTS = {
    "commit": ("sha",),
    "pull_request": ("number",),
    "deployment": ("deployment_id",),
    "deployment_status": ("deployment_id", "state"),
    "incident": ("incident_id", "status"),
    "alert": ("service", "fingerprint", "status"),
    "policy": ("version",),
}


def subject_of(event: Event) -> tuple[Hashable, ...]:
    """Return what an event tells something of, its time left out."""
    return (event.type, *(getattr(event, name) for name in _SUBJECTS[event.type]))


def fact_of(event: Event) -> tuple[Hashable, ...]:
    """Return what is one fact however often it is told: what has one life has no time in it."""
    if isinstance(event, Commit | PullRequest | Deployment):
        return subject_of(event)
    return (*subject_of(event), event.time)
