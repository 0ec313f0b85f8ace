"""Making users, organisations, teams and tokens."""

import re
import secrets

from app.sandbox.payloads.accounts import org_membership, permission_flags, team, user
from app.sandbox.payloads.repos import event_repository
from app.sandbox.problems import invalid
from app.sandbox.world.accounts import ROLE_ALIASES, ROLES, Account, Membership, Team
from app.sandbox.world.events import Event
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


def add_account(world: World, login: str, kind: str = "User") -> Account:
    """Make a new account; logins are unique whatever their case."""
    if world.account(login) is not None:
        raise invalid("User", "login", "already_exists")
    account = Account(world.new_id("account"), login, kind, world.now())
    if kind == "User":
        account.name = login.capitalize()
        account.email = f"{login}@example.com"
    world.accounts[account.id] = account
    return account


def new_user_token(world: World, account: Account) -> str:
    """Make a token that acts as the user."""
    value = f"ghp_{secrets.token_hex(18)}"
    world.user_tokens[value] = account
    return value


def seat(world: World, org: Account, member: Account, membership: Membership) -> None:
    """Give a user a place in an organisation."""
    news = member.id not in org.members
    org.members[member.id] = membership
    if news:
        _tell_seat(world, org, member, ("member_added", membership))


def unseat(world: World, org: Account, member: Account) -> None:
    """Take a user out of an organisation and its teams."""
    lost = org.members.pop(member.id, None)
    for team_left in org.teams.values():
        leave_team(world, team_left, member)
    if lost is not None:
        _tell_seat(world, org, member, ("member_removed", lost))


def add_team(world: World, org: Account, name: str) -> Team:
    """Make a new team with the slug that GitHub would make of its name."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    found = Team(world.new_id("team"), slug, name, org, world.now())
    org.teams[slug] = found
    world.emit(Event("team", "created", org, {"team": team(world, found)}, org=org))
    return found


def join_team(world: World, found: Team, member: Account, membership: Membership) -> None:
    """Put a user into a team, or change the place."""
    found.members[member.id] = membership
    _tell_membership(world, found, member, "added")


def leave_team(world: World, found: Team, member: Account) -> None:
    """Take a user out of a team."""
    if found.members.pop(member.id, None) is not None:
        _tell_membership(world, found, member, "removed")


def grant(world: World, repo: Repo, who: Account | Team, role: str) -> None:
    """Give a user or team a role on a repository; `none` takes it away."""
    wanted = ROLE_ALIASES.get(role, role)
    if wanted not in ROLES:
        raise invalid("Repository", "permission", "invalid")
    if isinstance(who, Team):
        _grant_team(world, repo, who, wanted)
        return
    action = "edited" if who.id in repo.collaborators else "added"
    repo.collaborators[who.id] = wanted
    if wanted == "none":
        action = "removed"
        del repo.collaborators[who.id]
    body = {"member": user(world, who), "changes": {"permission": {"to": wanted}}}
    world.emit(Event("member", action, repo.owner, body, repo))


def _grant_team(world: World, repo: Repo, found: Team, role: str) -> None:
    """Teams are told of when they come to a repository or leave it."""
    action = "edited" if repo.id in found.repos else "added_to_repository"
    found.repos[repo.id] = role
    if role == "none":
        action = "removed_from_repository"
        del found.repos[repo.id]
    shown = event_repository(world, repo) | {"permissions": permission_flags(role)}
    body = {"team": team(world, found), "repository": shown}
    world.emit(Event("team", action, repo.owner, body, repo))


def _tell_seat(world: World, org: Account, member: Account, change: tuple[str, Membership]) -> None:
    action, membership = change
    seat_now = org_membership(world, org, member, membership)
    world.emit(Event("organization", action, org, {"membership": seat_now}, org=org))


def _tell_membership(world: World, found: Team, member: Account, action: str) -> None:
    body = {"scope": "team", "member": user(world, member), "team": team(world, found)}
    world.emit(Event("membership", action, found.org, body, org=found.org))
