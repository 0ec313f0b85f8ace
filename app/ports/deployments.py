"""What commands and deployments need of the world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from app.core.facts import Account, Sha

Reaction = Literal["+1", "-1", "confused", "eyes", "rocket", "hooray"]


@dataclass(frozen=True, slots=True)
class CommentSeen:
    """A comment as it stands now; `app_id` is set where an app wrote with a person's token."""

    id: int
    author: Account | None
    body: str
    created_at: datetime
    updated_at: datetime
    app_id: int | None = None


@dataclass(frozen=True, slots=True)
class DeploymentOrder:
    """A deployment to be recorded on GitHub; `request_id` finds it again."""

    request_id: str
    sha: Sha
    environment: str
    production: bool
    description: str
    payload: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeploymentMade:
    """GitHub's record of a deployment."""

    id: int
    sha: Sha


@dataclass(frozen=True, slots=True)
class StatusOrder:
    """A step of a deployment to be shown on GitHub."""

    state: str
    description: str
    log_url: str = ""
    environment_url: str = ""


@dataclass(frozen=True, slots=True)
class RunSeen:
    """A workflow run as it stands now."""

    id: int
    status: str
    conclusion: str | None
    head_sha: Sha


@dataclass(frozen=True, slots=True)
class Question:
    """A query of monitoring, with the name that messages use."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """What a query gave at a moment; it may be NaN or infinite."""

    at: datetime
    value: Decimal


@dataclass(frozen=True, slots=True)
class RunSearch:
    """Which run of a workflow is looked for: ours, since a moment, and not known otherwise."""

    workflow: str
    since: datetime
    request_id: str
    besides: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Titled:
    """A commit and the first line of its message, which is a stranger's text."""

    sha: Sha
    title: str


@dataclass(frozen=True, slots=True)
class Between:
    """How a newer commit differs from an older one.

    `gained` counts the commits that only the newer one holds, `lost` those that only the older one
    does; `titles` are the newest of the gained ones, `paths` both names of what differs.
    """

    gained: int
    lost: int
    titles: tuple[Titled, ...]
    paths: tuple[str, ...]


class Chat(Protocol):
    """The conversation of one repository's pull requests."""

    def comment(self, comment_id: int) -> CommentSeen | None:
        """Return a comment as it stands now; None when it is gone."""

    def say(self, number: int, body: str, marker: str) -> int:
        """Write a comment once, whatever happens in between; `marker` is found in it again."""

    def find(self, number: int, marker: str) -> int | None:
        """Return our own comment that holds a marker."""

    def edit(self, comment_id: int, body: str) -> bool:
        """Replace a comment's text; False when the comment is gone."""

    def react(self, comment_id: int, reaction: Reaction) -> None:
        """Show a reaction; what goes wrong with it changes nothing."""


class Deploys(Protocol):
    """GitHub's records of deployments, and the workflows that carry them out."""

    def create(self, order: DeploymentOrder) -> DeploymentMade:
        """Record a deployment once; raises GitHubError when GitHub recorded something else."""

    def show(self, deployment_id: int, status: StatusOrder) -> None:
        """Add a step."""

    def states(self, deployment_id: int, besides: int) -> tuple[str, ...]:
        """Return the states that anybody but our own app gave the deployment, newest first."""

    def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> int | None:
        """Start a workflow of a branch and return its run; None where GitHub does not tell it."""

    def answer(self, run_id: int, environment: str, comment: str, *, approves: bool) -> bool:
        """Tell a waiting run whether it may go on; False when nothing waits any more."""

    def find_run(self, search: RunSearch) -> int | None:
        """Return the run that an app started; None where none or several could be meant."""

    def stop(self, run_id: int) -> None:
        """Let a run end; one that has ended stays as it is."""

    def run(self, run_id: int) -> RunSeen | None:
        """Return a workflow run as it stands now; None when it is gone."""

    def is_guarded(self, name: str, app_id: int) -> bool | None:
        """Tell whether an app's protection rule is enabled there; None where that is not known."""

    def has_environment(self, name: str) -> bool:
        """Tell whether the environment exists: GitHub makes one without rules for any name."""


@dataclass(frozen=True, slots=True)
class FlagOrder:
    """What is to be switched off: what a deployment switched on in an environment, and why."""

    deployment: str
    repository: str
    environment: str
    sha: Sha
    reason: str
    since: str


class Flags(Protocol):
    """Feature flags, through hooks that the operator set up and a policy names."""

    def switch_off(self, name: str, order: FlagOrder) -> None:
        """Switch off what a deployment switched on; raises FlagError unless that was done."""


class Metrics(Protocol):
    """Numbers that monitoring keeps about what is deployed."""

    @property
    def source(self) -> str:
        """What the numbers come from, in a word."""

    def minutes(self, question: Question, start: datetime, end: datetime) -> tuple[Point, ...]:
        """Return a query's value at start and every minute after it; what is missing is left out.

        Raises MetricsError for a query that gives no numbers, and MetricsUnavailableError when
        no query can be answered.
        """
