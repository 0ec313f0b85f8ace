"""The ruling on `all: true`: every source on the head is green, enough of them, and settled."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from app.core.facts import CheckSuite
from app.core.gates.ci.codes import Code
from app.core.gates.ci.reports import GITHUB_ACTIONS
from app.core.gates.ci.required import Scene
from app.core.gates.ci.ruling import Problem, Ruling, not_counted, problem_with
from app.core.gates.ci.selection import select
from app.core.gates.wording import count, quoted
from app.core.text import visible
from app.core.verdict import Seen

_ENDED_WELL = frozenset({"success", "neutral", "skipped"})


def rule_on_all(scene: Scene, others: Sequence[Ruling]) -> Ruling:
    """Judge every source that no entry has spoken about, and whether more may come."""
    covered = frozenset(source for ruling in others for source in ruling.covers)
    free = (report for report in scene.reports if report.source not in covered)
    selection = select(free, scene.filters)
    required = {source for each in others if each.is_applicable for source in each.covers}
    total = len(required) + len(selection.counted)
    bad = (
        problem_with(report, report.code(), quoted(report.name), scene.reports)
        for report in selection.counted
        if report.code() is not Code.PASSED
    )
    return Ruling(
        problems=(*bad, *_too_few(total, scene), *_unsettled(scene)),
        counted=tuple(report.sentence for report in selection.counted),
        seen=(*not_counted(selection), *_idle(scene)),
        covers=frozenset(report.source for report in selection.counted),
    )


def _too_few(total: int, scene: Scene) -> Iterable[Problem]:
    wanted = scene.policy.min_checks
    if total < wanted:
        name = f"{total} of at least {count(wanted, 'check')}"
        yield Problem(Code.TOO_FEW_CHECKS, name, "The policy asks for all checks to pass.")


def _unsettled(scene: Scene) -> Iterable[Problem]:
    checks = scene.facts.checks
    problems = [_problem_of_suite(suite, scene) for suite in checks.suites]
    yield from sorted(
        (problem for problem in problems if problem is not None),
        key=lambda problem: (problem.name, problem.code),
    )
    paths = {run.path for run in checks.workflow_runs if run.status != "completed"}
    for path in sorted(paths):
        yield Problem(Code.SUITE_RUNNING, quoted(path), "A run of this workflow has not ended.")
    yield from _too_new(scene)


def _problem_of_suite(suite: CheckSuite, scene: Scene) -> Problem | None:
    """Find what is wrong with a suite that its runs do not tell."""
    name = f"suite {suite.id} of app {suite.app_id}"
    if suite.status != "completed":
        running = Problem(Code.SUITE_RUNNING, name, f"It is {visible(suite.status)}.")
        return None if _is_idle(suite) else running
    has_runs = any(run.suite_id == suite.id for run in scene.facts.checks.runs)
    if has_runs or suite.conclusion in _ENDED_WELL:
        return None
    if suite.conclusion == "action_required":
        return Problem(Code.RUN_NEEDS_APPROVAL, name, "It has not been allowed to run.")
    ended = quoted(suite.conclusion or "no conclusion")
    return Problem(Code.SUITE_FAILED, name, f"It ended with {ended} and holds no check.")


def _is_idle(suite: CheckSuite) -> bool:
    """Tell whether an app was given a suite and never used it; GitHub makes one for each app."""
    is_unused = suite.runs == 0 and suite.status == "queued"
    return is_unused and suite.app_id != GITHUB_ACTIONS


def _idle(scene: Scene) -> Iterable[Seen]:
    for suite in sorted(scene.facts.checks.suites, key=lambda each: each.id):
        if _is_idle(suite):
            yield Seen(f"suite {suite.id} of app {suite.app_id}", "the app put no check into it")


def _too_new(scene: Scene) -> Iterable[Problem]:
    """Wait until the push and each suite are older than `settle`; unknown ages never settle."""
    moments = _beginnings(scene)
    known = [moment for moment in moments if moment is not None]
    if not known or len(known) < len(moments):
        yield Problem(Code.SETTLING, "all checks", "The age of the head or a suite is unknown.")
        return
    settled_at = max(known) + scene.policy.settle
    if scene.now < settled_at:
        yield Problem(
            Code.SETTLING, "all checks", "The newest suite has only just begun.", settled_at
        )


def _beginnings(scene: Scene) -> list[datetime | None]:
    """List the moments after which new checks may still be on their way."""
    history = scene.facts.history
    moments = [suite.created_at for suite in scene.facts.checks.suites]
    if history.head_seen_at is not None:
        moments.append(history.head_seen_at)
    if scene.policy.newer_than_base_change and history.base_changed_at is not None:
        moments.append(history.base_changed_at)
    return moments
