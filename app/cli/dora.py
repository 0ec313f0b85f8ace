"""`gatewright dora compute`: the DORA metrics of a service, from a file of events."""

import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from app.cli.options import AsJson, moment_from
from app.cli.terminal import print_table, safe, terminal
from app.core.dora.bands import BANDS
from app.core.dora.document import DoraDocument, Spread, to_json
from app.core.dora.events import seconds_of
from app.core.dora.log import Log
from app.core.dora.metrics import compute
from app.core.dora.reading import (
    DoraUnreadableError,
    Read,
    events_from_bytes,
    rules_from_bytes,
)
from app.core.dora.rules import DoraRules, Question
from app.core.policy.deployments import check_zone, zone
from app.errors import GatewrightError

commands = typer.Typer(help="Compute DORA metrics.", no_args_is_help=True)

_NAMED = 5
_UNITS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
_Row = tuple[str, str, str, str]

EventsFiles = Annotated[
    list[Path], typer.Option("--events", metavar="FILE", help="Events as JSON; may be repeated.")
]
Repo = Annotated[str, typer.Option("--repo", help="The repository, as owner/name.")]
Service = Annotated[str, typer.Option("--service", help="The service that is deployed.")]
From = Annotated[str, typer.Option("--from", help="Where the window begins.")]
To = Annotated[str, typer.Option("--to", help="Where it ends; this moment is outside.")]
Timezone = Annotated[str, typer.Option("--timezone", help="Whose days and weeks are counted.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Answer from what had been received by then.")
]
RulesFile = Annotated[
    Path | None, typer.Option("--config", help="Rules as JSON; without it the defaults count.")
]
Year = Annotated[
    int | None, typer.Option("--levels", metavar="YEAR", help="Add the levels of a report.")
]


@commands.callback()
def _group() -> None:
    """Compute DORA metrics."""


@commands.command("compute")
def compute_metrics(  # noqa: PLR0913 - a question has that many parts
    *,
    events: EventsFiles,
    repo: Repo,
    begin: From,
    end: To,
    service: Service = "default",
    timezone: Timezone = "UTC",
    as_of: AsOf = None,
    config: RulesFile = None,
    levels: Year = None,
    as_json: AsJson = False,
) -> None:
    """Print the metrics of a window and the events that each number counts."""
    if levels is not None and levels not in BANDS:
        years = ", ".join(map(str, BANDS))
        raise GatewrightError(f"--levels: there are levels of {years}, of no other year")
    question = Question(
        repo=repo,
        service=service,
        begin=_seconds(begin, "--from"),
        end=_seconds(end, "--to"),
        zone=_zone(timezone),
        as_of=None if as_of is None else _seconds(as_of, "--as-of"),
    )
    log, read = Log(), Read()
    for each in events:
        more = _events(each)
        log, read = log.taking(more.events), read.followed_by(more)
    found = compute(log, question, _rules(config))
    document = found.document(read, levels)
    if as_json:
        print(json.dumps(to_json(document), indent=2))
    else:
        print_metrics(document)


def print_metrics(document: DoraDocument) -> None:
    """Print a row a metric with what it is counted from, and then every doubt."""
    levels = _levels(document)
    headers = ("metric", "value", "n", "95%", *(() if document.levels is None else ("level",)))
    rows = [(*row, *levels.get(name, ())) for name, row in _rows(document).items()]
    print_table(headers, rows)
    console = terminal()
    for doubt in document.quality.doubts:
        more = ", …" if doubt.n > _NAMED and doubt.ids else ""
        named = f" ({', '.join(doubt.ids[:_NAMED])}{more})" if doubt.ids else ""
        console.print(f"{doubt.code.value} {doubt.n}: {safe(doubt.says + named)}")
    _print_set_aside(console, document)


def _rows(document: DoraDocument) -> dict[str, _Row]:
    sure, failed, rework = document.intervals, document.change_fail, document.rework
    found, restore = document.recovery, document.time_to_restore
    recovery = Spread(found.n, found.median_s, found.p90_s)
    category = document.frequency_category
    often = f"{document.deployments} ({category.value if category else 'none'})"
    return {
        "deployment_frequency": ("deployments", often, "", _numbers(sure.deployments)),
        "lead_time": _times("lead time of changes", document.lead_time, sure.lead_time_median_s),
        "pr_lead_time": _times(
            "lead time of pull requests", document.pr_lead_time, sure.pr_lead_time_median_s
        ),
        "change_fail": _share("change fail rate", failed.rate, failed.total, sure.change_fail),
        "recovery": _times(f"recovery, {found.open} open", recovery, sure.recovery_median_s),
        "rework": _share("rework rate", rework.rate, rework.total, sure.rework),
        "time_to_restore": _times(
            "time to restore",
            Spread(restore.n, restore.median_s, None),
            sure.time_to_restore_median_s,
        ),
    }


def _levels(document: DoraDocument) -> dict[str, tuple[str]]:
    """Return the level of each metric; a metric that a report has no level of has none."""
    if document.levels is None:
        return {}
    names = ("lead_time", "deployment_frequency", "change_fail", "recovery")
    levels = {name: getattr(document.levels, name) for name in names}
    blank = dict.fromkeys(_rows(document), ("",))
    return {**blank, **{name: (level.value,) for name, level in levels.items() if level}}


def _times(name: str, spread: Spread, sure: tuple[int, int] | None) -> _Row:
    median = "unknown" if spread.median_s is None else f"median {_spoken(spread.median_s)}"
    p90 = "" if spread.p90_s is None else f", p90 {_spoken(spread.p90_s)}"
    interval = "" if sure is None else " to ".join(map(_spoken, sure))
    return name, median + p90, str(spread.n), interval


def _share(name: str, rate: float | None, n: int, sure: tuple[float, float] | None) -> _Row:
    value = "unknown" if rate is None else f"{rate:.1%}"
    return name, value, str(n), "" if sure is None else f"{sure[0]:.1%} to {sure[1]:.1%}"


def _numbers(sure: tuple[float, float]) -> str:
    return f"{sure[0]:,} to {sure[1]:,}"


def _spoken(seconds: int) -> str:
    """Return a duration to the second in units that people count in."""
    parts = []
    for name, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        parts += [f"{count:,} {name}"] if count else []
    return " ".join(parts) or "0 s"


def _print_set_aside(console: Console, document: DoraDocument) -> None:
    for each in document.quality.set_aside:
        console.print(f"  event {each.position}: {safe(each.mistake)}")
    for key, count in document.quality.unknown_keys.items():
        console.print(f"  {safe(key)}: {count}")


def _seconds(text: str, option: str) -> int:
    return seconds_of(moment_from(text, option).isoformat())


def _zone(name: str) -> ZoneInfo:
    try:
        return zone(check_zone(name))
    except ValueError as error:
        raise GatewrightError(f"--timezone: {error}") from error


def _events(path: Path) -> Read:
    try:
        return events_from_bytes(_content(path, "events"))
    except DoraUnreadableError as error:
        raise GatewrightError(f"{str(path)!r} holds no events: {error}") from error


def _rules(path: Path | None) -> DoraRules:
    if path is None:
        return DoraRules()
    try:
        return rules_from_bytes(_content(path, "rules"))
    except DoraUnreadableError as error:
        raise GatewrightError(f"{str(path)!r} holds no rules: {error}") from error


def _content(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise GatewrightError(f"{str(path)!r} is no file of {what}: {error.strerror}") from error
