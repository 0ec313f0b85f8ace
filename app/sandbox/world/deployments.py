"""Environments, deployments and their statuses."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import App


@dataclass(slots=True, eq=False)
class Environment:
    """A named place to deploy to, with its protection rules as GitHub shows them."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    wait_timer: int = 0
    reviewers: list[tuple[str, int]] = field(default_factory=list)
    prevent_self_review: bool = False
    branch_policy: dict[str, bool] | None = None
    guards: list[App] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class DeploymentStatus:
    """One step of a deployment."""

    id: int
    state: str
    creator: Account
    created_at: datetime
    description: str = ""
    environment: str = ""
    log_url: str = ""
    environment_url: str = ""
    app: App | None = None


@dataclass(slots=True, eq=False)
class Deployment:
    """A request to deploy a commit to an environment."""

    id: int
    sha: str
    ref: str
    task: str
    environment: str
    payload: Any
    description: str | None
    creator: Account
    created_at: datetime
    updated_at: datetime
    transient: bool = False
    production: bool = False
    app: App | None = None
    statuses: list[DeploymentStatus] = field(default_factory=list)
