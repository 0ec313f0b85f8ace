"""`gatewright canary judge`: may a canary go on, from a file of samples."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from app.cli.decisions import COLOURS, DECISION_COLOURS, STATUS, Now
from app.cli.options import AsJson, moment_from
from app.cli.terminal import safe, terminal
from app.core.canary.document import canary_document
from app.core.canary.judge import judge
from app.core.canary.limits import TRIGGERS, Limits
from app.core.canary.reading import CanaryUnreadableError, limits_from_bytes, samples_from_bytes
from app.core.canary.verdict import CanaryVerdict, Check, Result
from app.errors import GatewrightError
from app.wiring import utc_now

commands = typer.Typer(help="Judge a canary from its samples.", no_args_is_help=True)

SamplesFile = Annotated[Path, typer.Argument(metavar="FILE", help="Samples as JSON.")]
LimitsFile = Annotated[
    Path | None, typer.Option("--limits", help="Limits as JSON; without it the defaults count.")
]


@commands.callback()
def _group() -> None:
    """Judge a canary from its samples."""


@commands.command("judge")
def judge_canary(
    file: SamplesFile,
    limits: LimitsFile = None,
    now: Now = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Decide on a canary; status 0 GO, 1 PAUSE & FIX, 2 SHADOW ONLY."""
    moment = utc_now() if now is None else moment_from(now)
    try:
        samples = samples_from_bytes(_content(file, "samples"))
    except CanaryUnreadableError as error:
        raise GatewrightError(f"{str(file)!r} cannot be judged: {error}") from error
    verdict = judge(samples, _limits(limits), moment)
    if as_json:
        print(json.dumps(canary_document(verdict), indent=2, sort_keys=True))
    else:
        print_verdict(verdict)
    raise typer.Exit(STATUS[verdict.decision])


def print_verdict(verdict: CanaryVerdict) -> None:
    """Print a row a check, what would change those that do not pass, and the decision."""
    console = terminal()
    console.print(_table(verdict.checks))
    for check in verdict.checks:
        _print_details(console, check)
    colour = DECISION_COLOURS[verdict.decision]
    console.print(
        f"\n[{colour}]{verdict.decision.value}[/] {safe(verdict.title)} "
        f"([dim]{safe(verdict.sha[:12])}, source: {safe(verdict.source)}[/])"
    )


def _table(checks: tuple[Check, ...]) -> Table:
    headers = ("check", "result", "measured", "limit", "n", "95%", "age")
    table = Table(
        *(Column(each, overflow="fold") for each in headers), box=None, padding=(0, 2, 0, 0)
    )
    for check in checks:
        kind = " (trigger)" if check.name in TRIGGERS else ""
        result = f"[{COLOURS[check.result]}]{check.result.value}[/]"
        cells = (check.says, check.limit, _n(check), _interval(check), f"{check.age_seconds} s")
        table.add_row(check.name.value + kind, result, *map(safe, cells))
    return table


def _n(check: Check) -> str:
    return "" if check.n is None else f"{check.n:,}"


def _interval(check: Check) -> str:
    return "" if check.ci95 is None else f"{check.ci95[0]:.4g} to {check.ci95[1]:.4g}"


def _print_details(console: Console, check: Check) -> None:
    if check.result is not Result.PASS:
        console.print(f"\n[bold]{check.name.value}[/] {check.code.value}")
        console.print(f"  what would change it: {safe(check.would_change)}")
    for note in check.notes:
        console.print(f"  {check.name.value}: {safe(note)}")


def _limits(path: Path | None) -> Limits:
    if path is None:
        return Limits()
    try:
        return limits_from_bytes(_content(path, "limits"))
    except CanaryUnreadableError as error:
        raise GatewrightError(f"{str(path)!r} holds no limits: {error}") from error


def _content(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise GatewrightError(f"{str(path)!r} is no file of {what}: {error.strerror}") from error
