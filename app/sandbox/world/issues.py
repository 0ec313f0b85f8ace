"""Issues, comments, labels, reactions and the events of their history."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import App


@dataclass(slots=True, eq=False)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True, eq=False)
class Reaction:
    """One account's reaction."""

    id: int
    user: Account
    content: str
    created_at: datetime


@dataclass(slots=True, eq=False)
class Comment:
    """A comment in the conversation of an issue or pull request."""

    id: int
    number: int
    user: Account
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class IssueEvent:
    """One line of an issue's history; `extra` holds what this kind of event adds."""

    id: int
    kind: str
    actor: Account
    created_at: datetime
    commit_id: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Issue:
    """What an issue and a pull request have in common, under one number."""

    id: int
    number: int
    title: str
    body: str | None
    user: Account
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: Account | None = None
    locked: bool = False
    app: App | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    events: list[IssueEvent] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
