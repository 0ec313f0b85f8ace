"""Users, organisations, bots and teams."""

from dataclasses import dataclass, field
from datetime import datetime

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
# The names that GitHub's older endpoints use for the same roles.
ROLE_ALIASES = {"pull": "read", "push": "write"}


def at_least(role: str, wanted: str) -> bool:
    """Compare two repository roles."""
    return ROLES.index(role) >= ROLES.index(wanted)


def higher(one: str, other: str) -> str:
    """Return the stronger of two repository roles."""
    return one if at_least(one, other) else other


@dataclass(slots=True)
class Membership:
    """A seat in an organisation or team; `pending` until the invitation is accepted."""

    role: str
    state: str = "active"


@dataclass(slots=True, eq=False)
class Account:
    """A user, organisation or bot; only organisations have members and teams."""

    id: int
    login: str
    kind: str
    created_at: datetime
    name: str | None = None
    email: str | None = None
    members: dict[int, Membership] = field(default_factory=dict)
    teams: dict[str, "Team"] = field(default_factory=dict)
    base_role: str = "read"

    @property
    def is_org(self) -> bool:
        """Whether this is an organisation."""
        return self.kind == "Organization"

    @property
    def noreply(self) -> str:
        """The address that commits made on GitHub carry."""
        return self.email or f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True, eq=False)
class Team:
    """A team with its members and the roles it gives on repositories."""

    id: int
    slug: str
    name: str
    org: Account
    created_at: datetime
    description: str | None = None
    privacy: str = "closed"
    parent: "Team | None" = None
    members: dict[int, Membership] = field(default_factory=dict)
    repos: dict[int, str] = field(default_factory=dict)

    def line(self) -> "list[Team]":
        """Return this team and its parents: rights of a parent hold for its children."""
        return [self, *(self.parent.line() if self.parent else [])]
