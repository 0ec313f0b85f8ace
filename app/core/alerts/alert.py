"""An alert, whatever sent it, and whether it speaks against a deployment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from app.core.canary.samples import Severity

WINDOW = timedelta(minutes=30)
_WORDS: Mapping[str, Severity] = MappingProxyType(
    {
        "sev1": Severity.SEV1,
        "critical": Severity.SEV1,
        "p1": Severity.SEV1,
        "high": Severity.SEV2,
        "sev2": Severity.SEV2,
        "error": Severity.SEV2,
        "p2": Severity.SEV2,
        "sev3": Severity.SEV3,
        "warning": Severity.SEV3,
        "warn": Severity.SEV3,
        "p3": Severity.SEV3,
        "low": Severity.SEV4,
        "sev4": Severity.SEV4,
        "info": Severity.SEV4,
        "none": Severity.SEV4,
        "p4": Severity.SEV4,
        "p5": Severity.SEV4,
    }
)


class AlertUnreadableError(ValueError):
    """What a source sent is not what it documents; the message names the place."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert; `key` is the same for every repetition of it, and for nothing else.

    `service` is empty where the source names none. An alert that `is_over` triggers nothing.
    """

    source: str
    key: str
    severity: Severity
    title: str
    started_at: datetime
    service: str = ""
    is_over: bool = False


def severity(word: str) -> Severity:
    """Return the severity behind a source's word; a word that nobody mapped is the least."""
    return _WORDS.get(word.strip().casefold(), Severity.SEV4)


def speaks_against(alert: Alert, traffic_from: datetime, services: tuple[str, ...]) -> bool:
    """Tell whether an alert takes a deployment back: SEV1, begun since it has traffic (T95).

    An alert of another service is none; one that names no service is one about all of them. What
    began exactly thirty minutes after the traffic still counts.
    """
    if alert.is_over or alert.severity is not Severity.SEV1:
        return False
    if not traffic_from <= alert.started_at <= traffic_from + WINDOW:
        return False
    known = {each.casefold() for each in services}
    return not (alert.service and known) or alert.service.casefold() in known
