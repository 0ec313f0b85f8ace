"""Pull requests, reviews and comments on lines."""

from app.sandbox.git.diff import FileChange, changes
from app.sandbox.payloads.accounts import team, user
from app.sandbox.payloads.common import Json, iso, maybe_iso, node_id
from app.sandbox.payloads.issues import association, label, reactions
from app.sandbox.payloads.repos import api_url, html_url, repository
from app.sandbox.world.pulls import Pull, Review, ReviewComment
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World


def pull_changes(repo: Repo, pull: Pull) -> list[FileChange]:
    """Show what the pull request changes: head against its merge base with the base branch."""
    base = repo.git.merge_base(pull_base(repo, pull), pull.head_sha)
    return [] if base is None else changes(repo.git, base, pull.head_sha)


def pull_commits(repo: Repo, pull: Pull) -> list[str]:
    """Its commits, oldest first."""
    return repo.git.between(pull_base(repo, pull), pull.head_sha)


def pull_base(repo: Repo, pull: Pull) -> str:
    """Show the base to compare with: the branch's tip while open, what was merged into after."""
    tip = repo.git.branch(pull.base_ref) if pull.is_open else None
    return tip or pull.base_sha


def pull_simple(world: World, repo: Repo, pull: Pull) -> Json:
    """Show the form of lists and review webhooks."""
    api, page = api_url(world, repo), html_url(world, repo)
    issue, number = pull.issue, pull.number
    url = f"{api}/pulls/{number}"
    return {
        "url": url,
        "id": pull.id,
        "node_id": node_id("PR", pull.id),
        "html_url": f"{page}/pull/{number}",
        "diff_url": f"{page}/pull/{number}.diff",
        "patch_url": f"{page}/pull/{number}.patch",
        "issue_url": f"{api}/issues/{number}",
        "number": number,
        "state": issue.state,
        "locked": issue.locked,
        "title": issue.title,
        "user": user(world, issue.user),
        "body": issue.body,
        "created_at": iso(issue.created_at),
        "updated_at": iso(issue.updated_at),
        "closed_at": maybe_iso(issue.closed_at),
        "merged_at": maybe_iso(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha or _test_merge(pull),
        "assignee": user(world, issue.assignees[0]) if issue.assignees else None,
        "assignees": [user(world, each) for each in issue.assignees],
        "requested_reviewers": [user(world, each) for each in pull.requested_reviewers],
        "requested_teams": [team(world, each) for each in pull.requested_teams],
        "labels": [label(world, repo, each) for each in issue.labels],
        "milestone": None,
        "draft": pull.draft,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{api}/pulls/comments{{/number}}",
        "comments_url": f"{api}/issues/{number}/comments",
        "statuses_url": f"{api}/statuses/{pull.head_sha}",
        "head": _head(world, pull),
        "base": _side(world, repo, pull.base_ref, pull.base_sha),
        "_links": _links(api, page, pull),
        "author_association": association(repo, issue.user),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def pull_request(world: World, repo: Repo, pull: Pull, state: str) -> Json:
    """Show the full form, with counts and whether it can be merged; `state` is mergeable_state."""
    files = pull_changes(repo, pull)
    test = pull.merge_test
    known = test is not None and test.announced and pull.is_open
    mergeable = test.clean if test is not None and known else None
    return pull_simple(world, repo, pull) | {
        "merged": pull.merged,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": state,
        "merged_by": user(world, pull.merged_by) if pull.merged_by else None,
        "comments": len(pull.issue.comments),
        "review_comments": len(pull.review_comments),
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": len(pull_commits(repo, pull)),
        "additions": sum(change.additions for change in files),
        "deletions": sum(change.deletions for change in files),
        "changed_files": len(files),
    }


def event_pull(world: World, repo: Repo, pull: Pull, *, simple: bool = False) -> Json:
    """Show the form of webhooks: mergeable is not known there."""
    made = pull_simple(world, repo, pull)
    if not simple:
        made = pull_request(world, repo, pull, "unknown") | {"mergeable": None, "rebaseable": None}
        if pull.merged:
            made["mergeable_state"] = "clean"
    for side in (made["head"], made["base"]):
        if side["repo"] is not None:
            side["repo"]["custom_properties"] = {}
    return made


def pull_minimal(world: World, repo: Repo, pull: Pull) -> Json:
    """Show the form inside check runs and suites."""
    head_repo = world.repos.get(pull.head_repo_id or 0, repo)
    return {
        "url": f"{api_url(world, repo)}/pulls/{pull.number}",
        "id": pull.id,
        "number": pull.number,
        "head": {
            "ref": pull.head_ref,
            "sha": pull.head_sha,
            "repo": _tiny_repo(world, head_repo),
        },
        "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": _tiny_repo(world, repo)},
    }


def review(world: World, repo: Repo, pull: Pull, found: Review) -> Json:
    """Show a review in REST: the state in upper case."""
    page = f"{html_url(world, repo)}/pull/{pull.number}"
    anchor = f"{page}#pullrequestreview-{found.id}"
    api = f"{api_url(world, repo)}/pulls/{pull.number}"
    made: Json = {
        "id": found.id,
        "node_id": node_id("PRR", found.id),
        "user": user(world, found.user),
        "body": found.body,
        "state": found.state,
        "html_url": anchor,
        "pull_request_url": api,
        "author_association": association(repo, found.user),
        "_links": {"html": {"href": anchor}, "pull_request": {"href": api}},
        "commit_id": found.commit_id,
    }
    if found.submitted_at is not None:
        made["submitted_at"] = iso(found.submitted_at)
    return made


def event_review(world: World, repo: Repo, pull: Pull, found: Review) -> Json:
    """Show a review in webhooks: the state in lower case."""
    made = review(world, repo, pull, found) | {"state": found.state.lower()}
    return {"submitted_at": None} | made | {"body": found.body or None}


def review_comment(world: World, repo: Repo, pull: Pull, found: ReviewComment) -> Json:
    """Show a comment on a line of the difference."""
    api, page = api_url(world, repo), html_url(world, repo)
    url = f"{api}/pulls/comments/{found.id}"
    anchor = f"{page}/pull/{pull.number}#discussion_r{found.id}"
    made: Json = {
        "url": url,
        "pull_request_review_id": found.review_id,
        "id": found.id,
        "node_id": node_id("PRRC", found.id),
        "diff_hunk": "@@",
        "path": found.path,
        "commit_id": found.commit_id,
        "original_commit_id": found.commit_id,
        "user": user(world, found.user),
        "body": found.body,
        "created_at": iso(found.created_at),
        "updated_at": iso(found.updated_at),
        "html_url": anchor,
        "pull_request_url": f"{api}/pulls/{pull.number}",
        "author_association": association(repo, found.user),
        "_links": {
            "self": {"href": url},
            "html": {"href": anchor},
            "pull_request": {"href": f"{api}/pulls/{pull.number}"},
        },
        "reactions": reactions(url, found.reactions),
        "start_line": found.start_line,
        "original_start_line": found.start_line,
        "start_side": None,
        "line": found.line,
        "original_line": found.line,
        "side": found.side,
        "position": found.position or found.line or 1,
        "original_position": found.position or found.line or 1,
        "subject_type": "line",
    }
    return made if found.in_reply_to is None else made | {"in_reply_to_id": found.in_reply_to}


def _test_merge(pull: Pull) -> str | None:
    """Before the merge GitHub shows the commit of its test merge."""
    return pull.merge_test.commit if pull.merge_test and pull.merge_test.announced else None


def _head(world: World, pull: Pull) -> Json:
    repo = world.repos.get(pull.head_repo_id) if pull.head_repo_id else None
    return {
        "label": f"{pull.head_owner.login}:{pull.head_ref}",
        "ref": pull.head_ref,
        "sha": pull.head_sha,
        "user": user(world, pull.head_owner),
        "repo": repository(world, repo) if repo else None,
    }


def _side(world: World, repo: Repo, ref: str, sha: str) -> Json:
    return {
        "label": f"{repo.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(world, repo.owner),
        "repo": repository(world, repo),
    }


def _links(api: str, page: str, pull: Pull) -> Json:
    url = f"{api}/pulls/{pull.number}"
    targets = {
        "self": url,
        "html": f"{page}/pull/{pull.number}",
        "issue": f"{api}/issues/{pull.number}",
        "comments": f"{api}/issues/{pull.number}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{api}/statuses/{pull.head_sha}",
    }
    return {name: {"href": target} for name, target in targets.items()}


def _tiny_repo(world: World, repo: Repo) -> Json:
    return {"id": repo.id, "url": api_url(world, repo), "name": repo.name}
