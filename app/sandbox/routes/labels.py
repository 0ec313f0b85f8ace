"""Labels: those of a repository, and those on an issue or pull request."""

from typing import Any

from app.sandbox.acts import issues
from app.sandbox.http.access import require_role
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads.issues import label
from app.sandbox.problems import ProblemError, invalid, not_found
from app.sandbox.world.issues import Label


def list_repo_labels(call: Call) -> Any:
    """Show the labels of a repository."""
    found = call.paged(list(call.repo.labels.values()))
    return [label(call.world, call.repo, each) for each in found]


def create_repo_label(call: Call) -> Any:
    """Make a label."""
    require_role(call.world, call.actor, call.repo, "triage")
    name = call.need("name", str)
    if name.lower() in call.repo.labels:
        raise invalid("Label", "name", "already_exists")
    made = issues.ensure_label(call.world, call.repo, name)
    made.color = call.maybe("color", str) or made.color
    made.description = call.maybe("description", str)
    return Reply(201, label(call.world, call.repo, made))


def get_repo_label(call: Call) -> Any:
    """Show one label."""
    return label(call.world, call.repo, _label(call))


def delete_repo_label(call: Call) -> Any:
    """Remove a label everywhere."""
    require_role(call.world, call.actor, call.repo, "triage")
    found = _label(call)
    del call.repo.labels[found.name.lower()]
    for issue in call.repo.issues.values():
        issue.labels = [each for each in issue.labels if each is not found]
    return Reply(204)


def list_labels(call: Call) -> Any:
    """Show the labels of an issue or pull request."""
    found = call.paged(call.issue().labels)
    return [label(call.world, call.repo, each) for each in found]


def add_labels(call: Call) -> Any:
    """Add labels to those it has."""
    return _set_labels(call, [each.name for each in call.issue().labels] + _names(call))


def set_labels(call: Call) -> Any:
    """Replace the labels."""
    return _set_labels(call, _names(call))


def remove_label(call: Call) -> Any:
    """Take one label off."""
    found, name = call.issue(), call.params["name"].lower()
    if name not in {each.name.lower() for each in found.labels}:
        raise ProblemError(404, "Label does not exist")
    return _set_labels(call, [each.name for each in found.labels if each.name.lower() != name])


def remove_labels(call: Call) -> Any:
    """Take all labels off."""
    _set_labels(call, [])
    return Reply(204)


def _label(call: Call) -> Label:
    found = call.repo.labels.get(call.params["name"].lower())
    if found is None:
        raise not_found()
    return found


def _names(call: Call) -> list[str]:
    """Read an object with `labels` or just a list: GitHub takes both."""
    given = call.body if isinstance(call.body, list) else call.maybe("labels", list)
    return [str(each["name"] if isinstance(each, dict) else each) for each in given or []]


def _set_labels(call: Call, names: list[str]) -> Any:
    require_role(call.world, call.actor, call.repo, "triage")
    issues.set_labels(call.world, call.repo, call.issue(), call.account, names)
    return list_labels(call)


_REPO = "/repos/{owner}/{repo}"
_ISSUE = f"{_REPO}/issues/{{issue_number}}"
_READ, _WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
ROUTES = (
    Route("GET", f"{_REPO}/labels", list_repo_labels, _READ),
    Route("POST", f"{_REPO}/labels", create_repo_label, _WRITE),
    Route("GET", f"{_REPO}/labels/{{name}}", get_repo_label, _READ),
    Route("DELETE", f"{_REPO}/labels/{{name}}", delete_repo_label, _WRITE),
    Route("GET", f"{_ISSUE}/labels", list_labels, _READ),
    Route("POST", f"{_ISSUE}/labels", add_labels, _WRITE),
    Route("PUT", f"{_ISSUE}/labels", set_labels, _WRITE),
    Route("DELETE", f"{_ISSUE}/labels", remove_labels, _WRITE),
    Route("DELETE", f"{_ISSUE}/labels/{{name}}", remove_label, _WRITE),
)
