"""`gatewright log`: read and check the record."""

import json
import sys
from typing import Annotated

import typer

from app.audit.verify import entries, log_ids, verify
from app.cli.options import AsJson, Config, settings_from
from app.wiring import Parts

commands = typer.Typer(help="Read and check the record.", no_args_is_help=True)

LogId = Annotated[int | None, typer.Option("--log", help="One log (a GitHub account's id).")]


@commands.command("show")
def show(config: Config = None, log: LogId = None, after: int = -1) -> None:
    """Print entries as they are stored, one JSON object a line."""
    parts = Parts.build(settings_from(config))
    with parts.database.read() as connection:
        for log_id in (log,) if log is not None else log_ids(connection):
            for _, leaf, _ in entries(connection, log_id, after=after):
                sys.stdout.write(leaf.decode() + "\n")
    parts.close()


@commands.command("verify")
def verify_logs(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """Re-hash every entry and check order, chain and size; status 1 names each flaw."""
    parts = Parts.build(settings_from(config))
    with parts.database.read() as connection:
        checks = [verify(connection, log_id) for log_id in log_ids(connection)]
    parts.close()
    if as_json:
        found = [
            {
                "log": each.origin,
                "size": each.size,
                "head": each.head,
                "flaws": [{"seq": flaw.seq, "reason": flaw.reason} for flaw in each.flaws],
            }
            for each in checks
        ]
        print(json.dumps(found, indent=2))
    else:
        for each in checks:
            state = "sound" if not each.flaws else f"{len(each.flaws)} flaw(s)"
            print(f"{each.origin}: {each.size} entries, head {each.head[:16]}, {state}")
            for flaw in each.flaws:
                print(f"  entry {flaw.seq}: {flaw.reason}")
    if any(each.flaws for each in checks):
        raise typer.Exit(1)
