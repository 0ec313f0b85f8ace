"""What Alertmanager, PagerDuty and Datadog send, read into alerts.

Sources: Alertmanager's webhook payload version 4, PagerDuty's V3 webhooks, and Datadog's webhooks,
whose payload is our own template (`docs/alerts.md`).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from app.core.alerts.alert import Alert, AlertUnreadableError, severity

MOST = 500
_TEXT_AT_MOST = 300


def alertmanager(payload: Mapping[str, Any]) -> tuple[Alert, ...]:
    """Read each alert of a group by itself: the group's own state says nothing (T96)."""
    if payload.get("version") != "4":
        raise AlertUnreadableError('`version` must be "4"')
    return tuple(_prometheus_alert(each) for each in _list(payload, "alerts"))


def _prometheus_alert(each: Mapping[str, Any]) -> Alert:
    labels = _mapping(each, "labels")
    annotations = each.get("annotations")
    told = annotations if isinstance(annotations, dict) else {}
    started = _moment(each, "startsAt")
    return Alert(
        source="alertmanager",
        key=_key(_text(each, "fingerprint"), started.isoformat()),
        severity=severity(str(labels.get("severity", ""))),
        title=_short(told.get("summary") or labels.get("alertname") or "alert"),
        started_at=started,
        service=_short(labels.get("service") or ""),
        is_over=each.get("status") != "firing",
    )


def pagerduty(payload: Mapping[str, Any]) -> tuple[Alert, ...]:
    """Read an incident that was triggered; whatever else happens to it is no new alert (T97)."""
    event = _mapping(payload, "event")
    if event.get("event_type") != "incident.triggered":
        return ()
    data = _mapping(event, "data")
    priority = data.get("priority")
    word = priority.get("summary") if isinstance(priority, dict) else None
    service = data.get("service")
    return (
        Alert(
            source="pagerduty",
            key=_key(_text(data, "id")),
            severity=severity(str(word or data.get("urgency") or "")),
            title=_short(data.get("title") or "incident"),
            started_at=_moment(data, "created_at")
            if data.get("created_at")
            else _moment(event, "occurred_at"),
            service=_short(service.get("summary") or "") if isinstance(service, dict) else "",
        ),
    )


def datadog(payload: Mapping[str, Any]) -> tuple[Alert, ...]:
    """Read the template that the page on alerts gives: Datadog sends nothing else (T98)."""
    transition = str(payload.get("transition", ""))
    seconds = payload.get("date")
    if not str(seconds).isdigit():
        raise AlertUnreadableError("`date` must be milliseconds since 1970")
    return (
        Alert(
            source="datadog",
            key=_key(_text(payload, "aggregation")),
            severity=severity(str(payload.get("severity") or payload.get("priority") or "")),
            title=_short(payload.get("title") or "monitor"),
            started_at=_from_milliseconds(int(str(seconds))),
            service=_short(payload.get("service") or ""),
            is_over=transition.casefold() in ("recovered", "no data"),
        ),
    )


SOURCES: Mapping[str, Callable[[Mapping[str, Any]], tuple[Alert, ...]]] = MappingProxyType(
    {"alertmanager": alertmanager, "pagerduty": pagerduty, "datadog": datadog}
)


def _from_milliseconds(count: int) -> datetime:
    try:
        return datetime.fromtimestamp(count / 1000, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise AlertUnreadableError("`date` lies outside of time") from error


def _key(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def _short(value: object) -> str:
    return "".join(each for each in str(value)[:_TEXT_AT_MOST] if each.isprintable())


def _list(payload: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    found = payload.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise AlertUnreadableError(f"`{name}` must be a list of objects")
    if len(found) > MOST:
        raise AlertUnreadableError(f"`{name}` must hold at most {MOST} alerts")
    return found


def _mapping(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = payload.get(name)
    if not isinstance(found, dict):
        raise AlertUnreadableError(f"`{name}` must be an object")
    return found


def _text(payload: Mapping[str, Any], name: str) -> str:
    found = payload.get(name)
    if not isinstance(found, str) or not found:
        raise AlertUnreadableError(f"`{name}` must be text")
    return found


def _moment(payload: Mapping[str, Any], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(_text(payload, name))
    except ValueError as error:
        raise AlertUnreadableError(f"`{name}` must be a moment with its offset") from error
    if found.tzinfo is None:
        raise AlertUnreadableError(f"`{name}` must be a moment with its offset")
    return found.astimezone(UTC)
