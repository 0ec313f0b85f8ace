"""Check suites, check runs, commit statuses and workflow runs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import App

# What GitHub accepts as good when a branch rule requires the check.
PASSING = {"success", "neutral", "skipped"}


@dataclass(slots=True, eq=False)
class CheckSuite:
    """All runs of one App for one commit."""

    id: int
    app: App
    head_sha: str
    head_branch: str | None
    created_at: datetime
    updated_at: datetime
    before: str | None = None
    status: str = "queued"
    conclusion: str | None = None


@dataclass(slots=True)
class CheckOutput:
    """Texts and annotations of a check run; annotations only ever grow."""

    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class CheckRun:
    """One named check of one App on one commit."""

    id: int
    suite: CheckSuite
    name: str
    status: str
    started_at: datetime
    conclusion: str | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str = ""
    output: CheckOutput = field(default_factory=CheckOutput)
    actions: list[dict[str, str]] = field(default_factory=list)

    @property
    def head_sha(self) -> str:
        """The commit of the suite."""
        return self.suite.head_sha


@dataclass(slots=True, eq=False)
class Status:
    """One commit status; the newest per context counts."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: Account
    created_at: datetime


@dataclass(slots=True, eq=False)
class WorkflowRun:
    """A run of an Actions workflow, tied to a check suite of the Actions App."""

    id: int
    workflow_id: int
    name: str
    path: str
    event: str
    suite: CheckSuite
    actor: Account
    created_at: datetime
    updated_at: datetime
    run_number: int = 1
    run_attempt: int = 1
    status: str = "queued"
    conclusion: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    # (environment, state, comment) of answered deployment protection rules
    protection_answers: list[tuple[str, str, str]] = field(default_factory=list)
