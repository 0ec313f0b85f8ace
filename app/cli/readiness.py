"""`gatewright readiness judge`: is a commit ready for an environment, from a file of facts."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from app.cli.decisions import COLOURS, DECISION_COLOURS, STATUS, Now
from app.cli.options import AsJson, moment_from
from app.cli.terminal import safe, terminal
from app.core.canary.verdict import Result
from app.core.readiness.document import report_document
from app.core.readiness.judge import judge
from app.core.readiness.reading import facts_from_bytes
from app.core.readiness.report import Report, Statement
from app.core.strict import UnreadableError
from app.errors import GatewrightError
from app.wiring import utc_now

commands = typer.Typer(help="Judge deployment gates from their facts.", no_args_is_help=True)

FactsFile = Annotated[Path, typer.Argument(metavar="FILE", help="Facts as JSON.")]


@commands.callback()
def _group() -> None:
    """Judge deployment gates from their facts."""


@commands.command("judge")
def judge_readiness(
    file: FactsFile,
    now: Now = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Decide whether a commit is ready; status 0 GO, 1 PAUSE & FIX, 2 SHADOW ONLY."""
    moment = utc_now() if now is None else moment_from(now)
    try:
        facts = facts_from_bytes(file.read_bytes())
    except OSError as error:
        raise GatewrightError(f"{str(file)!r} is no file of facts: {error.strerror}") from error
    except UnreadableError as error:
        raise GatewrightError(f"{str(file)!r} cannot be judged: {error}") from error
    report = judge(facts, moment)
    if as_json:
        print(json.dumps(report_document(report), indent=2, sort_keys=True))
    else:
        print_report(report)
    raise typer.Exit(STATUS[report.decision])


def print_report(report: Report) -> None:
    """Print the stages, what would change what does not pass, and the decision."""
    console = terminal()
    headers = ("gate", "result", "says", "limit", "n", "age", "from")
    table = Table(
        *(Column(each, overflow="fold") for each in headers), box=None, padding=(0, 2, 0, 0)
    )
    for stage, found in report.stages():
        table.add_row(f"[bold]{stage}[/]")
        for each in found:
            table.add_row(*_cells(each))
    console.print(table)
    for each in report.statements:
        if each.result is not Result.PASS:
            console.print(f"\n[bold]{safe(each.name)}[/] {each.code}: {safe(each.would_change)}")
    colour = DECISION_COLOURS[report.decision]
    console.print(
        f"\n[{colour}]{report.decision.value}[/] {safe(report.title)} ([dim]{report.sha[:12]}, "
        f"{safe(report.deploy_run_id)}, experiment {report.experiment_hash[:16]}[/])"
    )


def _cells(each: Statement) -> tuple[str, ...]:
    age = "" if each.age_seconds is None else f"{each.age_seconds} s"
    n = "" if each.n is None else f"{each.n:,}"
    result = f"[{COLOURS[each.result]}]{each.result.value}[/]"
    return (safe(each.name), result, *map(safe, (each.says, each.limit, n, age, each.monitor_id)))
