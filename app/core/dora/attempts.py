"""Attempts to deploy a service to production: what became of each deployment that was asked for."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.dora.events import Deployment, DeploymentStatus, State
from app.core.dora.log import Known
from app.core.dora.rules import DoraRules

FAILED = frozenset({State.FAILURE, State.ERROR})


@dataclass(frozen=True, slots=True)
class Attempt:
    """A deployment: `live` when it first succeeded, `ended` when it failed and never succeeded."""

    id: str
    sha: str
    environment: str
    created: int
    started: int
    live: int | None
    ended: int | None
    failed_after: int | None
    planned: bool


def attempts(known: Known, rules: DoraRules, service: str) -> list[Attempt]:
    """Return the attempts of a service in production, by the time they were asked for."""
    found = [
        _attempt(each, known.statuses.get(each.deployment_id, ()))
        for each in known.deployments
        if each.owner == service and each.environment in rules.production_environments
    ]
    return sorted(found, key=lambda each: (each.created, each.id))


def _attempt(deployment: Deployment, statuses: Iterable[DeploymentStatus]) -> Attempt:
    seen = sorted((each.time, each.state) for each in statuses)
    started = [time for time, state in seen if state is State.IN_PROGRESS]
    successes = [time for time, state in seen if state is State.SUCCESS]
    failures = [time for time, state in seen if state in FAILED]
    live = min(successes, default=None)
    later = [] if live is None else [time for time in failures if time > live]
    return Attempt(
        id=deployment.deployment_id,
        sha=deployment.sha,
        environment=deployment.environment,
        created=deployment.time,
        started=min(started, default=deployment.time),
        live=live,
        ended=min(failures, default=None) if live is None else None,
        failed_after=min(later, default=None),
        planned=bool(deployment.planned),
    )
