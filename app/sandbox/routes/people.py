"""Users, organisations, teams and who may do what."""

from typing import Any

from app.sandbox.acts import accounts
from app.sandbox.http.actors import Actor
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import accounts as show
from app.sandbox.payloads.repos import repository
from app.sandbox.problems import ProblemError, not_found
from app.sandbox.world.accounts import Account, Membership, Team

# The old permission endpoint knows four words for six roles.
_OLD_WORDS = {"maintain": "write", "triage": "read"}


def get_self(call: Call) -> Any:
    """Show the caller's own profile."""
    return show.full_user(call.world, call.account)


def get_user(call: Call) -> Any:
    """Show a profile by login."""
    return show.full_user(call.world, _user(call))


def get_user_by_id(call: Call) -> Any:
    """Show a profile by number, which renames do not change."""
    found = call.world.accounts.get(call.number("account_id"))
    if found is None:
        raise not_found()
    return show.full_user(call.world, found)


def get_org(call: Call) -> Any:
    """Show an organisation."""
    return show.full_organization(call.world, _org(call))


def list_members(call: Call) -> Any:
    """Active members of an organisation."""
    org, role = _org(call), call.query.get("role", "all")
    seats = [
        call.world.accounts[key]
        for key, seat in org.members.items()
        if seat.state == "active" and role in {"all", seat.role}
    ]
    return [show.user(call.world, each) for each in call.paged(seats)]


def is_member(call: Call) -> Any:
    """204 for members, 404 for others."""
    seat = _org(call).members.get(_user(call).id)
    return Reply(204 if seat is not None and seat.state == "active" else 404)


def get_membership(call: Call) -> Any:
    """Show a user's seat in an organisation."""
    org, member = _org(call), _user(call)
    seat = org.members.get(member.id)
    if seat is None:
        raise not_found()
    return show.org_membership(call.world, org, member, seat)


def list_teams(call: Call) -> Any:
    """Show the teams of an organisation."""
    return [show.team(call.world, each) for each in call.paged(list(_org(call).teams.values()))]


def get_team(call: Call) -> Any:
    """One team."""
    return show.full_team(call.world, _team(call))


def list_team_members(call: Call) -> Any:
    """Active members of a team."""
    found = _team(call)
    active = [
        call.world.accounts[key] for key, seat in found.members.items() if seat.state == "active"
    ]
    return [show.user(call.world, each) for each in call.paged(active)]


def get_team_membership(call: Call) -> Any:
    """Show a user's place in a team, perhaps still pending."""
    found, member = _team(call), _user(call)
    seat = found.members.get(member.id)
    if seat is None:
        raise not_found()
    return show.team_membership(call.world, found, member, seat)


def set_team_membership(call: Call) -> Any:
    """Put a user into a team; outsiders stay pending until they accept."""
    found, member = _team(call), _user(call)
    _require_owner(call, found.org)
    seat = found.org.members.get(member.id)
    state = "active" if seat is not None and seat.state == "active" else "pending"
    role = call.choice("role", ("member", "maintainer"), "member")
    accounts.join_team(call.world, found, member, Membership(role, state))
    return show.team_membership(call.world, found, member, found.members[member.id])


def remove_team_membership(call: Call) -> Any:
    """Take a user out of a team."""
    found = _team(call)
    _require_owner(call, found.org)
    accounts.leave_team(call.world, found, _user(call))
    return Reply(204)


def team_permission(call: Call) -> Any:
    """Show what a team may do on a repository."""
    found, repo = _team(call), call.repo
    role = found.repos.get(repo.id)
    if role is None:
        raise not_found()
    if not call.accepts("repository+json"):
        return Reply(204)
    return repository(call.world, repo, role) | {"role_name": role}


def repo_teams(call: Call) -> Any:
    """Show the teams with rights on a repository."""
    old = {"read": "pull", "write": "push"}
    found = [t for t in call.repo.owner.teams.values() if call.repo.id in t.repos]
    return [
        show.team(call.world, each, old.get(each.repos[call.repo.id], each.repos[call.repo.id]))
        for each in call.paged(found)
    ]


def permission(call: Call) -> Any:
    """Show a user's effective permission, by an old word and by the role's name."""
    member = _user(call)
    role = call.world.role(call.repo, member)
    person = show.user(call.world, member) | {
        "permissions": show.permission_flags(role),
        "role_name": role,
    }
    return {"permission": _OLD_WORDS.get(role, role), "role_name": role, "user": person}


def list_collaborators(call: Call) -> Any:
    """Everybody with rights beyond what the public has."""
    least = "read" if call.repo.private else "triage"
    found = [
        account
        for account in call.world.accounts.values()
        if account.kind == "User" and _belongs(call, account, least)
    ]
    return [_collaborator(call, each) for each in call.paged(found)]


def is_collaborator(call: Call) -> Any:
    """204 for collaborators, 404 for others."""
    return Reply(204 if _belongs(call, _user(call), "triage") else 404)


def add_collaborator(call: Call) -> Any:
    """Give a user a role; the sandbox needs no invitation."""
    role = call.maybe("permission", str) or "push"
    accounts.grant(call.world, call.repo, _user(call), role)
    return Reply(204)


def remove_collaborator(call: Call) -> Any:
    """Take a user's role away."""
    accounts.grant(call.world, call.repo, _user(call), "none")
    return Reply(204)


def _belongs(call: Call, account: Account, least: str) -> bool:
    repo = call.repo
    seated = account.id in repo.collaborators or account.id in repo.owner.members
    return account is repo.owner or (seated and call.world.can(repo, account, least))


def _collaborator(call: Call, account: Account) -> Any:
    role = call.world.role(call.repo, account)
    made = show.user(call.world, account)
    return made | {"permissions": show.permission_flags(role), "role_name": role}


def _user(call: Call) -> Account:
    found = call.world.account(call.params["username"])
    if found is None:
        raise not_found()
    return found


def _org(call: Call) -> Account:
    found = call.world.account(call.params["org"])
    if found is None or not found.is_org:
        raise not_found()
    return found


def _team(call: Call) -> Team:
    """Teams are for members' eyes; others are told that there is none."""
    org = _org(call)
    found = call.world.team(org, call.params["team_slug"])
    if found is None or not _sees_teams(call.actor, org):
        raise not_found()
    return found


def _sees_teams(actor: Actor, org: Account) -> bool:
    if actor.token is not None:
        return actor.token.installation.account is org
    return actor.account is not None and actor.account.id in org.members


def _require_owner(call: Call, org: Account) -> None:
    seat = org.members.get(call.account.id)
    if call.actor.token is None and (seat is None or seat.role != "admin"):
        raise ProblemError(403, "Must be an organization owner or team maintainer.")


_REPO = "/repos/{owner}/{repo}"
_TEAM = "/orgs/{org}/teams/{team_slug}"
_MEMBERS = "members:read"
ROUTES = (
    Route("GET", "/user", get_self, auth="user"),
    Route("GET", "/user/{account_id}", get_user_by_id),
    Route("GET", "/users/{username}", get_user),
    Route("GET", "/orgs/{org}", get_org),
    Route("GET", "/orgs/{org}/members", list_members, _MEMBERS),
    Route("GET", "/orgs/{org}/members/{username}", is_member, _MEMBERS),
    Route("GET", "/orgs/{org}/memberships/{username}", get_membership, _MEMBERS, auth="known"),
    Route("GET", "/orgs/{org}/teams", list_teams, _MEMBERS, auth="known"),
    Route("GET", _TEAM, get_team, _MEMBERS, auth="known"),
    Route("GET", f"{_TEAM}/members", list_team_members, _MEMBERS, auth="known"),
    Route("GET", f"{_TEAM}/memberships/{{username}}", get_team_membership, _MEMBERS, auth="known"),
    Route(
        "PUT",
        f"{_TEAM}/memberships/{{username}}",
        set_team_membership,
        "members:write",
        auth="known",
    ),
    Route(
        "DELETE",
        f"{_TEAM}/memberships/{{username}}",
        remove_team_membership,
        "members:write",
        auth="known",
    ),
    Route("GET", f"{_TEAM}/repos/{{owner}}/{{repo}}", team_permission, _MEMBERS, auth="known"),
    Route("GET", f"{_REPO}/teams", repo_teams),
    Route("GET", f"{_REPO}/collaborators", list_collaborators, role="write"),
    Route("GET", f"{_REPO}/collaborators/{{username}}", is_collaborator, role="write"),
    Route("PUT", f"{_REPO}/collaborators/{{username}}", add_collaborator, "administration:write"),
    Route(
        "DELETE", f"{_REPO}/collaborators/{{username}}", remove_collaborator, "administration:write"
    ),
    Route("GET", f"{_REPO}/collaborators/{{username}}/permission", permission, role="read"),
)
