"""Check runs and statuses as reports of sources, and which report of a source is the newest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.facts import CheckRun, CommitStatus, Facts, Sha, WorkflowRun
from app.core.gates.ci.codes import BADNESS, ENDINGS, Code
from app.core.gates.wording import quoted

GITHUB_ACTIONS = 15368

_CODES: Mapping[str, Code] = {
    "success": Code.PASSED,
    "failure": Code.CHECK_FAILED,
    "timed_out": Code.CHECK_FAILED,
    "startup_failure": Code.CHECK_FAILED,
    "error": Code.CHECK_FAILED,
    "cancelled": Code.CHECK_CANCELLED,
    "skipped": Code.CHECK_SKIPPED,
    "neutral": Code.CHECK_NEUTRAL,
    "stale": Code.CHECK_STALE,
    "action_required": Code.ACTION_REQUIRED,
}
_UNFINISHED_STATES = frozenset({"pending", "expected"})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """Who reports under a name; two reports of one source are two states of the same check.

    `reporter` is the app's id for a check run and the creator's id for a status, whose `name` is
    case-folded as GitHub treats contexts.
    """

    name: str
    is_status: bool
    reporter: int | None
    workflow: str | None = None
    event: str | None = None

    @property
    def sort_key(self) -> tuple[str, bool, int, str, str]:
        """Return a key that orders sources, unknown parts first."""
        unknown = -1 if self.reporter is None else self.reporter
        return (self.name, self.is_status, unknown, self.workflow or "", self.event or "")


@dataclass(frozen=True, slots=True)
class Report:
    """One check run or commit status; `word` is the raw result, or the state while it runs."""

    source: Source
    id: int
    name: str
    reporter_name: str
    word: str
    is_finished: bool
    head: Sha
    at: datetime | None
    suite: int | None = None

    def code(self, accept: Iterable[str] = ()) -> Code:
        """Grade the result: only success passes, and what the policy accepts besides."""
        if not self.is_finished:
            return Code.CHECK_RUNNING
        if self.word in accept:
            return Code.PASSED
        return _CODES.get(self.word, Code.RESULT_UNKNOWN)

    @property
    def badness(self) -> int:
        """Return how bad the result is when nothing but success is accepted."""
        return BADNESS.index(ENDINGS[self.code()].outcome)

    @property
    def sentence(self) -> str:
        """Say who reported what."""
        origin = [part for part in (self.source.workflow, self.source.event) if part]
        made_by = f" ({', '.join(quoted(part) for part in origin)})" if origin else ""
        kind = "status" if self.source.is_status else "check"
        word, name = quoted(self.word), quoted(self.reporter_name)
        return f"{kind} {quoted(self.name)}: {word} from {name}{made_by}"


def reports(facts: Facts) -> tuple[Report, ...]:
    """Return every check run and status as a report, whatever commit it is on, in stable order."""
    workflows = _workflows_by_suite(facts.checks.workflow_runs)
    found = [_from_run(run, workflows) for run in facts.checks.runs]
    found.extend(_from_status(status) for status in facts.checks.statuses)
    return tuple(sorted(found, key=_order))


def newest(found: Iterable[Report]) -> tuple[Report, ...]:
    """Return the present state of each source, in the order in which the sources come."""
    groups: dict[Source, list[Report]] = defaultdict(list)
    for report in found:
        groups[report.source].append(report)
    return tuple(_newest_of(group) for group in groups.values())


def _newest_of(group: list[Report]) -> Report:
    """Take the latest start, then the higher id, then the worse.

    A report without a time is ordered by its id alone; where that could make it the newest, the
    worse of the two decides.
    """
    timed = [report for report in group if report.at is not None]
    untimed = [report for report in group if report.at is None]
    candidates = [max(part, key=_age) for part in (timed, untimed) if part]
    if len(candidates) > 1 and candidates[0].id > candidates[1].id:
        return candidates[0]
    return max(candidates, key=lambda report: (report.badness, report.word))


def _age(report: Report) -> tuple[datetime, int, int, str]:
    return (report.at or _LONG_AGO, report.id, report.badness, report.word)


def _order(report: Report) -> tuple[object, ...]:
    return (report.source.sort_key, _age(report), report.head, report.name)


def _from_run(run: CheckRun, workflows: Mapping[int, tuple[str, str]]) -> Report:
    path, event = (run.workflow, run.event)
    if run.suite_id is not None and run.suite_id in workflows:
        made_by, trigger = workflows[run.suite_id]
        path, event = path or made_by, event or trigger
    is_finished = run.status == "completed"
    return Report(
        source=Source(
            run.name, is_status=False, reporter=run.app_id, workflow=_plain_path(path), event=event
        ),
        id=run.id,
        name=run.name,
        reporter_name=run.app_slug,
        word=(run.conclusion or "no conclusion") if is_finished else run.status,
        is_finished=is_finished,
        head=run.head_sha,
        at=run.started_at,
        suite=run.suite_id,
    )


def _from_status(status: CommitStatus) -> Report:
    state = status.state.lower()
    return Report(
        source=Source(
            status.context.casefold(),
            is_status=True,
            reporter=status.creator.id if status.creator else None,
        ),
        id=status.id,
        name=status.context,
        reporter_name=status.creator.login if status.creator else "a deleted account",
        word=state,
        is_finished=state not in _UNFINISHED_STATES,
        head=status.head_sha,
        at=status.created_at,
    )


def _workflows_by_suite(runs: Iterable[WorkflowRun]) -> Mapping[int, tuple[str, str]]:
    """Map suites to workflow file and event, leaving out suites that two files claim."""
    claims: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for run in runs:
        if run.suite_id is not None:
            claims[run.suite_id].add((run.path, run.event))
    return {suite: claim.pop() for suite, claim in claims.items() if len(claim) == 1}


def _plain_path(path: str | None) -> str | None:
    """Drop the `@ref` that GitHub appends to the path of a workflow it was told to take."""
    return path.partition("@")[0] if path else None
