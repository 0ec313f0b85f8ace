"""`gatewright dora compute`: the DORA metrics of a service, from a file of events."""

import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from app.cli.options import AsJson, moment_from
from app.cli.terminal import print_table, safe, terminal
from app.core.dora.document import DoraDocument, Spread, to_json
from app.core.dora.events import seconds_of
from app.core.dora.log import Log
from app.core.dora.metrics import compute
from app.core.dora.reading import DoraUnreadableError, events_from_bytes, rules_from_bytes
from app.core.dora.rules import DoraRules, Question
from app.core.policy.deployments import check_zone, zone
from app.errors import GatewrightError

commands = typer.Typer(help="Compute DORA metrics.", no_args_is_help=True)

EventsFile = Annotated[Path, typer.Option("--events", metavar="FILE", help="Events as JSON.")]
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
    events: EventsFile,
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
    question = Question(
        repo=repo,
        service=service,
        begin=_seconds(begin, "--from"),
        end=_seconds(end, "--to"),
        zone=_zone(timezone),
        as_of=None if as_of is None else _seconds(as_of, "--as-of"),
    )
    try:
        read = events_from_bytes(_content(events, "events"))
    except DoraUnreadableError as error:
        raise GatewrightError(f"{str(events)!r} holds no events: {error}") from error
    found = compute(Log().taking(read.events), question, _rules(config))
    document = found.document(read, levels)
    if as_json:
        print(json.dumps(to_json(document), indent=2))
    else:
        print_metrics(document)


def print_metrics(document: DoraDocument) -> None:
    """Print a row a metric with what it is counted from, and then every doubt."""
    print_table(("metric", "value", "n", "95%"), _rows(document))
    console = terminal()
    for doubt in document.quality.doubts:
        names = ", ".join(doubt.ids[:5]) + (", …" if doubt.n > len(doubt.ids[:5]) > 0 else "")
        console.print(f"{doubt.code.value} {doubt.n}: {safe(doubt.says)} {safe(names)}".rstrip())
    _print_set_aside(console, document)


def _rows(document: DoraDocument) -> list[tuple[str, str, str, str]]:
    sure, failed, rework = document.intervals, document.change_fail, document.rework
    restore = document.time_to_restore
    found = document.recovery
    recovery = Spread(found.n, found.median_s, found.p90_s)
    often = f"{document.deployments} ({document.frequency_category or 'none'})"
    return [
        ("deployments", often, str(document.deployments_all), _numbers(sure.deployments)),
        _duration("lead time of changes", document.lead_time, sure.lead_time_median_s),
        _duration("lead time of pull requests", document.pr_lead_time, sure.pr_lead_time_median_s),
        ("change fail rate", _share(failed.rate), str(failed.total), _shares(sure.change_fail)),
        _duration(f"recovery, {found.open} open", recovery, sure.recovery_median_s),
        ("rework rate", _share(rework.rate), str(rework.total), _shares(sure.rework)),
        _duration(
            "time to restore",
            Spread(restore.n, restore.median_s, None),
            sure.time_to_restore_median_s,
        ),
    ]


def _duration(name: str, spread: Spread, sure: tuple[int, int] | None) -> tuple[str, str, str, str]:
    median = "unknown" if spread.median_s is None else f"median {spread.median_s:,} s"
    p90 = "" if spread.p90_s is None else f", p90 {spread.p90_s:,} s"
    return name, median + p90, str(spread.n), "" if sure is None else _numbers(sure)


def _numbers(sure: tuple[float, float]) -> str:
    return f"{sure[0]:,} to {sure[1]:,}"


def _share(rate: float | None) -> str:
    return "unknown" if rate is None else f"{rate:.1%}"


def _shares(sure: tuple[float, float] | None) -> str:
    return "" if sure is None else f"{sure[0]:.1%} to {sure[1]:.1%}"


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
