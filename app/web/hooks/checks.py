"""Other people's checks and statuses, and the buttons on our own check runs.

The pull requests listed in these payloads are empty for forks and may belong to other
repositories, so only the commit is taken.
"""

from collections.abc import Iterator

from app.service.intents import EvaluateHead, Ignore, Intent, WakeDeployment
from app.web.hooks.payloads import (
    CheckRunEvent,
    CheckSuiteEvent,
    StatusEvent,
    WorkflowRunEvent,
    read,
)
from app.web.router import Event, Router

router = Router()

_RERUN = "rerequested"
_BY_HAND = "workflow_dispatch"
_GOOD = ("success", "neutral", "skipped")


@router.on("check_run")
def check_run(event: Event) -> Iterator[Intent]:
    """Judge the commit anew; our own runs are echoes unless somebody pressed re-run."""
    run = read(CheckRunEvent, event.payload).check_run
    ours = run.app is not None and run.app.id == event.app_id
    if event.action == "requested_action":
        yield Ignore("no check of ours offers such a button")
        return
    if ours and event.action != _RERUN:
        yield Ignore("our own check run")
        return
    yield EvaluateHead(run.head_sha, event.full_name, run.conclusion not in _GOOD)


@router.on("check_suite")
def check_suite(event: Event) -> Iterator[Intent]:
    """Judge the commit anew; our own suite matters only when it is asked for again."""
    suite = read(CheckSuiteEvent, event.payload).check_suite
    ours = suite.app is not None and suite.app.id == event.app_id
    if not suite.head_sha or (ours and event.action == "completed"):
        yield Ignore("our own check suite")
        return
    if event.action == "requested":
        yield Ignore("the pull request's own event says more than a new suite")
        return
    yield EvaluateHead(suite.head_sha, event.full_name)


@router.on("status")
def status(event: Event) -> Iterator[Intent]:
    """Judge the commit anew; a failing or pending status is bad news."""
    found = read(StatusEvent, event.payload)
    yield EvaluateHead(found.sha, event.full_name, found.state != "success")


@router.on("workflow_run")
def workflow_run(event: Event) -> Iterator[Intent]:
    """Judge the commit anew; a run that waits for approval has no check runs at all.

    One that was started by hand may carry a deployment out.
    """
    run = read(WorkflowRunEvent, event.payload).workflow_run
    yield EvaluateHead(run.head_sha, event.full_name)
    if run.event == _BY_HAND and run.id is not None:
        yield WakeDeployment(run_id=run.id)
