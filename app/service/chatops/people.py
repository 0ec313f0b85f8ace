"""What people may do under the policy, read fresh each time: rights are taken away too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.core.commands.levels import Access, Grants, Standing, standing
from app.core.commands.scales import Level
from app.core.commands.sign_offs import Holders
from app.core.facts import Account
from app.core.policy.deployments import DeploymentPolicy, People
from app.errors import ForbiddenError
from app.ports import GitHubReader

_LEVELS: Mapping[str, Level] = {
    "L1": Level.READ,
    "L2": Level.CONTRIBUTE,
    "L3": Level.OPERATE,
    "L4": Level.OPERATE_PRODUCTION,
    "L5": Level.INFRASTRUCTURE,
}
_ACTIVE = "active"


def level(name: str) -> Level:
    """Return the level that the policy writes as `L1` to `L5`."""
    return _LEVELS[name]


@dataclass(frozen=True)
class Roll:
    """The people of one policy; teams stand under the number of their place in `team_names`."""

    reader: GitHubReader
    policy: DeploymentPolicy

    @cached_property
    def team_names(self) -> tuple[str, ...]:
        """Every team that the policy names, once."""
        return tuple(sorted({team for each in self._groups() for team in each.teams}))

    def _groups(self) -> Iterable[People]:
        for name in _LEVELS:
            yield self._listed(name)
        yield from self.policy.roles.values()
        yield self.policy.security

    def _listed(self, name: str) -> People:
        found: People = getattr(self.policy.levels, name)
        return found

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        """The numeric ids behind the logins of the policy; a name nobody has grants nothing."""
        logins = sorted({login for each in self._groups() for login in each.users})
        resolved = self.reader.resolve("user", logins)
        return {each.name: each.id for each in resolved if each.id is not None}

    @cached_property
    def grants(self) -> Grants:
        """What the policy grants, the highest level where somebody is listed twice."""
        users: dict[int, Level] = {}
        teams: dict[int, Level] = {}
        for name, each in _LEVELS.items():
            listed = self._listed(name)
            users |= {self._ids[login]: each for login in listed.users if login in self._ids}
            teams |= {self.team_names.index(team): each for team in listed.teams}
        roles = {role: _LEVELS[name] for role, name in self.policy.levels.roles.items()}
        return Grants(users, teams, roles)

    @cached_property
    def holders(self) -> Mapping[str, Holders]:
        """Who can sign for each role of the policy."""
        return {role: self._holders(people) for role, people in self.policy.roles.items()}

    @property
    def security(self) -> Holders:
        """Who can lead in overriding a gate about security."""
        return self._holders(self.policy.security)

    def _holders(self, people: People) -> Holders:
        return Holders(
            frozenset(self._ids[login] for login in people.users if login in self._ids),
            frozenset(self.team_names.index(team) for team in people.teams),
        )

    def standing(self, person: Account) -> Standing:
        """Return the person's level now; what cannot be read gives none."""
        (grant,) = self.reader.grants([person])
        access = Access(person.id, grant.permission, grant.role or None, self.teams(person))
        return standing(access, self.grants)

    def teams(self, person: Account) -> frozenset[int] | None:
        """Return the teams of the policy that the person is in; None if that cannot be read."""
        try:
            return frozenset(self._memberships(self.team_names, person))
        except ForbiddenError:
            return None

    def _memberships(self, teams: Sequence[str], person: Account) -> Iterable[int]:
        for number, team in enumerate(teams):
            (found,) = self.reader.memberships(team, [person])
            if found.state == _ACTIVE:
                yield number
