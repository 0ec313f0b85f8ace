"""What happened, told to whoever sends webhooks."""

from dataclasses import dataclass, field
from typing import Any

from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import Installation
from app.sandbox.world.repos import Repo


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `body` is what the payload has beside the parts that all share.

    `only_app` limits it to one App (requested check suites, pressed buttons); `installation` is
    set for events about an installation itself; `org` for events without a repository.
    """

    name: str
    action: str | None
    sender: Account
    body: dict[str, Any] = field(default_factory=dict)
    repo: Repo | None = None
    org: Account | None = None
    only_app: int | None = None
    installation: Installation | None = None
