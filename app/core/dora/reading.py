"""Events and rules from JSON, strictly.

A file that is no list is refused. An event that cannot be read is set aside with its place and its
mistake, so that one bad event neither stops the others nor hides.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache

from pydantic import ConfigDict, TypeAdapter, ValidationError

from app.core.dora.events import (
    Alert,
    AnyEvent,
    Commit,
    Deployment,
    DeploymentStatus,
    Event,
    IncidentEvent,
    PolicyEvent,
    PullRequest,
)
from app.core.dora.rules import DoraRules
from app.core.strict import UnreadableError, loaded_strictly, read_unversioned
from app.errors import GatewrightError

_TOLERANT = ConfigDict(extra="ignore", strict=True)
_CLOSED = ConfigDict(extra="forbid", strict=True)
_KEYS = {
    name: frozenset(each.name for each in fields(kind))
    for name, kind in (
        ("commit", Commit),
        ("pull_request", PullRequest),
        ("deployment", Deployment),
        ("deployment_status", DeploymentStatus),
        ("incident", IncidentEvent),
        ("alert", Alert),
        ("policy", PolicyEvent),
    )
}


class DoraUnreadableError(GatewrightError, ValueError):
    """Bytes are not a list of events, or no rules."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """An event that cannot be read: where it stands in its list, and why."""

    position: int
    mistake: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a list of events held; `strange` counts keys that nothing reads."""

    events: tuple[Event, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    strange: Mapping[str, int] = field(default_factory=dict)

    def followed_by(self, other: "Read") -> "Read":
        """Return both as if they were one list."""
        before = len(self.events) + len(self.set_aside)
        moved = (SetAside(before + each.position, each.mistake) for each in other.set_aside)
        strange = Counter(self.strange) + Counter(other.strange)
        events = (*self.events, *other.events)
        return Read(events, (*self.set_aside, *moved), dict(strange))


def events_from_bytes(content: bytes) -> Read:
    """Read a JSON array of events."""
    try:
        loaded = loaded_strictly(content)
    except UnreadableError as error:
        raise DoraUnreadableError(str(error)) from error
    if not isinstance(loaded, list):
        raise DoraUnreadableError("not an array of events")
    return events_from(loaded)


def events_from(loaded: list[object]) -> Read:
    """Read events one by one, each for itself."""
    events: list[Event] = []
    set_aside: list[SetAside] = []
    strange: Counter[str] = Counter()
    for position, each in enumerate(loaded):
        try:
            (event,) = event_adapter().validate_json(json.dumps([each]))
        except (ValueError, RecursionError) as error:
            set_aside.append(SetAside(position, _mistake(error)))
            continue
        events.append(event)
        if isinstance(each, dict):
            strange.update(f"{event.type}.{key}" for key in each.keys() - _KEYS[event.type])
    return Read(tuple(events), tuple(set_aside), dict(strange))


def rules_from_bytes(content: bytes) -> DoraRules:
    """Read rules strictly: an unknown key could be a constant that somebody relies on."""
    try:
        return read_unversioned(content, rules_adapter())
    except UnreadableError as error:
        raise DoraUnreadableError(str(error)) from error


@cache
def event_adapter() -> TypeAdapter[tuple[Event]]:
    """Return the reader of an array that holds one event, built at its first use."""
    return TypeAdapter(tuple[AnyEvent], config=_TOLERANT)


@cache
def rules_adapter() -> TypeAdapter[tuple[DoraRules]]:
    """Return the strict reader of an array that holds rules, built at its first use."""
    return TypeAdapter(tuple[DoraRules], config=_CLOSED)


def _mistake(error: ValueError | RecursionError) -> str:
    """Name the place and the mistake, never the value."""
    if not isinstance(error, ValidationError):
        return "the whole: too deep"
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(step) for step in first["loc"][1:]) or "the whole"
    return f"{place}: {first['msg']}"
