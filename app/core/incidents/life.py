"""The life of an incident: what opens one, how bad it is, and how far it has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.core.alerts.alert import Alert
from app.core.canary.samples import Severity
from app.core.commands.scales import Tier


class Origin(StrEnum):
    """What opened an incident."""

    DEPLOYMENT = "deployment"
    ALERT = "alert"
    ISSUE = "issue"


class Phase(StrEnum):
    """How far an incident has come; the last that was reached counts, whatever came before."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Times:
    """When each step was made; None for those that are still to come."""

    acknowledged: datetime | None = None
    mitigated: datetime | None = None
    resolved: datetime | None = None


_OPENING = frozenset({Severity.SEV1, Severity.SEV2})
# How bad it is that a version was taken back, and that this failed.
_TAKEN_BACK: Mapping[Tier, tuple[Severity, Severity]] = MappingProxyType(
    {
        Tier.PRODUCTION: (Severity.SEV2, Severity.SEV1),
        Tier.STAGING: (Severity.SEV3, Severity.SEV2),
        Tier.DEVELOPMENT: (Severity.SEV4, Severity.SEV3),
    }
)


def phase(times: Times) -> Phase:
    """Return how far an incident has come; traffic that is back counts though nobody came."""
    if times.resolved is not None:
        return Phase.REVIEWED
    if times.mitigated is not None:
        return Phase.MITIGATED
    return Phase.OPEN if times.acknowledged is None else Phase.ACKNOWLEDGED


def opens(alert: Alert) -> bool:
    """Tell whether an alert is an incident by itself; milder ones only join what is open."""
    return alert.severity in _OPENING and not alert.is_over


def of_rollback(tier: Tier, *, failed: bool) -> Severity:
    """Return how bad it is that a version had to be taken back, or could not be."""
    succeeded, broken = _TAKEN_BACK[tier]
    return broken if failed else succeeded


def worst(first: Severity, *others: Severity) -> Severity:
    """Return the worst of several severities; an incident never gets milder by itself."""
    return min(first, *others, key=_rank) if others else first


def _rank(severity: Severity) -> int:
    return tuple(Severity).index(severity)


def closes(severity: Severity, tier: str, closing: Iterable[str]) -> bool:
    """Tell whether an unreviewed incident keeps deployments out of an environment (T99).

    That is so in production alone: elsewhere a fix must be able to arrive.
    """
    return tier == Tier.PRODUCTION.value and severity.value in closing
