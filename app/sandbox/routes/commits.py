"""Commits and comparisons."""

from datetime import datetime
from typing import Any

from app.sandbox.acts.merging import merge_refs
from app.sandbox.git.diff import FILE_LIMIT, changes, diff_text
from app.sandbox.git.trees import EMPTY_TREE
from app.sandbox.http.access import visible
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import commits as show
from app.sandbox.payloads.branches import is_protected
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.pulls import pull_simple
from app.sandbox.payloads.repos import api_url, html_url
from app.sandbox.problems import ProblemError, not_found
from app.sandbox.world.pulls import Pull

COMPARED_COMMITS = 250
COMPARED_FILES = 300
# Each end of a comparison may be `owner:branch` or `owner:repository:branch`.
_PLAIN, _WITH_OWNER = 1, 2


def list_commits(call: Call) -> Any:
    """History from a branch or commit, newest first, with git's own filters."""
    git = call.repo.git
    start = git.resolve(call.query.get("sha", call.repo.default_branch))
    if start is None:
        if "sha" in call.query:
            raise not_found()
        raise ProblemError(409, "Git Repository is empty.")
    arguments = [start, *_filters(call)]
    if "path" in call.query:
        arguments += ["--", call.query["path"]]
    shas = call.paged(git.history(*arguments))
    return [show.commit(call.world, call.repo, sha) for sha in shas]


def get_commit(call: Call) -> Any:
    """One commit with files; media types give its difference or its SHA."""
    sha = call.commit_sha()
    if call.accepts("sha"):
        return Reply(text=sha, media="application/vnd.github.sha")
    if call.accepts("diff") or call.accepts("patch"):
        parents = call.repo.git.commit(sha).parents
        base = parents[0] if parents else EMPTY_TREE
        return Reply(text=diff_text(call.repo.git, base, sha), media="application/vnd.github.diff")
    files = list(call.paged(show.commit_changes(call.repo, sha)[:FILE_LIMIT]))
    return show.commit_with_files(call.world, call.repo, sha, files)


def list_pulls(call: Call) -> Any:
    """Show open and merged pull requests that hold a commit or landed as it."""
    sha = call.params["commit_sha"]
    git = call.repo.git
    if not git.has_commit(sha):
        raise ProblemError(422, f"No commit found for SHA: {sha}")
    found = [
        pull
        for pull in call.repo.pulls.values()
        if (pull.is_open or pull.merged) and _holds(call, pull, sha)
    ]
    return [pull_simple(call.world, call.repo, each) for each in call.paged(found)]


def list_branches(call: Call) -> Any:
    """Show the branches whose tip a commit is."""
    sha, api = call.params["commit_sha"], api_url(call.world, call.repo)
    names = [name for name, tip in call.repo.git.refs("refs/heads/").items() if tip == sha]
    return [
        {
            "name": name.removeprefix("refs/heads/"),
            "commit": {"sha": sha, "url": f"{api}/commits/{sha}"},
            "protected": is_protected(call.repo, name.removeprefix("refs/heads/")),
        }
        for name in names
    ]


def merge_branches(call: Call) -> Any:
    """Merge one branch or commit into a branch; 204 when there is nothing to do."""
    base, head = call.need("base", str), call.need("head", str)
    title = call.maybe("commit_message", str) or f"Merge {head} into {base}"
    sha = merge_refs(call.world, call.repo, call.account, (base, head), title)
    if sha is None:
        return Reply(204)
    return Reply(201, show.commit(call.world, call.repo, sha))


def compare(call: Call) -> Any:
    """`base...head` seen from their merge base."""
    base, head = _ends(call)
    git = call.repo.git
    merge_base = git.merge_base(base, head)
    if merge_base is None:
        names = call.params["basehead"].replace("...", " and ")
        raise ProblemError(404, f"No common ancestor between {names}.")
    if call.accepts("diff") or call.accepts("patch"):
        text = diff_text(git, merge_base, head)
        return Reply(text=text, media="application/vnd.github.diff; charset=utf-8")
    made = _compared(call, base, head, merge_base)
    page, _ = call.page_bounds()
    if page == 1:
        files = changes(git, merge_base, head)[:COMPARED_FILES]
        made["files"] = [show.file(call.world, call.repo, head, each) for each in files]
    return made


def _compared(call: Call, base: str, head: str, merge_base: str) -> Json:
    world, repo = call.world, call.repo
    ahead, behind = repo.git.ahead_behind(base, head)
    commits = repo.git.between(base, head)
    api, page = api_url(world, repo), html_url(world, repo)
    span = call.params["basehead"]
    paged = "page" in call.query or "per_page" in call.query
    shown = call.paged(commits) if paged else commits[-COMPARED_COMMITS:]
    return {
        "url": f"{api}/compare/{span}",
        "html_url": f"{page}/compare/{span}",
        "permalink_url": f"{page}/compare/{base[:7]}...{head[:7]}",
        "diff_url": f"{page}/compare/{span}.diff",
        "patch_url": f"{page}/compare/{span}.patch",
        "base_commit": show.commit(world, repo, base),
        "merge_base_commit": show.commit(world, repo, merge_base),
        "status": _direction(ahead, behind),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": len(commits),
        "commits": [show.commit(world, repo, sha) for sha in shown],
    }


def _direction(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    if ahead:
        return "ahead"
    return "behind" if behind else "identical"


def _ends(call: Call) -> tuple[str, str]:
    base, dots, head = call.params["basehead"].partition("...")
    if not dots:
        raise not_found()
    return _end(call, base), _end(call, head)


def _end(call: Call, named: str) -> str:
    """Return the commit of one end; forks share objects, so their branches can be compared here."""
    parts = named.split(":")
    repo = call.repo
    if len(parts) > _PLAIN:
        owner = parts[0].lower()
        name = parts[1].lower() if len(parts) > _WITH_OWNER else None
        others = [
            r
            for r in call.world.repos.values()
            if r.owner.login.lower() == owner
            and name in {None, r.name.lower()}
            and call.repo.id in {r.id, r.parent_id}
            and visible(call.world, call.actor, r)
        ]
        if not others:
            raise not_found()
        repo = others[0]
    sha = repo.git.resolve(parts[-1])
    if sha is None:
        raise not_found()
    return sha


def _holds(call: Call, pull: Pull, sha: str) -> bool:
    known = {pull.head_sha, pull.merge_commit_sha}
    return sha in known or sha in call.repo.git.between(pull.base_sha, pull.head_sha)


def _filters(call: Call) -> list[str]:
    query = call.query
    found = [f"--author={query['author']}"] if "author" in query else []
    for name in ("since", "until"):
        if name in query:
            moment = datetime.fromisoformat(query[name])
            found.append(f"--{name}={int(moment.timestamp())}")
    return found


_REPO = "/repos/{owner}/{repo}"
ROUTES = (
    Route("GET", f"{_REPO}/commits", list_commits, "contents:read"),
    Route("GET", f"{_REPO}/commits/{{ref}}", get_commit, "contents:read"),
    Route("GET", f"{_REPO}/commits/{{commit_sha}}/pulls", list_pulls, "pull_requests:read"),
    Route(
        "GET", f"{_REPO}/commits/{{commit_sha}}/branches-where-head", list_branches, "contents:read"
    ),
    Route("POST", f"{_REPO}/merges", merge_branches, "contents:write"),
    Route("GET", f"{_REPO}/compare/{{basehead}}", compare, "contents:read"),
)
