"""Pull requests."""

from typing import Any

from app.sandbox.acts import mergeability, pulls
from app.sandbox.acts.merging import MergeOrder, merge, update_branch
from app.sandbox.git.diff import FILE_LIMIT, diff_text
from app.sandbox.http.access import require_role
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import pulls as show
from app.sandbox.payloads.commits import commit, file
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.repos import api_url
from app.sandbox.problems import ProblemError, invalid, not_accessible
from app.sandbox.world.pulls import Pull

COMMIT_LIMIT = 250
DIFF_FILES = 300
DIFF_LINES = 20_000
_SORTS = {"created": "created_at", "updated": "updated_at"}


def list_pulls(call: Call) -> Any:
    """Pull requests by state, head and base, newest first unless sorted otherwise."""
    state = call.query.get("state", "open")
    found = [p for p in call.repo.pulls.values() if state in {"all", p.issue.state}]
    found = [p for p in found if _fits(call, p)]
    order = _SORTS.get(call.query.get("sort", "created"), "created_at")
    found.sort(key=lambda p: (getattr(p.issue, order), p.number))
    usual = "desc" if call.query.get("sort", "created") == "created" else "asc"
    if call.query.get("direction", usual) == "desc":
        found.reverse()
    return [show.pull_simple(call.world, call.repo, each) for each in call.paged(found)]


def create_pull(call: Call) -> Any:
    """Open a pull request."""
    order = pulls.PullOrder(
        title=call.need("title", str),
        head=call.need("head", str),
        base=call.need("base", str),
        body=call.maybe("body", str),
        draft=bool(call.maybe("draft", bool)),
        maintainer_can_modify=bool(call.maybe("maintainer_can_modify", bool)),
        head_repo=call.maybe("head_repo", str),
    )
    made = pulls.open_pull(call.world, call.repo, call.account, order)
    return Reply(201, _full(call, made))


def get_pull(call: Call) -> Any:
    """One pull request as JSON, or its difference when the media type asks for it."""
    if call.accepts("diff") or call.accepts("patch"):
        return _diff(call)
    return _full(call, call.pull())


def edit_pull(call: Call) -> Any:
    """Change title, body, base or state."""
    found = call.pull()
    if found.issue.user is not call.account:
        require_role(call.world, call.actor, call.repo, "triage")
    state = call.maybe("state", str)
    if state not in {None, "open", "closed"}:
        raise invalid("PullRequest", "state", "invalid")
    pulls.edit(call.world, call.repo, found, call.account, call.fields)
    return _full(call, found)


def list_files(call: Call) -> Any:
    """Show changed files, silently ending at the limit."""
    found = call.pull()
    everything = show.pull_changes(call.repo, found)[:FILE_LIMIT]
    sha = found.head_sha
    return [file(call.world, call.repo, sha, each) for each in call.paged(everything)]


def list_commits(call: Call) -> Any:
    """Show commits oldest first, silently ending at the limit."""
    shas = show.pull_commits(call.repo, call.pull())[:COMMIT_LIMIT]
    return [commit(call.world, call.repo, sha) for sha in call.paged(shas)]


def is_merged(call: Call) -> Any:
    """204 when merged, 404 when not."""
    return Reply(204 if call.pull().merged else 404)


def merge_pull(call: Call) -> Any:
    """Merge under GitHub's guards."""
    order = MergeOrder(
        method=call.choice("merge_method", ("merge", "squash", "rebase"), "merge"),
        title=call.maybe("commit_title", str),
        message=call.maybe("commit_message", str),
        sha=call.maybe("sha", str),
    )
    sha = merge(call.world, call.repo, call.pull(), call.account, order)
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


def update_pull_branch(call: Call) -> Any:
    """Bring the base into the head branch."""
    found = call.pull()
    if call.actor.token is not None and found.head_repo_id != call.repo.id:
        raise not_accessible()
    head = call.maybe("expected_head_sha", str)
    update_branch(call.world, call.repo, found, call.account, head)
    url = f"{api_url(call.world, call.repo)}/pulls/{found.number}"
    return Reply(202, {"message": "Updating pull request branch.", "url": url})


def get_requested(call: Call) -> Any:
    """Who was asked for a review and has not answered."""
    made = show.pull_simple(call.world, call.repo, call.pull())
    return {"users": made["requested_reviewers"], "teams": made["requested_teams"]}


def request_reviewers(call: Call) -> Any:
    """Ask people and teams."""
    found = call.pull()
    for who in _named(call):
        pulls.request_review(call.world, call.repo, found, call.account, who)
    return Reply(201, show.pull_simple(call.world, call.repo, found))


def withdraw_reviewers(call: Call) -> Any:
    """Take requests back."""
    found = call.pull()
    for who in _named(call):
        pulls.withdraw_request(call.world, call.repo, found, call.account, who)
    return show.pull_simple(call.world, call.repo, found)


def _full(call: Call, found: Pull) -> Json:
    state = mergeability.look(call.world, call.repo, found)
    return show.pull_request(call.world, call.repo, found, state)


def _diff(call: Call) -> Reply:
    found = call.pull()
    files = show.pull_changes(call.repo, found)
    lines = sum(change.additions + change.deletions for change in files)
    if len(files) > DIFF_FILES or lines > DIFF_LINES:
        which = f"files ({DIFF_FILES})" if len(files) > DIFF_FILES else f"lines ({DIFF_LINES})"
        message = f"Sorry, the diff exceeded the maximum number of {which}."
        error = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
        raise ProblemError(406, message, [error])
    base = call.repo.git.merge_base(show.pull_base(call.repo, found), found.head_sha)
    text = diff_text(call.repo.git, base or found.base_sha, found.head_sha)
    media = "diff" if call.accepts("diff") else "patch"
    return Reply(text=text, media=f"application/vnd.github.{media}; charset=utf-8")


def _fits(call: Call, found: Pull) -> bool:
    head, base = call.query.get("head"), call.query.get("base")
    if base is not None and found.base_ref != base:
        return False
    return head in {None, f"{found.head_owner.login}:{found.head_ref}"}


def _named(call: Call) -> list[Any]:
    """Show the accounts and teams that the body names."""
    logins = call.maybe("reviewers", list) or []
    slugs = call.maybe("team_reviewers", list) or []
    named: list[Any] = [call.world.account(str(login)) for login in logins]
    named += [call.world.team(call.repo.owner, str(slug)) for slug in slugs]
    if None in named:
        message = "Reviews may only be requested from collaborators."
        raise ProblemError(422, message)
    return named


_PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
_READ, _WRITE = "pull_requests:read", "pull_requests:write"
ROUTES = (
    Route("GET", "/repos/{owner}/{repo}/pulls", list_pulls, _READ),
    Route("POST", "/repos/{owner}/{repo}/pulls", create_pull, _WRITE),
    Route("GET", _PULL, get_pull, _READ),
    Route("PATCH", _PULL, edit_pull, _WRITE),
    Route("GET", f"{_PULL}/files", list_files, _READ),
    Route("GET", f"{_PULL}/commits", list_commits, _READ),
    Route("GET", f"{_PULL}/merge", is_merged, "contents:read"),
    Route("PUT", f"{_PULL}/merge", merge_pull, "contents:write"),
    Route("PUT", f"{_PULL}/update-branch", update_pull_branch, _WRITE),
    Route("GET", f"{_PULL}/requested_reviewers", get_requested, _READ),
    Route("POST", f"{_PULL}/requested_reviewers", request_reviewers, _WRITE),
    Route("DELETE", f"{_PULL}/requested_reviewers", withdraw_reviewers, _WRITE),
)
