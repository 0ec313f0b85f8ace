"""A readiness report as people read it: one table, stage by stage."""

from collections.abc import Iterator

from app.core.canary.verdict import Result
from app.core.readiness.report import Report, Statement
from app.core.readiness.rules import Stage
from app.core.text import code_span, markdown, quoted, table_cell

_HEAD = (
    "| gate | result | value | limit | n | age | source | what would change it |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)
_MARKS = {Result.PASS: "✅", Result.INCONCLUSIVE: "❔", Result.FAIL: "❌"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def readiness(report: Report | None) -> str:
    """Return the decision, the report's stages, and the ids by which it is found again."""
    return "" if report is None else "\n\n".join(_parts(report))


def outline(report: Report | None) -> str:
    """Return what has to change for the comment to be edited: ages grow every minute."""
    return "" if report is None else repr([(s.name, s.code, s.says) for s in report.statements])


def _parts(report: Report) -> Iterator[str]:
    yield f"**{report.decision.replace('&', '&amp;')}**: {markdown(report.title)}"
    rows = [row for stage, found in report.stages() for row in _stage(stage, found)]
    yield "\n".join((_HEAD, *rows))
    yield (
        f"<sub>deploy_run_id {code_span(report.deploy_run_id)}, "
        f"experiment_hash {code_span(report.experiment_hash[:16])}</sub>"
    )


def _stage(stage: Stage, found: tuple[Statement, ...]) -> Iterator[str]:
    yield f"| **{stage}** | | | | | | | |"
    yield from map(_row, found)


def _row(each: Statement) -> str:
    cells = (
        f"`{each.name}`",
        f"{_MARKS[each.result]} {each.result}",
        f"{markdown(each.says)} ({code_span(each.code)})",
        markdown(each.limit),
        "" if each.n is None else f"{each.n:,}",
        _age(each.age_seconds),
        " ".join(quoted(part) for part in (each.monitor_id, each.source) if part),
        markdown(each.would_change),
    )
    return f"| {' | '.join(map(table_cell, cells))} |"


def _age(seconds: int | None) -> str:
    """Write an age in its largest unit."""
    if seconds is None:
        return ""
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
