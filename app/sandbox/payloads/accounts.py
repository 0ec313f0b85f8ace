"""Users, organisations and teams."""

from app.sandbox.payloads.common import Json, iso, node_id
from app.sandbox.world.accounts import Account, Membership, Team
from app.sandbox.world.world import World

_PREFIX = {"User": "U", "Organization": "O", "Bot": "BOT"}


def user(world: World, account: Account) -> Json:
    """Show the short form that stands wherever an account is mentioned."""
    api = f"{world.base_url}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id(_PREFIX[account.kind], account.id),
        "avatar_url": f"{world.base_url}/avatars/u/{account.id}?v=4",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{world.base_url}/{account.login}",
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def full_user(world: World, account: Account) -> Json:
    """Show a user's public profile."""
    owned = sum(r.owner is account and not r.private for r in world.repos.values())
    return user(world, account) | {
        "name": account.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": account.email,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": owned,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": iso(account.created_at),
        "updated_at": iso(account.created_at),
    }


def organization(world: World, org: Account) -> Json:
    """Show the short form of an organisation, as in webhooks."""
    api = f"{world.base_url}/orgs/{org.login}"
    return {
        "login": org.login,
        "id": org.id,
        "node_id": node_id("O", org.id),
        "url": api,
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events",
        "hooks_url": f"{api}/hooks",
        "issues_url": f"{api}/issues",
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"{world.base_url}/avatars/u/{org.id}?v=4",
        "description": org.name,
    }


def full_organization(world: World, org: Account) -> Json:
    """Show an organisation's page."""
    owned = sum(r.owner is org and not r.private for r in world.repos.values())
    return organization(world, org) | {
        "name": org.name or org.login,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": owned,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": f"{world.base_url}/{org.login}",
        "type": "Organization",
        "created_at": iso(org.created_at),
        "updated_at": iso(org.created_at),
        "archived_at": None,
        "default_repository_permission": org.base_role,
    }


def org_membership(world: World, org: Account, member: Account, seat: Membership) -> Json:
    """Show a user's seat in an organisation."""
    api = f"{world.base_url}/orgs/{org.login}"
    return {
        "url": f"{api}/memberships/{member.login}",
        "state": seat.state,
        "role": seat.role,
        "organization_url": api,
        "organization": organization(world, org),
        "user": user(world, member),
    }


def team(world: World, found: Team, permission: str = "pull") -> Json:
    """Show the usual form of a team."""
    api = f"{world.base_url}/organizations/{found.org.id}/team/{found.id}"
    return {
        "id": found.id,
        "node_id": node_id("T", found.id),
        "name": found.name,
        "slug": found.slug,
        "description": found.description,
        "privacy": found.privacy,
        "notification_setting": "notifications_enabled",
        "permission": permission,
        "url": api,
        "html_url": f"{world.base_url}/orgs/{found.org.login}/teams/{found.slug}",
        "members_url": f"{api}/members{{/member}}",
        "repositories_url": f"{api}/repos",
        "type": "organization",
        "organization_id": found.org.id,
        "parent": team_without_parent(world, found.parent) if found.parent else None,
    }


def team_without_parent(world: World, found: Team) -> Json:
    """Show the form that stands inside another team."""
    made = team(world, found)
    del made["parent"]
    return made


def full_team(world: World, found: Team) -> Json:
    """Show a team's own page."""
    active = sum(seat.state == "active" for seat in found.members.values())
    return team(world, found) | {
        "created_at": iso(found.created_at),
        "updated_at": iso(found.created_at),
        "members_count": active,
        "repos_count": len(found.repos),
        "organization": full_organization(world, found.org),
    }


def team_membership(world: World, found: Team, member: Account, seat: Membership) -> Json:
    """Show a user's seat in a team."""
    api = f"{world.base_url}/organizations/{found.org.id}/team/{found.id}"
    return {"url": f"{api}/memberships/{member.login}", "role": seat.role, "state": seat.state}


def permission_flags(role: str) -> Json:
    """Show a role as the five switches of older endpoints."""
    order = ("none", "read", "triage", "write", "maintain", "admin")
    names = {"pull": "read", "triage": "triage", "push": "write"}
    names |= {"maintain": "maintain", "admin": "admin"}
    return {flag: order.index(role) >= order.index(needed) for flag, needed in names.items()}
