"""The ruling on one check that the policy requires by name."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.facts import Facts
from app.core.gates.changed import changed_paths
from app.core.gates.ci.codes import Code
from app.core.gates.ci.reports import GITHUB_ACTIONS, Report
from app.core.gates.ci.ruling import Problem, Ruling, not_counted, problem_with
from app.core.gates.ci.selection import Filter, Selection, general_filters, select_for
from app.core.gates.wording import count, listed, quoted
from app.core.policy.model import CiPolicy, RequiredCheck
from app.core.policy.paths import PathSet
from app.core.verdict import Seen

_ARCHIVED_AFTER = timedelta(days=400)
_EXPLANATIONS = (Code.OLDER_THAN_BASE, Code.WRONG_SOURCE, Code.OTHER_COMMIT)


@dataclass(frozen=True, slots=True)
class Scene:
    """What every demand of one evaluation is judged against."""

    facts: Facts
    policy: CiPolicy
    now: datetime
    reports: tuple[Report, ...]

    @property
    def filters(self) -> tuple[Filter, ...]:
        """Return the tests that every report must stand, whatever demand it is for."""
        return general_filters(
            self.facts, newer_than_base_change=self.policy.newer_than_base_change
        )


def rule_on(entry: RequiredCheck, scene: Scene) -> Ruling:
    """Judge one entry: not applicable with proof, or every source green and enough of them."""
    selection = select_for(entry, scene.reports, scene.filters)
    seen = not_counted(selection)
    covers = frozenset(report.source for report in selection.counted)
    proof = _proof_of_irrelevance(entry, scene.facts)
    if proof is not None:
        return Ruling(
            seen=(Seen(quoted(entry.name), proof), *seen), covers=covers, is_applicable=False
        )
    return Ruling(
        problems=(*_unpassed(entry, selection, scene), *_missing(entry, selection, scene)),
        counted=tuple(_credit(report, entry) for report in selection.counted),
        seen=seen,
        covers=covers,
    )


def _proof_of_irrelevance(entry: RequiredCheck, facts: Facts) -> str | None:
    """Return the proof that no changed path concerns the check, or None."""
    if entry.when is None:
        return None
    paths = changed_paths(facts)
    if paths is None or PathSet.of(entry.when.paths).any(paths):
        return None
    files = count(len(paths), "changed path")
    return f"not applicable: 0 of {files} match {listed(entry.when.paths)}"


def _unpassed(entry: RequiredCheck, selection: Selection, scene: Scene) -> Iterable[Problem]:
    for report in selection.counted:
        code = report.code(entry.accept)
        if code is not Code.PASSED:
            yield problem_with(report, code, quoted(report.name), scene.reports)


def _missing(entry: RequiredCheck, selection: Selection, scene: Scene) -> Iterable[Problem]:
    found = _size(entry, selection.counted)
    if found >= entry.expect:
        return
    problem = _too_few(entry, found) if found else _absent(entry, selection, scene)
    due = _due(entry, scene)
    if due is None:
        yield problem
    elif scene.now < due:
        yield replace(problem, recheck_at=due)
    else:
        yield replace(
            problem,
            code=Code.CHECK_OVERDUE,
            detail=f"{problem.detail} Its deadline was {due:%Y-%m-%d %H:%M:%S} UTC.",
        )


def _size(entry: RequiredCheck, counted: tuple[Report, ...]) -> int:
    """Count what `expect` asks for: names under a pattern, otherwise sources of the one name."""
    if "*" in entry.name:
        return len({report.name.casefold() for report in counted})
    return len(counted)


def _too_few(entry: RequiredCheck, found: int) -> Problem:
    detail = f"{found} of at least {count(entry.expect, 'check')} reported."
    return Problem(Code.TOO_FEW_MATCHES, quoted(entry.name), detail)


def _absent(entry: RequiredCheck, selection: Selection, scene: Scene) -> Problem:
    name = quoted(entry.name)
    waiting = _runs_waiting_for_approval(scene.facts)
    if waiting:
        return Problem(Code.RUN_NEEDS_APPROVAL, name, f"No check has come from {waiting}.")
    for code in _EXPLANATIONS:
        for dropped in selection.dropped:
            if dropped.code is code:
                detail = f"The {dropped.report.sentence} does not count: {dropped.because}."
                return Problem(code, name, detail)
    return _silent(name, scene)


def _silent(name: str, scene: Scene) -> Problem:
    """Explain the absence of a check of which nothing at all was seen."""
    facts = scene.facts
    if any(each.sha == facts.subject.head_sha and each.skips_ci for each in facts.commits):
        return Problem(
            Code.SKIPPED_BY_COMMIT, name, "The head commit's message asks CI to skip it."
        )
    pushed = facts.history.head_seen_at
    if pushed is not None and scene.now - pushed > _ARCHIVED_AFTER:
        return Problem(Code.CHECKS_ARCHIVED, name, f"The head is from {pushed:%Y-%m-%d}.")
    return Problem(Code.CHECK_MISSING, name, "No check of this name is on the head commit.")


def _runs_waiting_for_approval(facts: Facts) -> str:
    """Name the workflow runs (or the suites, if no run is known) that a maintainer must approve."""
    paths = [run.path for run in facts.checks.workflow_runs if run.conclusion == "action_required"]
    if paths:
        return listed(paths)
    suites = any(
        suite.app_id == GITHUB_ACTIONS and suite.conclusion == "action_required"
        for suite in facts.checks.suites
    )
    return "GitHub Actions" if suites else ""


def _due(entry: RequiredCheck, scene: Scene) -> datetime | None:
    """Count the deadline from the push, or from a later change of the base branch's name."""
    history = scene.facts.history
    if entry.deadline is None or history.head_seen_at is None:
        return None
    start = history.head_seen_at
    if scene.policy.newer_than_base_change and history.base_changed_at is not None:
        start = max(start, history.base_changed_at)
    return start + entry.deadline


def _credit(report: Report, entry: RequiredCheck) -> str:
    """Say what was counted and how firmly its source is pinned."""
    if report.source.is_status:
        note = "" if entry.creator else ", unpinned"
    elif isinstance(entry.app, str) and entry.app != "github-actions":
        note = ", pinned by slug"
    else:
        note = "" if entry.app is not None else ", unpinned"
    return f"{report.sentence}{note}"
