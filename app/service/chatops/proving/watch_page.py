"""What is measured of a deployment, as people read it in the status comment."""

from collections.abc import Iterator
from datetime import timedelta

from app.core.canary.verdict import CanaryVerdict, Check
from app.core.text import table_cell
from app.service.chatops.proving.watch import Look

_REFRESH = timedelta(minutes=10)
_HEAD = (
    "| measured | result | value | limit | n | 95% | age | source | what would change it |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def measured(look: Look | None) -> str:
    """Return the verdict with one row a check, and what had no answer."""
    return "" if look is None else "\n\n".join(_parts(look))


def outline(look: Look | None) -> str:
    """Return what has to change for the comment to be edited before ten minutes are over.

    Numbers change every minute, and GitHub limits how often anything may be written.
    """
    if look is None:
        return ""
    results = [(each.name, each.result) for each in look.verdict.checks] if look.verdict else []
    spell = (look.subject.end - look.subject.start) // _REFRESH
    return repr((results, look.problems, spell))


def _parts(look: Look) -> Iterator[str]:
    verdict = look.verdict
    if verdict is not None:
        yield f"**{verdict.decision}**: {_cell(verdict.title)}{_beside(verdict)}"
        yield "\n".join((_HEAD, *map(_row, verdict.checks)))
    if look.problems:
        yield "\n".join(f"- Could not tell: {each}" for each in look.problems)


def _beside(verdict: CanaryVerdict) -> str:
    base = verdict.baseline
    return "" if base is None else f". Baseline: {base.kind}, `{base.sha[:12]}`."


def _row(check: Check) -> str:
    cells = (
        f"`{check.name}`",
        f"{check.result}",
        _cell("; ".join((check.says, *check.notes))),
        _cell(check.limit),
        "" if check.n is None else f"{check.n:,}",
        _interval(check),
        f"{check.age_seconds} s",
        _cell(check.source),
        _cell(check.would_change),
    )
    return f"| {' | '.join(cells)} |"


def _interval(check: Check) -> str:
    return "" if check.ci95 is None else " to ".join(f"{each:.4g}" for each in check.ci95)


def _cell(text: str) -> str:
    """Return our own words for a table: a limit such as `< 0.1%` is no markup."""
    return table_cell(text.replace("<", "&lt;").replace(">", "&gt;"))
