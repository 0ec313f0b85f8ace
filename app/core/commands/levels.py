"""What a person may do: the lower of what the role on GitHub allows and what the policy grants."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.core.commands.codes import Code
from app.core.commands.scales import Level
from app.core.text import quoted

CEILINGS: Mapping[str, Level] = MappingProxyType(
    {
        "none": Level.NONE,
        "read": Level.READ,
        "triage": Level.READ,
        "write": Level.OPERATE,
        "maintain": Level.OPERATE_PRODUCTION,
        "admin": Level.INFRASTRUCTURE,
    }
)
DEFAULT_GRANTS: Mapping[str, Level] = MappingProxyType(
    {**CEILINGS, "admin": Level.OPERATE_PRODUCTION}
)
# The older field knows neither maintain nor triage: it says write and read in their place.
_PERMISSION_CEILINGS = {**CEILINGS, "write": Level.OPERATE_PRODUCTION}

_NOBODY: Mapping[int, Level] = MappingProxyType({})
_NO_ROLES: Mapping[str, Level] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Grants:
    """What the policy grants, by numeric ids, because a login can pass to somebody else.

    A listed person has what is granted to that person, or else the most that is granted to a team
    of theirs; everybody else has the default of the role, which never is the highest level.
    """

    users: Mapping[int, Level] = field(default_factory=lambda: _NOBODY)
    teams: Mapping[int, Level] = field(default_factory=lambda: _NOBODY)
    custom_roles: Mapping[str, Level] = field(default_factory=lambda: _NO_ROLES)


@dataclass(frozen=True, slots=True)
class Access:
    """What GitHub says a person may do now; None is what could not be read.

    `teams` are the teams of the policy whose active member the person is.
    """

    user_id: int
    permission: str | None
    role_name: str | None = None
    teams: frozenset[int] | None = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's level and how it came about, in Markdown; a code where the level is none."""

    level: Level
    why: str
    code: Code | None = None


def standing(access: Access, grants: Grants) -> Standing:
    """Return the person's level; whatever is not known or contradicts itself gives none."""
    ceiling = _ceiling(access, grants)
    if ceiling is None:
        return _unknown("what the person may do in the repository could not be read")
    if ceiling is Level.NONE:
        why = "the person has no access to the repository"
        return Standing(Level.NONE, why, Code.PERMISSION_DENIED)
    granted = _granted(access, grants)
    if granted is None:
        return _unknown("it could not be read which teams the person is in")
    level, source = granted
    role = quoted(_role(access))
    why = f"the role {role} allows up to {ceiling.label}, {source} grants {level.label}"
    reached = min(ceiling, level)
    return Standing(reached, why, None if reached else Code.PERMISSION_DENIED)


def _unknown(why: str) -> Standing:
    return Standing(Level.NONE, why, Code.PERMISSION_UNKNOWN)


def _role(access: Access) -> str:
    """Name the role; for custom ones without a name in the answer the permission stands in."""
    return access.role_name or access.permission or "unknown"


def _ceiling(access: Access, grants: Grants) -> Level | None:
    """Return what the role allows at most: a mapped role as mapped, others as GitHub defines."""
    base = _PERMISSION_CEILINGS.get(access.permission or "")
    if base is None or base is Level.NONE:
        return base
    role = _role(access)
    if role in CEILINGS:
        return min(base, CEILINGS[role])
    if role in grants.custom_roles:
        return grants.custom_roles[role]
    return CEILINGS[access.permission or "none"]


def _granted(access: Access, grants: Grants) -> tuple[Level, str] | None:
    if access.user_id in grants.users:
        return grants.users[access.user_id], "the policy's list of people"
    if grants.teams and access.teams is None:
        return None
    listed = [grants.teams[team] for team in access.teams or () if team in grants.teams]
    if listed:
        return max(listed), "a team of the policy"
    return _default(access, grants), "the policy's default for it"


def _default(access: Access, grants: Grants) -> Level:
    role = _role(access)
    if role in grants.custom_roles:
        return min(grants.custom_roles[role], Level.OPERATE_PRODUCTION)
    return DEFAULT_GRANTS.get(role, DEFAULT_GRANTS[access.permission or "none"])
