"""Creating and updating check runs under GitHub's limits."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.sandbox.acts import queue, suites
from app.sandbox.payloads.checks import event_check_run
from app.sandbox.problems import ProblemError, invalid
from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import App
from app.sandbox.world.checks import CheckRun, CheckSuite
from app.sandbox.world.events import Event
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

MOST_ANNOTATIONS = 50
MOST_ACTIONS = 3
LONGEST_TEXT = 65_535
_ACTION_LENGTHS = {"label": 20, "description": 40, "identifier": 20}
_ANNOTATION_NEEDS = ("path", "start_line", "end_line", "annotation_level", "message")
_STATUSES = {"queued", "in_progress", "completed", "waiting", "requested", "pending"}
_CONCLUSIONS = {
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "timed_out",
}


def create_run(world: World, repo: Repo, suite: CheckSuite, fields: Mapping[str, Any]) -> CheckRun:
    """Make a new run in a suite; runs of one name may be many, the newest counts."""
    check_limits(fields)
    name = fields.get("name")
    if not isinstance(name, str) or not name:
        raise ProblemError(422, 'Invalid request.\n\n"name" wasn\'t supplied.')
    run = CheckRun(
        id=world.new_id("check_run"),
        suite=suite,
        name=name,
        status="queued",
        started_at=_moment(fields.get("started_at")) or world.now(),
    )
    repo.check_runs[run.id] = run
    _apply(world, run, fields)
    _tell(world, repo, run, "created", suite.app.bot)
    _after(world, repo, run, completed=run.status == "completed")
    return run


def update_run(world: World, repo: Repo, run: CheckRun, fields: Mapping[str, Any]) -> CheckRun:
    """Change a run; annotations are added to those it has."""
    check_limits(fields)
    run.name = fields.get("name") or run.name
    run.started_at = _moment(fields.get("started_at")) or run.started_at
    _apply(world, run, fields)
    concluded = "conclusion" in fields or fields.get("status") == "completed"
    _after(world, repo, run, completed=run.status == "completed" and concluded)
    return run


def rerequest(world: World, repo: Repo, run: CheckRun, sender: Account) -> None:
    """Ask the App to run this check again; the suite is reset, the run is not."""
    run.suite.status, run.suite.conclusion = "queued", None
    _tell(world, repo, run, "rerequested", sender)


def conclude(world: World, repo: Repo, run: CheckRun, conclusion: str) -> None:
    """End a run as only GitHub itself can: `stale` after two weeks, or `startup_failure`."""
    run.status, run.conclusion, run.completed_at = "completed", conclusion, world.now()
    _after(world, repo, run, completed=True)


def press(world: World, repo: Repo, run: CheckRun, identifier: str, sender: Account) -> None:
    """Press one of the run's buttons on the page."""
    body = {
        "check_run": event_check_run(world, repo, run),
        "requested_action": {"identifier": identifier},
    }
    only = run.suite.app.id
    world.emit(Event("check_run", "requested_action", sender, body, repo, only_app=only))


def post_check(world: World, repo: Repo, app: App, sha: str, fields: Mapping[str, Any]) -> CheckRun:
    """Make a run of any App, in its usual suite for the commit."""
    return create_run(world, repo, suites.suite_for(world, repo, app, sha), fields)


def check_limits(fields: Mapping[str, Any]) -> None:
    """Refuse what GitHub refuses with 422."""
    _check_state(fields)
    output = fields.get("output") or {}
    for name in ("summary", "text"):
        if len(output.get(name) or "") > LONGEST_TEXT:
            raise _invalid("output", f"{name} exceeds a maximum length of {LONGEST_TEXT}")
    if output and output.get("summary") is None:
        raise ProblemError(422, 'Invalid request.\n\n"summary" wasn\'t supplied.')
    _check_annotations(output.get("annotations") or [])
    _check_actions(fields.get("actions") or [])


def _check_state(fields: Mapping[str, Any]) -> None:
    status, conclusion = fields.get("status"), fields.get("conclusion")
    if status is not None and status not in _STATUSES:
        raise _invalid("status", f"{status!r} is not a status")
    if conclusion is not None and conclusion not in _CONCLUSIONS:
        raise _invalid("conclusion", f"{conclusion!r} cannot be set")
    if status == "completed" and conclusion is None:
        raise ProblemError(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.')


def _check_annotations(annotations: list[dict[str, Any]]) -> None:
    if len(annotations) > MOST_ANNOTATIONS:
        raise _invalid("annotations", f"No more than {MOST_ANNOTATIONS} items are allowed")
    for each in annotations:
        missing = [name for name in _ANNOTATION_NEEDS if each.get(name) is None]
        if missing:
            raise ProblemError(422, f'Invalid request.\n\n"{missing[0]}" wasn\'t supplied.')
        if each["annotation_level"] not in {"notice", "warning", "failure"}:
            raise _invalid("annotation_level", "is not one of notice, warning, failure")


def _check_actions(actions: list[dict[str, str]]) -> None:
    if len(actions) > MOST_ACTIONS:
        raise _invalid("actions", f"No more than {MOST_ACTIONS} items are allowed")
    for each in actions:
        for name, longest in _ACTION_LENGTHS.items():
            if not each.get(name):
                raise ProblemError(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
            if len(each[name]) > longest:
                raise _invalid(name, f"exceeds a maximum length of {longest}")


def _invalid(field: str, message: str) -> ProblemError:
    return invalid("CheckRun", field, "custom", f"{field} {message}")


def _apply(world: World, run: CheckRun, fields: Mapping[str, Any]) -> None:
    run.details_url = fields.get("details_url", run.details_url)
    run.external_id = fields.get("external_id") or run.external_id
    run.actions = list(fields.get("actions") or run.actions)
    output = fields.get("output") or {}
    for name in ("title", "summary", "text"):
        setattr(run.output, name, output.get(name, getattr(run.output, name)))
    run.output.annotations.extend(output.get("annotations") or [])
    _apply_state(world, run, fields)


def _apply_state(world: World, run: CheckRun, fields: Mapping[str, Any]) -> None:
    conclusion = fields.get("conclusion")
    if conclusion is not None:
        run.status, run.conclusion = "completed", conclusion
        run.completed_at = _moment(fields.get("completed_at")) or world.now()
    elif fields.get("status") is not None:
        run.status, run.conclusion, run.completed_at = fields["status"], None, None


def _after(world: World, repo: Repo, run: CheckRun, *, completed: bool) -> None:
    if completed:
        _tell(world, repo, run, "completed", run.suite.app.bot)
    suites.summarise(world, repo, run.suite, run.suite.app.bot)
    queue.settle(world, repo, run.head_sha)


def _tell(world: World, repo: Repo, run: CheckRun, action: str, sender: Account) -> None:
    body = {"check_run": event_check_run(world, repo, run)}
    only = run.suite.app.id if action == "rerequested" else None
    world.emit(Event("check_run", action, sender, body, repo, only_app=only))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _invalid("date", f"{text!r} is not a date") from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
