"""Repositories, branches and references."""

from app.sandbox.payloads.accounts import organization, permission_flags, user
from app.sandbox.payloads.common import Json, iso, node_id
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

_SUFFIXES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def api_url(world: World, repo: Repo) -> str:
    """Where the repository's endpoints begin."""
    return f"{world.base_url}/repos/{repo.full_name}"


def html_url(world: World, repo: Repo) -> str:
    """Where its pages would be."""
    return f"{world.base_url}/{repo.full_name}"


def short_repository(world: World, repo: Repo) -> Json:
    """Names and URLs only."""
    api = api_url(world, repo)
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": user(world, repo.owner),
        "html_url": html_url(world, repo),
        "description": repo.description,
        "fork": repo.parent_id is not None,
        "url": api,
    } | {name: f"{api}{suffix}" for name, suffix in _SUFFIXES.items()}


def repository(world: World, repo: Repo, role: str | None = None) -> Json:
    """Show the usual form; with a role it tells the caller's permissions."""
    page = html_url(world, repo)
    open_issues = sum(issue.state == "open" for issue in repo.issues.values())
    forks = sum(other.parent_id == repo.id for other in world.repos.values())
    made = short_repository(world, repo) | {
        "created_at": iso(repo.created_at),
        "updated_at": iso(repo.updated_at),
        "pushed_at": iso(repo.pushed_at),
        "git_url": page.replace("http://", "git://", 1) + ".git",
        "ssh_url": f"git@127.0.0.1:{repo.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": 1,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": repo.settings.has_issues,
        "has_projects": False,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": forks,
        "mirror_url": None,
        "archived": repo.archived,
        "disabled": False,
        "open_issues_count": open_issues,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repo.private else "public",
        "forks": forks,
        "open_issues": open_issues,
        "watchers": 0,
        "default_branch": repo.default_branch,
    }
    return made if role is None else made | {"permissions": permission_flags(role)}


def full_repository(world: World, repo: Repo, role: str | None = None) -> Json:
    """Show a repository's own page: settings, organisation and parent."""
    settings = repo.settings
    made = repository(world, repo, role) | {
        "temp_clone_token": None,
        "allow_squash_merge": settings.allow_squash_merge,
        "allow_merge_commit": settings.allow_merge_commit,
        "allow_rebase_merge": settings.allow_rebase_merge,
        "allow_auto_merge": settings.allow_auto_merge,
        "delete_branch_on_merge": settings.delete_branch_on_merge,
        "allow_update_branch": settings.allow_update_branch,
        "network_count": 0,
        "subscribers_count": 0,
    }
    if repo.owner.is_org:
        made["organization"] = user(world, repo.owner)
    parent = world.repos.get(repo.parent_id) if repo.parent_id else None
    if parent is not None:
        made |= {"parent": repository(world, parent), "source": repository(world, parent)}
    return made


def event_repository(world: World, repo: Repo) -> Json:
    """Show the form of webhooks, where it is a little different from REST."""
    made = repository(world, repo)
    if repo.owner.is_org:
        made["organization"] = repo.owner.login
    return made | {"master_branch": repo.default_branch, "custom_properties": {}}


def push_repository(world: World, repo: Repo) -> Json:
    """Show the form of `push` payloads, whose times are numbers."""
    owner = user(world, repo.owner) | {"name": repo.owner.login, "email": repo.owner.email}
    return event_repository(world, repo) | {
        "owner": owner,
        "url": html_url(world, repo),
        "created_at": int(repo.created_at.timestamp()),
        "pushed_at": int(repo.pushed_at.timestamp()),
        "stargazers": 0,
    }


def reference(world: World, repo: Repo, name: str, sha: str) -> Json:
    """Show a git reference with what it points at."""
    api = api_url(world, repo)
    kind = repo.git.kind(sha) or "commit"
    return {
        "ref": name,
        "node_id": node_id("REF", f"{repo.id}:{name}"),
        "url": f"{api}/git/{name}",
        "object": {"sha": sha, "type": kind, "url": f"{api}/git/{kind}s/{sha}"},
    }


def org_of(world: World, repo: Repo) -> Json | None:
    """Show the `organization` part of an event, if the owner is one."""
    return organization(world, repo.owner) if repo.owner.is_org else None
