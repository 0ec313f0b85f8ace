"""`gatewright check`, `judge` and `replay`: decisions without a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.changes.local import resolve
from app.cli.options import AsJson, Config, settings_from
from app.cli.report import print_judgement
from app.core.canonical import FactsUnreadableError, facts_from_bytes, judgement_document
from app.core.facts import Sha
from app.core.judge import judge as judge_facts
from app.core.text import visible
from app.core.verdict import Judgement, Outcome
from app.errors import GatewrightError, SettingsError
from app.inspection import Inspection, inspect_local
from app.scan.pool import ScannerPool
from app.service.local import LocalJudge, LocalRange
from app.service.policies import load_text, read_policy
from app.service.replay import replay as replay_verdict
from app.store.database import Database
from app.wiring import utc_now

_STATUS = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.PENDING: 1, Outcome.ERROR: 2}

Repo = Annotated[Path, typer.Option(help="A local repository.")]
Base = Annotated[str, typer.Option(help="Revision the change is to be merged into.")]
Head = Annotated[str, typer.Option(help="Newest revision of the change.")]
PolicyPath = Annotated[
    Path | None, typer.Option("--policy", help="Policy file; without it the base's own counts.")
]
FactsPath = Annotated[Path, typer.Option("--facts", help="Facts as canonical JSON.")]
Now = Annotated[str, typer.Option(help="The moment of the decision, as 2026-11-20T12:00:00Z.")]


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.command("check")(check)
    application.command("judge")(judge)
    application.command("replay")(replay)


def check(
    repo: Repo = Path(),
    base: Base = "HEAD~1",
    head: Head = "HEAD",
    policy: PolicyPath = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Judge secrets, compliance and freshness of a range of commits; 0 pass, 1 fail, 2 unknown."""
    if policy is not None and not policy.is_file():
        raise SettingsError(f"there is no policy file {visible(str(policy))}")
    judgement = LocalJudge(_open, utc_now).judge(LocalRange(repo, base, head, policy))
    _finish(judgement, as_json=as_json)


@contextmanager
def _open(repository: Path, base: str, head: str) -> Iterator[Inspection]:
    scanners = ScannerPool(b"\0" * 32)
    try:
        tips = Sha(resolve(repository, base)), Sha(resolve(repository, head))
        with inspect_local(repository, *tips, scanners) as opened:
            yield opened
    finally:
        scanners.close()


def judge(
    facts: FactsPath,
    now: Now,
    policy: PolicyPath = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Run the pure core on a facts file; the same files and moment give the same bytes."""
    try:
        read = facts_from_bytes(facts.read_bytes())
        moment = datetime.fromisoformat(now)
    except (OSError, FactsUnreadableError, ValueError) as error:
        raise GatewrightError(f"cannot judge: {visible(str(error))}") from error
    if moment.tzinfo is None:
        raise GatewrightError("--now needs a time zone, for example a Z at its end")
    loaded = load_text(policy.read_bytes(), str(policy)) if policy else read_policy(())
    judgement = judge_facts(read, loaded.value, loaded.digest, loaded.source, moment)
    _finish(judgement, as_json=as_json)


def replay(verdict: str, config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """Recompute a recorded verdict from stored facts and compare it byte for byte."""
    database = Database.open(settings_from(config).database)
    with database.read() as connection:
        found = replay_verdict(connection, verdict)
    database.close()
    if as_json:
        print(found.computed.decode())
    else:
        state = "is recomputed byte for byte" if found.is_equal else "is NOT what is recorded"
        print(f"{found.recorded.id} {state} ({len(found.computed)} bytes)")
    if not found.is_equal:
        raise typer.Exit(1)


def _finish(judgement: Judgement, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(judgement_document(judgement), indent=2, sort_keys=True))
    else:
        print_judgement(Console(highlight=False), judgement)
    raise typer.Exit(_STATUS[judgement.rollup.outcome])
