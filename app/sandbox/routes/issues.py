"""Issues, comments, reactions and history; pull requests are issues too."""

from typing import Any

from app.sandbox.acts import issues
from app.sandbox.http.access import require_role
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import issues as show
from app.sandbox.payloads.common import iso
from app.sandbox.payloads.timeline import timeline
from app.sandbox.problems import ProblemError, not_found
from app.sandbox.world.issues import Comment, Issue, Reaction


def list_issues(call: Call) -> Any:
    """Issues and pull requests, newest first."""
    found = [each for each in call.repo.issues.values() if _is_wanted(call, each)][::-1]
    return [show.issue(call.world, call.repo, each) for each in call.paged(found)]


def _is_wanted(call: Call, found: Issue) -> bool:
    """Tell whether an issue fits `state`, `creator`, `labels` and `since` of the query."""
    state, since = call.query.get("state", "open"), call.query.get("since")
    labels = {name.lower() for name in call.query.get("labels", "").split(",") if name}
    return (
        state in {"all", found.state}
        and call.query.get("creator") in {None, found.user.login}
        and labels <= {each.name.lower() for each in found.labels}
        and (since is None or iso(found.updated_at) >= since)
    )


def create_issue(call: Call) -> Any:
    """Open an issue; 410 where the repository has none."""
    _check_feature(call)
    title, body = str(call.fields.get("title") or call.need("title", str)), call.maybe("body", str)
    made = issues.open_issue(call.world, call.repo, call.account, title, body)
    names = [_name(each) for each in call.maybe("labels", list) or []]
    issues.set_labels(call.world, call.repo, made, call.account, names)
    _assign(call, made)
    return Reply(201, show.issue(call.world, call.repo, made))


def get_issue(call: Call) -> Any:
    """One issue or pull request."""
    return show.issue(call.world, call.repo, _issue(call))


def _issue(call: Call) -> Issue:
    """Return the issue of the path; where issues are disabled only pull requests are left."""
    found = call.issue()
    if found.number not in call.repo.pulls:
        _check_feature(call)
    return found


def _check_feature(call: Call) -> None:
    if not call.repo.settings.has_issues:
        raise ProblemError(410, "Issues has been disabled in this repository.")


def _assign(call: Call, found: Issue) -> None:
    logins = call.maybe("assignees", list)
    if logins is not None:
        wanted_people = [a for a in map(call.world.account, logins) if a is not None]
        issues.set_assignees(call.world, call.repo, found, call.account, wanted_people)


def edit_issue(call: Call) -> Any:
    """Change title, body, state, labels or assignees."""
    found = _issue(call)
    if found.user is not call.account:
        require_role(call.world, call.actor, call.repo, "triage")
    issues.edit_issue(call.world, call.repo, found, call.account, call.fields)
    names = call.maybe("labels", list)
    if names is not None:
        wanted = [_name(each) for each in names]
        issues.set_labels(call.world, call.repo, found, call.account, wanted)
    _assign(call, found)
    return show.issue(call.world, call.repo, found)


def list_comments(call: Call) -> Any:
    """Show the conversation, oldest first."""
    found = call.issue().comments
    return [_comment(call, each) for each in call.paged(found)]


def create_comment(call: Call) -> Any:
    """Say something."""
    body = call.need("body", str)
    made = issues.add_comment(call.world, call.repo, _issue(call), call.account, body)
    return Reply(201, _comment(call, made))


def list_repo_comments(call: Call) -> Any:
    """All comments of the repository."""
    return [_comment(call, each) for each in call.paged(list(call.repo.comments.values()))]


def get_comment(call: Call) -> Any:
    """One comment."""
    return _comment(call, _found(call))


def edit_comment(call: Call) -> Any:
    """Change a comment: one's own, or any with write rights."""
    found = _own(call)
    issues.edit_comment(call.world, call.repo, found, call.account, call.need("body", str))
    return _comment(call, found)


def delete_comment(call: Call) -> Any:
    """Remove a comment."""
    issues.delete_comment(call.world, call.repo, _own(call), call.account)
    return Reply(204)


def comment_reactions(call: Call) -> Any:
    """Reactions to a comment."""
    return _reactions(call, _found(call).reactions)


def react_to_comment(call: Call) -> Any:
    """React to a comment."""
    return _react(call, _found(call).reactions)


def unreact_to_comment(call: Call) -> Any:
    """Take a reaction back."""
    return _unreact(call, _found(call).reactions)


def issue_reactions(call: Call) -> Any:
    """Reactions to an issue or pull request."""
    return _reactions(call, call.issue().reactions)


def react_to_issue(call: Call) -> Any:
    """React to an issue or pull request."""
    return _react(call, call.issue().reactions)


def list_events(call: Call) -> Any:
    """Show what happened, oldest first."""
    found = call.paged(call.issue().events)
    return [show.issue_event(call.world, call.repo, each) for each in found]


def list_timeline(call: Call) -> Any:
    """Events, commits, reviews and comments in order."""
    return list(call.paged(timeline(call.world, call.repo, call.issue())))


def _comment(call: Call, found: Comment) -> Any:
    return show.comment(call.world, call.repo, found)


def _found(call: Call) -> Comment:
    found = call.repo.comments.get(call.number("comment_id"))
    if found is None:
        raise not_found()
    return found


def _own(call: Call) -> Comment:
    found = _found(call)
    if found.user is not call.account and call.actor.token is None:
        require_role(call.world, call.actor, call.repo, "triage")
    return found


def _reactions(call: Call, given: list[Reaction]) -> Any:
    wanted = call.query.get("content")
    found = [each for each in given if wanted in {None, each.content}]
    return [show.reaction(call.world, each) for each in call.paged(found)]


def _react(call: Call, given: list[Reaction]) -> Reply:
    made, is_new = issues.react(call.world, given, call.account, call.need("content", str))
    return Reply(201 if is_new else 200, show.reaction(call.world, made))


def _unreact(call: Call, given: list[Reaction]) -> Reply:
    for each in given:
        if each.id == call.number("reaction_id") and each.user is call.account:
            given.remove(each)
            return Reply(204)
    raise not_found()


def _name(given: Any) -> str:
    return str(given["name"] if isinstance(given, dict) else given)


_REPO = "/repos/{owner}/{repo}"
_ISSUE = f"{_REPO}/issues/{{issue_number}}"
_COMMENT = f"{_REPO}/issues/comments/{{comment_id}}"
_READ, _WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
ROUTES = (
    Route("GET", f"{_REPO}/issues", list_issues, _READ),
    Route("POST", f"{_REPO}/issues", create_issue, "issues:write"),
    Route("GET", _ISSUE, get_issue, _READ),
    Route("PATCH", _ISSUE, edit_issue, _WRITE),
    Route("GET", f"{_ISSUE}/comments", list_comments, _READ),
    Route("POST", f"{_ISSUE}/comments", create_comment, _WRITE),
    Route("GET", f"{_REPO}/issues/comments", list_repo_comments, _READ),
    Route("GET", _COMMENT, get_comment, _READ),
    Route("PATCH", _COMMENT, edit_comment, _WRITE),
    Route("DELETE", _COMMENT, delete_comment, _WRITE),
    Route("GET", f"{_COMMENT}/reactions", comment_reactions, _READ),
    Route("POST", f"{_COMMENT}/reactions", react_to_comment, _WRITE),
    Route("DELETE", f"{_COMMENT}/reactions/{{reaction_id}}", unreact_to_comment, _WRITE),
    Route("GET", f"{_ISSUE}/reactions", issue_reactions, _READ),
    Route("POST", f"{_ISSUE}/reactions", react_to_issue, _WRITE),
    Route("GET", f"{_ISSUE}/events", list_events, _READ),
    Route("GET", f"{_ISSUE}/timeline", list_timeline, _READ),
)
