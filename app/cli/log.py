"""`gatewright log`: read and check the record."""

import json
from collections.abc import Sequence
from typing import Annotated

import sqlalchemy as sa
import typer

from app.audit.verify import Check, entries, log_ids, verify
from app.cli.options import AsJson, Config, reading, settings_from
from app.core.text import visible
from app.errors import GatewrightError

commands = typer.Typer(help="Read and check the record.", no_args_is_help=True)

LogId = Annotated[int | None, typer.Option("--log", help="One log (a GitHub account's id).")]
After = Annotated[int, typer.Option(help="Leave out the entries up to this number.")]


@commands.command("show")
def show(config: Config = None, log: LogId = None, after: After = -1) -> None:
    """Print entries, one JSON object a line; hidden characters are made visible."""
    with reading(settings_from(config)) as connection:
        for log_id in _chosen(connection, log):
            for _, leaf, _ in entries(connection, log_id, after=after):
                print(visible(leaf.decode("utf-8", "backslashreplace")))


@commands.command("verify")
def verify_logs(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """Re-hash every entry and check order, chain and size; status 1 names each flaw."""
    with reading(settings_from(config)) as connection:
        checks = [verify(connection, log_id) for log_id in _chosen(connection, None)]
    if as_json:
        print(json.dumps([_document(each) for each in checks], indent=2))
    else:
        _print(checks)
    if any(each.flaws for each in checks):
        raise typer.Exit(1)


def _chosen(connection: sa.Connection, log: int | None) -> tuple[int, ...]:
    """Return the logs asked for; without any, nothing could be said about the record."""
    known = log_ids(connection)
    if not known:
        raise GatewrightError("this database holds no log yet: is GATEWRIGHT_DATABASE right?")
    if log is None:
        return known
    if log not in known:
        raise GatewrightError(f"there is no log {log}; there are {', '.join(map(str, known))}")
    return (log,)


def _document(check: Check) -> dict[str, object]:
    flaws = [{"seq": flaw.seq, "reason": flaw.reason} for flaw in check.flaws]
    return {"log": check.origin, "size": check.size, "head": check.head, "flaws": flaws}


def _print(checks: Sequence[Check]) -> None:
    for each in checks:
        state = "sound" if not each.flaws else f"{len(each.flaws)} flaw(s)"
        print(f"{visible(each.origin)}: {each.size} entries, head {each.head[:16]}, {state}")
        for flaw in each.flaws:
            print(f"  entry {flaw.seq}: {visible(flaw.reason)}")
