"""`gatewright freeze`: whether an environment is frozen at a moment, and until when."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import AsJson, moment_from
from app.cli.terminal import safe, terminal
from app.core.deploy.freeze import Frozen, frozen
from app.core.policy.deployments import DeploymentPolicy
from app.core.policy.load import load_policy
from app.core.policy.problem import PolicyProblem
from app.errors import GatewrightError
from app.service.chatops import plan
from app.wiring import utc_now

PolicyFile = Annotated[
    Path, typer.Option("--policy", help="The policy; by default the one of this repository.")
]
Environment = Annotated[str, typer.Argument(help="Name or alias of the environment.")]
At = Annotated[
    str | None, typer.Option("--at", help="The moment, as 2026-11-20T12:00:00Z; by default now.")
]


def register(application: typer.Typer) -> None:
    """Offer the command."""
    application.command("freeze")(explain)


def explain(
    environment: Environment,
    at: At = None,
    policy: PolicyFile = Path(".github/gatewright.yml"),
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Say whether deployments are frozen: 0 free, 1 frozen."""
    moment = utc_now() if at is None else moment_from(at, "--at")
    found = _deployments(policy)
    known = plan.vocabulary(found).environment(environment)
    if known is None:
        names = ", ".join(each.name for each in found.environments) or "none"
        raise GatewrightError(f"the policy has no environment {environment!r}; known are: {names}")
    holds = frozen(plan.freezes(found, known.name), moment)
    if as_json:
        print(json.dumps(_document(known.name, moment.isoformat(), holds), indent=2))
    else:
        terminal().print(_sentence(known.name, holds))
    raise typer.Exit(1 if holds else 0)


def _deployments(file: Path) -> DeploymentPolicy:
    try:
        text = file.read_bytes()
    except OSError as error:
        raise GatewrightError(f"{str(file)!r} cannot be read: {error.strerror}") from error
    loaded = load_policy(text, str(file))
    if isinstance(loaded, PolicyProblem):
        place = f", line {loaded.line}, column {loaded.column}" if loaded.line else ""
        raise GatewrightError(f"{str(file)!r}{place}: {loaded.message}")
    return loaded.deployments


def _sentence(name: str, holds: Frozen | None) -> str:
    if holds is None:
        return f"[green]free[/] {safe(name)} is not frozen"
    until = f"{holds.until:%Y-%m-%d %H:%M} UTC"
    return f"[red]frozen[/] {safe(name)}: {safe(holds.reason)}, until {until} ({safe(holds.zone)})"


def _document(name: str, moment: str, holds: Frozen | None) -> dict[str, object]:
    if holds is None:
        return {"environment": name, "at": moment, "frozen": False}
    return {
        "environment": name,
        "at": moment,
        "frozen": True,
        "reason": holds.reason,
        "timezone": holds.zone,
        "until": holds.until.isoformat(),
    }
