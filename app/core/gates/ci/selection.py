"""Which reports count for a required check, and why the others of that name do not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from app.core.facts import Facts
from app.core.gates.ci.codes import Code
from app.core.gates.ci.reports import GITHUB_ACTIONS, Report, newest
from app.core.gates.wording import quoted
from app.core.policy.model import RequiredCheck

_BUILT_IN_APPS = {"github-actions": GITHUB_ACTIONS}
_SHORT = 7


@dataclass(frozen=True, slots=True)
class Dropped:
    """A report that does not count, with the code that explains an absent check."""

    report: Report
    code: Code
    because: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Reports of one name: the present state of every source, what was dropped, older states."""

    counted: tuple[Report, ...]
    dropped: tuple[Dropped, ...] = ()
    superseded: tuple[Report, ...] = ()


Filter = Callable[[Report], tuple[Code, str] | None]


def select(found: Iterable[Report], filters: Iterable[Filter]) -> Selection:
    """Sort reports into those that count and the rest; the first filter that objects is named."""
    tests = tuple(filters)
    kept: list[Report] = []
    dropped: list[Dropped] = []
    for report in found:
        objection = next((answer for test in tests if (answer := test(report))), None)
        if objection is None:
            kept.append(report)
        else:
            dropped.append(Dropped(report, *objection))
    counted = newest(kept)
    older = tuple(report for report in kept if report not in counted)
    return Selection(counted, tuple(dropped), older)


def select_for(
    entry: RequiredCheck, found: Iterable[Report], filters: Iterable[Filter]
) -> Selection:
    """Select the reports that count for one entry of the policy."""
    named = [report for report in found if _is_named(report, entry)]
    return select(named, (*filters, partial(_wrong_source, entry)))


def general_filters(facts: Facts, *, newer_than_base_change: bool) -> tuple[Filter, ...]:
    """Test that a report is on the head and, if asked for, newer than the last retarget."""
    on_head = partial(_other_commit, facts)
    return (on_head, partial(_older_than_base, facts)) if newer_than_base_change else (on_head,)


def _other_commit(facts: Facts, report: Report) -> tuple[Code, str] | None:
    if report.head == facts.subject.head_sha:
        return None
    return (Code.OTHER_COMMIT, f"it is on commit {report.head[:_SHORT]}, which is not the head")


def _older_than_base(facts: Facts, report: Report) -> tuple[Code, str] | None:
    changed = facts.history.base_changed_at
    if changed is None or (report.at is not None and report.at > changed):
        return None
    return (Code.OLDER_THAN_BASE, "it started before the base branch was changed")


def _wrong_source(entry: RequiredCheck, report: Report) -> tuple[Code, str] | None:
    test = _wrong_status if report.source.is_status else _wrong_run
    because = test(entry, report)
    return (Code.WRONG_SOURCE, because) if because else None


def _wrong_run(entry: RequiredCheck, report: Report) -> str | None:
    if entry.creator is not None and not _pins_runs(entry):
        return "wrong kind: the policy wants a status by a creator"
    if entry.app is not None and not _is_by_app(report, entry.app):
        return f"wrong app: the policy wants {quoted(str(entry.app))}"
    if entry.workflow is not None and report.source.workflow != entry.workflow:
        return f"wrong workflow: the policy wants {quoted(entry.workflow)}"
    if entry.event is not None and report.source.event != entry.event:
        return f"wrong event: the policy wants {quoted(entry.event)}"
    return None


def _wrong_status(entry: RequiredCheck, report: Report) -> str | None:
    if _pins_runs(entry) and entry.creator is None:
        return "wrong kind: a status cannot prove its app or workflow"
    if entry.creator is not None and report.reporter_name.casefold() != entry.creator.casefold():
        return f"wrong creator: the policy wants {quoted(entry.creator)}"
    return None


def _is_by_app(report: Report, app: str | int) -> bool:
    number = _BUILT_IN_APPS.get(app) if isinstance(app, str) else app
    if number is not None:
        return report.source.reporter == number
    return report.reporter_name == app


def _pins_runs(entry: RequiredCheck) -> bool:
    return any(pin is not None for pin in (entry.app, entry.workflow, entry.event))


def _is_named(report: Report, entry: RequiredCheck) -> bool:
    if entry.kind not in ("any", "status" if report.source.is_status else "check_run"):
        return False
    pattern = entry.name.casefold() if report.source.is_status else entry.name
    return matches_name(pattern, report.source.name)


def matches_name(pattern: str, name: str) -> bool:
    """Match a name in which `*` stands for any text; takes time linear in each piece."""
    first, *rest = pattern.split("*")
    if not rest:
        return name == pattern
    last = rest.pop()
    if not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in rest:
        at = name.find(piece, at, max(at, end))
        if at < 0:
            return False
        at += len(piece)
    return at <= end
