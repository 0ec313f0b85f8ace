"""`gatewright incidents`: every incident with its times and deployments."""

import json
from datetime import datetime

import typer

from app.cli.options import AsJson, Config, reading, settings_from
from app.cli.terminal import print_table
from app.core.text import visible
from app.store import incidents
from app.store.incidents import Incident

_TIMES = ("opened_at", "detected_at", "acknowledged_at", "mitigated_at", "resolved_at")


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("incidents")(list_incidents)


def list_incidents(config: Config = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - a flag
    """List all incidents, oldest first, with their times."""
    with reading(settings_from(config)) as connection:
        found = [
            (each, [link.deployment_id for link in incidents.links(connection, each)])
            for each in incidents.every(connection)
        ]
    if as_json:
        print(json.dumps([_object(each, rows) for each, rows in found], indent=2))
        return
    headers = ("Incident", "Severity", "Environment", "State", "Known since", "Taken on", "Back")
    print_table(headers, [_row(each) for each, _ in found])


def _object(each: Incident, rows: list[str]) -> dict[str, object]:
    times = {name: _moment(getattr(each, name)) for name in _TIMES}
    return {
        "id": each.id,
        "repository_id": each.repository_id,
        "environment": each.environment,
        "severity": each.severity.value,
        "state": each.phase.value,
        "origin": each.origin.value,
        "title": each.title,
        "deployments": rows,
        "pull_request": each.number,
        "issue": each.issue_number,
        "fix": each.fix,
        **times,
    }


def _row(each: Incident) -> tuple[str, ...]:
    return (
        each.id,
        each.severity.value,
        visible(each.environment),
        each.phase.value,
        _moment(each.detected_at) or "",
        visible(each.acknowledged_login),
        _moment(each.mitigated_at) or "",
    )


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
