"""Users, organisations, teams, rights and tokens."""

from collections.abc import Mapping, Sequence

from app.sandbox.acts import accounts
from app.sandbox.control.base import Controls, RepoLike, UserLike
from app.sandbox.world.accounts import Account, Membership, Team


class AccountControls(Controls):
    """Who exists and who may do what."""

    def add_user(self, login: str) -> Account:
        """Make a user with a token; see `token_for`."""
        with self.world.lock:
            made = accounts.add_account(self.world, login)
            accounts.new_user_token(self.world, made)
        return made

    def add_org(self, login: str, members: Mapping[str, str] | Sequence[str] = ()) -> Account:
        """Make an organisation; members by login, with `admin` or `member` as role."""
        roles = members if isinstance(members, Mapping) else dict.fromkeys(members, "member")
        with self.world.lock:
            made = accounts.add_account(self.world, login, "Organization")
            for member, role in roles.items():
                self.add_member(made, member, role)
        return made

    def add_member(
        self, org: UserLike, member: UserLike, role: str = "member", state: str = "active"
    ) -> None:
        """Give a user a seat in an organisation."""
        with self.world.lock:
            who = self.find_account(member)
            accounts.seat(self.world, self.find_account(org), who, Membership(role, state))

    def remove_member(self, org: UserLike, member: UserLike) -> None:
        """Take a user out of an organisation and its teams."""
        with self.world.lock:
            accounts.unseat(self.world, self.find_account(org), self.find_account(member))

    def add_team(self, org: UserLike, name: str, members: Sequence[str] = ()) -> Team:
        """Make a team of an organisation."""
        with self.world.lock:
            made = accounts.add_team(self.world, self.find_account(org), name)
            for member in members:
                accounts.join_team(
                    self.world, made, self.find_account(member), Membership("member")
                )
        return made

    def set_team_member(self, team: Team, member: UserLike, state: str = "active") -> None:
        """Put a user into a team, perhaps still `pending`."""
        with self.world.lock:
            who = self.find_account(member)
            accounts.join_team(self.world, team, who, Membership("member", state))

    def remove_team_member(self, team: Team, member: UserLike) -> None:
        """Take a user out of a team."""
        with self.world.lock:
            accounts.leave_team(self.world, team, self.find_account(member))

    def grant(self, repo: RepoLike, who: UserLike | Team, role: str) -> None:
        """Give a user or team a role on a repository; `none` takes it away."""
        with self.world.lock:
            grantee = who if isinstance(who, Team) else self.find_account(who)
            accounts.grant(self.world, self.find_repo(repo), grantee, role)

    def token_for(self, user: UserLike) -> str:
        """Return a token with which the user calls the API and pushes."""
        with self.world.lock:
            account = self.find_account(user)
            for value, owner in self.world.user_tokens.items():
                if owner is account:
                    return value
            return accounts.new_user_token(self.world, account)
