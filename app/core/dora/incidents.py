"""Incidents: what was told of each folded into one, and alerts that flap folded into spans."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from app.core.dora.events import (
    DEFAULT_SERVICE,
    Alert,
    AlertStatus,
    Cause,
    IncidentEvent,
    IncidentStatus,
)
from app.core.dora.log import Known
from app.core.dora.rules import DoraRules

T = TypeVar("T")
_Span = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of a service; `resolved` is None while it is open."""

    id: str
    opened: int
    resolved: int | None = None
    is_external: bool = False
    caused_by: Cause | None = None
    impact_started: int | None = None

    def is_open_at(self, moment: int) -> bool:
        """Tell whether it was open at a moment."""
        return self.opened <= moment and (self.resolved is None or moment < self.resolved)


def incidents(known: Known, rules: DoraRules, service: str) -> list[Incident]:
    """Return the incidents of a service, duplicates left out, by the time they were opened."""
    ours = (each for each in known.incidents.values() if service in services_of(each))
    found = [each for each in map(_folded, ours) if each is not None]
    found += _from_alerts(known.alerts, service, rules.alert_flap_s)
    return sorted(found, key=lambda each: (each.opened, each.id))


def duplicate_of(events: Sequence[IncidentEvent]) -> str | None:
    """Return the incident that this one repeats; none repeats itself."""
    named = _last([each.duplicate_of for each in events])
    return None if named == events[0].incident_id else named


def services_of(events: Iterable[IncidentEvent | Alert]) -> frozenset[str]:
    """Return the services that any of these events names; what names none is the default's."""
    said = frozenset(each.service for each in events if each.service is not None)
    return said or frozenset({DEFAULT_SERVICE})


def _folded(events: Sequence[IncidentEvent]) -> Incident | None:
    opened = _times(events, IncidentStatus.OPENED)
    if not opened or duplicate_of(events) is not None:
        return None
    reopened = max(_times(events, IncidentStatus.REOPENED), default=None)
    resolved = [
        time
        for time in _times(events, IncidentStatus.RESOLVED)
        if reopened is None or time >= reopened
    ]
    return Incident(
        id=events[0].incident_id,
        opened=min(opened),
        resolved=min(resolved, default=None),
        is_external=any(each.cause == "external" for each in events),
        caused_by=_last([each.caused_by for each in events]),
        impact_started=_last([each.impact_started for each in events]),
    )


def _times(events: Iterable[IncidentEvent], status: IncidentStatus) -> list[int]:
    return [each.time for each in events if each.status is status]


def _last(values: Iterable[T | None]) -> T | None:
    said = [each for each in values if each is not None]
    return said[-1] if said else None


def _from_alerts(alerts: Iterable[Alert], service: str, flap: int) -> list[Incident]:
    by_fingerprint: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_fingerprint[alert.fingerprint].append(alert)
    return [
        Incident(f"{fingerprint}#{number}", opened, resolved)
        for fingerprint, told in _of_service(by_fingerprint, service).items()
        for number, (opened, resolved) in enumerate(_joined(_spans(told), flap), start=1)
    ]


def _of_service(alerts: Mapping[str, Sequence[Alert]], service: str) -> dict[str, Sequence[Alert]]:
    """Return what was told for a service; an alert that names none is that of its fingerprint."""
    return {
        fingerprint: [each for each in told if each.service in (service, None)]
        for fingerprint, told in alerts.items()
        if service in services_of(told)
    }


def _spans(alerts: Iterable[Alert]) -> list[_Span]:
    """Return from each firing to the next resolution; what repeats a state adds nothing."""
    spans: list[_Span] = []
    begun: int | None = None
    for time, status in sorted((each.time, each.status) for each in alerts):
        if status is AlertStatus.FIRING:
            begun = time if begun is None else begun
        elif begun is not None:
            spans.append((begun, time))
            begun = None
    return spans if begun is None else [*spans, (begun, None)]


def _joined(spans: Iterable[_Span], flap: int) -> list[_Span]:
    """Join spans between which the alert was quiet for a short time only."""
    joined: list[_Span] = []
    for begun, ended in spans:
        before = joined[-1] if joined else None
        if before is not None and before[1] is not None and begun - before[1] <= flap:
            joined[-1] = (before[0], ended)
        else:
            joined.append((begun, ended))
    return joined
