"""What accounts may do now, and who is behind the names of the policy."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from app.core.approvals.words import listed, name
from app.core.facts import Account, Facts
from app.core.policy.model import Approvers, Permission

_LEVELS = ("none", "read", "write", "admin")

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Access:
    """Permissions by account id, ids by policy name, and team memberships, ready to look up."""

    permissions: Mapping[int, frozenset[str]]
    names: Mapping[tuple[str, str], frozenset[int | None]]
    memberships: Mapping[tuple[str, int], frozenset[str]]

    @classmethod
    def of(cls, facts: Facts) -> Self:
        """Index the facts; entries that contradict each other are kept side by side."""
        return cls(
            _grouped((grant.account_id, grant.permission) for grant in facts.grants),
            _grouped(((one.kind, one.name.casefold()), one.id) for one in facts.directory),
            _grouped(
                ((one.team.casefold(), one.account_id), one.state) for one in facts.memberships
            ),
        )

    def permission(self, account_id: int) -> str | None:
        """Return the least that is granted; None if that is not known."""
        granted = self.permissions.get(account_id, frozenset())
        if not granted or not granted <= set(_LEVELS):
            return None
        return min(granted, key=_LEVELS.index)

    def user_id(self, login: str) -> int | None:
        """Return the account behind a login of the policy; None if none or several answer."""
        return self._only_id("user", login)

    def team_id(self, team: str) -> int | None:
        """Return the team behind a name of the policy; None if none or several answer."""
        return self._only_id("team", team)

    def is_member(self, team: str, account_id: int) -> bool:
        """Tell whether the account is an active member; an invitation is not a membership."""
        return self.memberships.get((team.casefold(), account_id)) == frozenset({"active"})

    def _only_id(self, kind: str, policy_name: str) -> int | None:
        ids = self.names.get((kind, policy_name.casefold()), frozenset())
        return next(iter(ids)) if len(ids) == 1 else None


def shortfall(
    by: Approvers, person: Account, access: Access, floor: Permission = "write"
) -> str | None:
    """Say why a person does not fit a rule's `by`; None if the person does.

    Keys of one mapping must all hold, `any_of` lists alternatives. Everybody must be able to push
    now, unless the policy itself writes `permission: read`.
    """
    floor = by.permission or floor
    if by.permission or not by.any_of:
        missing = _too_little(person, access, floor)
        if missing:
            return missing
    return (
        _not_named(by, person, access)
        or _in_no_team(by, person, access)
        or _no_alternative(by, person, access, floor)
    )


def unknown_names(by: Approvers, access: Access) -> tuple[str, ...]:
    """List the users and teams of a `by` that nobody answers to, as "user x" and "team y"."""
    users = [f"user {login}" for login in by.users if access.user_id(login) is None]
    teams = [f"team {team}" for team in by.teams if access.team_id(team) is None]
    inner = [word for each in by.any_of for word in unknown_names(each, access)]
    return tuple(sorted({*users, *teams, *inner}))


def described(by: Approvers, floor: Permission = "write") -> str:
    """Say in words who can satisfy a `by`."""
    floor = by.permission or floor
    if by.any_of and not (by.permission or by.users or by.teams):
        return listed([described(each, floor) for each in by.any_of], "or")
    who = [listed(by.users, "or")] if by.users else []
    if by.teams:
        who.append(f"a member of {listed(by.teams, 'or')}")
    text = f"{' who is also '.join(who) or 'somebody'} with {floor} access"
    if by.any_of:
        text += f" who is also {listed([described(each, floor) for each in by.any_of], 'or')}"
    return text


def _grouped(pairs: Iterable[tuple[_K, _V]]) -> Mapping[_K, frozenset[_V]]:
    groups: dict[_K, set[_V]] = defaultdict(set)
    for key, value in pairs:
        groups[key].add(value)
    return {key: frozenset(values) for key, values in groups.items()}


def _too_little(person: Account, access: Access, floor: Permission) -> str | None:
    has = access.permission(person.id)
    if has is None:
        return f"what {name(person)} may do in the repository now is not known"
    if _LEVELS.index(has) < _LEVELS.index(floor):
        return f"{name(person)} has {has} permission now, {floor} is needed"
    return None


def _not_named(by: Approvers, person: Account, access: Access) -> str | None:
    if not by.users or person.id in {access.user_id(login) for login in by.users}:
        return None
    return f"{name(person)} is not {listed(by.users, 'or')}"


def _in_no_team(by: Approvers, person: Account, access: Access) -> str | None:
    if not by.teams or any(access.is_member(team, person.id) for team in by.teams):
        return None
    return f"{name(person)} is not an active member of {listed(by.teams, 'or')}"


def _no_alternative(
    by: Approvers, person: Account, access: Access, floor: Permission
) -> str | None:
    reasons = [shortfall(each, person, access, floor) for each in by.any_of]
    if not reasons or None in reasons:
        return None
    return listed([reason for reason in reasons if reason])
