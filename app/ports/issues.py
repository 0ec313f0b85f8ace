"""What incidents need of a repository's issues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.facts import Account


@dataclass(frozen=True, slots=True)
class IssueOrder:
    """An issue to be opened; `marker` is found in its text again."""

    title: str
    body: str
    marker: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueSeen:
    """An issue as it stands now; `app_id` is set where an app opened it."""

    number: int
    title: str
    is_open: bool
    labels: tuple[str, ...]
    author: Account | None
    created_at: datetime
    app_id: int | None = None
    is_pull_request: bool = False


class Issues(Protocol):
    """The issues of one repository; ForbiddenError and NotFoundError say that there are none."""

    def open(self, order: IssueOrder, since: datetime) -> int:
        """Open an issue once; after an unclear answer it is looked for before it is repeated."""

    def find(self, marker: str, since: datetime) -> int | None:
        """Return the issue of ours, changed since a moment, that holds a marker."""

    def read(self, number: int) -> IssueSeen | None:
        """Return an issue as it stands now; None when it is gone."""

    def edit(self, number: int, changes: Mapping[str, object]) -> bool:
        """Change an issue; False when it is gone."""
