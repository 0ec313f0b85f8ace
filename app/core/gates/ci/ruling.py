"""What became of one demand on CI: what counted, what did not, and each reason against a pass."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.gates.ci.codes import ENDINGS, Code
from app.core.gates.ci.reports import Report, Source, newest
from app.core.gates.ci.selection import Selection
from app.core.gates.wording import listed
from app.core.verdict import Blocker, Outcome, Seen


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why the gate does not pass; `name` is ready for display, `detail` a sentence."""

    code: Code
    name: str
    detail: str
    recheck_at: datetime | None = None

    @property
    def outcome(self) -> Outcome:
        """Return how bad the problem is."""
        return ENDINGS[self.code].outcome

    @property
    def headline(self) -> str:
        """Say the problem in a few words."""
        return ENDINGS[self.code].headline.format(name=self.name)

    @property
    def blocker(self) -> Blocker:
        """Say what is wrong, who can change it and how."""
        ending = ENDINGS[self.code]
        return Blocker(self.code, self.name, ending.who, f"{self.detail} {ending.action}")


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer to one demand; `covers` are the sources that it has spoken about."""

    problems: tuple[Problem, ...] = ()
    counted: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()
    covers: frozenset[Source] = frozenset()
    is_applicable: bool = True


def not_counted(selection: Selection) -> tuple[Seen, ...]:
    """List the reports that were looked at and not counted."""
    dropped = (Seen(each.report.sentence, each.because) for each in selection.dropped)
    older = (
        Seen(report.sentence, "a newer report of the same source counts")
        for report in selection.superseded
    )
    return (*dropped, *older)


def problem_with(report: Report, code: Code, name: str, everything: Iterable[Report]) -> Problem:
    """Describe a report that does not pass; a skip is traced to the failure that caused it."""
    detail = f"The {report.sentence}."
    failed = [
        other.name
        for other in newest(everything)
        if other.suite == report.suite and other.code() is Code.CHECK_FAILED
    ]
    if code is Code.CHECK_SKIPPED and report.suite is not None and failed:
        detail = f"{detail} A sibling job failed: {listed(failed)}."
    return Problem(code, name, detail)
