"""Repositories and the rules of their branches."""

from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from app.sandbox.git.repository import GitRepo
from app.sandbox.world.accounts import Account
from app.sandbox.world.checks import CheckRun, CheckSuite, Status, WorkflowRun
from app.sandbox.world.deployments import Deployment, Environment
from app.sandbox.world.issues import Comment, Issue, Label
from app.sandbox.world.pulls import Pull
from app.sandbox.world.queues import MergeGroup


@dataclass(frozen=True, slots=True)
class RequiredCheck:
    """A context that must be green; `app_id` pins who may report it."""

    context: str
    app_id: int | None = None


@dataclass(slots=True)
class BranchRules:
    """Classic branch protection, reduced to what merging obeys here."""

    checks: tuple[RequiredCheck, ...] = ()
    has_checks: bool = False
    strict: bool = False
    enforce_admins: bool = False
    approvals: int | None = None
    dismiss_stale: bool = False
    code_owners: bool = False
    flags: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Ruleset:
    """A repository ruleset; `rules` are kept as GitHub's JSON."""

    id: int
    name: str
    enforcement: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    rules: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime

    def covers(self, branch: str, default: str) -> bool:
        """Whether an active ruleset applies to a branch."""
        if self.enforcement != "active":
            return False
        name = f"refs/heads/{branch}"
        return _matches(self.include, name, default) and not _matches(self.exclude, name, default)


def _matches(patterns: tuple[str, ...], name: str, default: str) -> bool:
    special = {"~ALL": "refs/heads/*", "~DEFAULT_BRANCH": f"refs/heads/{default}"}
    return any(fnmatchcase(name, special.get(pattern, pattern)) for pattern in patterns)


@dataclass(slots=True)
class RepoSettings:
    """Switches of a repository's settings page."""

    allow_merge_commit: bool = True
    allow_squash_merge: bool = True
    allow_rebase_merge: bool = True
    allow_auto_merge: bool = False
    allow_update_branch: bool = False
    delete_branch_on_merge: bool = False
    has_issues: bool = True


@dataclass(slots=True, eq=False)
class Repo:
    """A repository with everything that is numbered or named inside it."""

    id: int
    name: str
    owner: Account
    git: GitRepo
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    default_branch: str = "main"
    private: bool = False
    description: str | None = None
    archived: bool = False
    parent_id: int | None = None
    next_number: int = 1
    settings: RepoSettings = field(default_factory=RepoSettings)
    collaborators: dict[int, str] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    suites: dict[int, CheckSuite] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    workflow_runs: dict[int, WorkflowRun] = field(default_factory=dict)
    workflow_ids: dict[str, int] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    protections: dict[str, BranchRules] = field(default_factory=dict)
    rulesets: dict[int, Ruleset] = field(default_factory=dict)
    queue: list[MergeGroup] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        """`owner/name`, which renames change: the id is the key."""
        return f"{self.owner.login}/{self.name}"

    def open_pulls(self) -> list[Pull]:
        """Pull requests that may still be merged, oldest first."""
        return [pull for pull in self.pulls.values() if pull.is_open]
