"""Pull requests and reviews."""

from dataclasses import dataclass, field
from datetime import datetime

from app.sandbox.world.accounts import Account, Team
from app.sandbox.world.issues import Issue, Reaction


@dataclass(slots=True, eq=False)
class ReviewComment:
    """A comment on a line of the difference."""

    id: int
    review_id: int | None
    user: Account
    body: str
    path: str
    line: int | None
    side: str
    commit_id: str
    created_at: datetime
    updated_at: datetime
    start_line: int | None = None
    position: int | None = None
    in_reply_to: int | None = None
    resolved: bool = False
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Review:
    """A review of one head commit; states are upper case as in REST."""

    id: int
    user: Account
    body: str
    state: str
    commit_id: str
    created_at: datetime
    submitted_at: datetime | None = None


@dataclass(slots=True)
class MergeTest:
    """The outcome of the last test merge and what it was made of."""

    base: str
    head: str
    clean: bool
    commit: str | None
    announced: bool = True


@dataclass(slots=True, eq=False)
class Pull:
    """A pull request; `head_repo_id` is None when the fork was deleted."""

    id: int
    issue: Issue
    repo_id: int
    head_repo_id: int | None
    head_owner: Account
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    maintainer_can_modify: bool = False
    merged: bool = False
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    merge_test: MergeTest | None = None
    requested_reviewers: list[Account] = field(default_factory=list)
    requested_teams: list[Team] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    review_comments: list[ReviewComment] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The number that issue and pull request share."""
        return self.issue.number

    @property
    def is_open(self) -> bool:
        """Whether it can still be merged."""
        return self.issue.state == "open"
