"""Issues, comments, labels, reactions and issue events."""

from app.sandbox.payloads.accounts import user
from app.sandbox.payloads.apps import app
from app.sandbox.payloads.common import Json, iso, maybe_iso, node_id
from app.sandbox.payloads.repos import api_url, html_url
from app.sandbox.world.accounts import Account
from app.sandbox.world.issues import Comment, Issue, IssueEvent, Label, Reaction
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def association(repo: Repo, account: Account) -> str:
    """How the author relates to the repository; no measure of rights."""
    if repo.owner is account:
        return "OWNER"
    seat = repo.owner.members.get(account.id)
    if seat is not None and seat.state == "active":
        return "MEMBER"
    if account.id in repo.collaborators:
        return "COLLABORATOR"
    merged = (pull.merged and pull.issue.user is account for pull in repo.pulls.values())
    return "CONTRIBUTOR" if any(merged) else "NONE"


def label(world: World, repo: Repo, found: Label) -> Json:
    """Show a label."""
    return {
        "id": found.id,
        "node_id": node_id("LA", found.id),
        "url": f"{api_url(world, repo)}/labels/{found.name}",
        "name": found.name,
        "description": found.description,
        "color": found.color,
        "default": False,
    }


def reactions(url: str, given: list[Reaction]) -> Json:
    """Show the counts of all kinds."""
    counts = {kind: sum(r.content == kind for r in given) for kind in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(given)} | counts


def reaction(world: World, found: Reaction) -> Json:
    """One reaction."""
    return {
        "id": found.id,
        "node_id": node_id("REA", found.id),
        "user": user(world, found.user),
        "content": found.content,
        "created_at": iso(found.created_at),
    }


def issue(world: World, repo: Repo, found: Issue) -> Json:
    """Show an issue; a pull request's has the `pull_request` part."""
    api, page = api_url(world, repo), html_url(world, repo)
    url = f"{api}/issues/{found.number}"
    pull = repo.pulls.get(found.number)
    closer = found.closed_by
    made: Json = {
        "url": url,
        "repository_url": api,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{page}/{'pull' if pull else 'issues'}/{found.number}",
        "id": found.id,
        "node_id": node_id("I", found.id),
        "number": found.number,
        "title": found.title,
        "user": user(world, found.user),
        "labels": [label(world, repo, each) for each in found.labels],
        "state": found.state,
        "state_reason": found.state_reason,
        "locked": found.locked,
        "assignee": user(world, found.assignees[0]) if found.assignees else None,
        "assignees": [user(world, each) for each in found.assignees],
        "milestone": None,
        "comments": len(found.comments),
        "created_at": iso(found.created_at),
        "updated_at": iso(found.updated_at),
        "closed_at": maybe_iso(found.closed_at),
        "closed_by": user(world, closer) if closer else None,
        "author_association": association(repo, found.user),
        "active_lock_reason": None,
        "body": found.body,
        "reactions": reactions(url, found.reactions),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": app(world, found.app) if found.app else None,
    }
    if pull is not None:
        merged = maybe_iso(pull.merged_at)
        made |= {"draft": pull.draft, "pull_request": _pull_links(api, page, found.number, merged)}
    return made


def _pull_links(api: str, page: str, number: int, merged_at: str | None) -> Json:
    return {
        "url": f"{api}/pulls/{number}",
        "html_url": f"{page}/pull/{number}",
        "diff_url": f"{page}/pull/{number}.diff",
        "patch_url": f"{page}/pull/{number}.patch",
        "merged_at": merged_at,
    }


def comment(world: World, repo: Repo, found: Comment) -> Json:
    """Show a comment of the conversation."""
    api = api_url(world, repo)
    url = f"{api}/issues/comments/{found.id}"
    kind = "pull" if found.number in repo.pulls else "issues"
    return {
        "url": url,
        "html_url": f"{html_url(world, repo)}/{kind}/{found.number}#issuecomment-{found.id}",
        "issue_url": f"{api}/issues/{found.number}",
        "id": found.id,
        "node_id": node_id("IC", found.id),
        "user": user(world, found.user),
        "created_at": iso(found.created_at),
        "updated_at": iso(found.updated_at),
        "author_association": association(repo, found.user),
        "body": found.body,
        "reactions": reactions(url, found.reactions),
        "performed_via_github_app": app(world, found.app) if found.app else None,
    }


def issue_event(world: World, repo: Repo, found: IssueEvent) -> Json:
    """One event of the history with the fields of its kind."""
    api = api_url(world, repo)
    sha = found.commit_id
    return {
        "id": found.id,
        "node_id": node_id("EV", found.id),
        "url": f"{api}/issues/events/{found.id}",
        "actor": user(world, found.actor),
        "event": found.kind,
        "commit_id": sha,
        "commit_url": f"{api}/commits/{sha}" if sha else None,
        "created_at": iso(found.created_at),
        "performed_via_github_app": None,
    } | found.extra
