"""Handlers of webhook events as values: who would run can be asked apart from running it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any

from app.service.intents import Intent

ENTRY_POINT_GROUP = "gatewright.webhooks"


@dataclass(frozen=True, slots=True)
class Event:
    """One delivery as a handler sees it: a hint about what happened, never the truth."""

    name: str
    action: str | None
    payload: Mapping[str, Any]
    app_id: int = 0

    @property
    def full_name(self) -> str:
        """Return `event.action`, or the event alone where there are no actions."""
        return f"{self.name}.{self.action}" if self.action else self.name


Handler = Callable[[Event], Iterable[Intent]]


@dataclass(frozen=True, slots=True)
class Router:
    """A table from event and action (None for all actions) to handlers.

    Routers are joined with `+`; every matching handler runs, in the order of registration.
    """

    table: dict[tuple[str, str | None], tuple[Handler, ...]] = field(default_factory=dict)

    def on(self, event: str, *actions: str) -> Callable[[Handler], Handler]:
        """Register a function for an event, or for some of its actions."""
        keys = [(event, action) for action in actions or (None,)]

        def register(handler: Handler) -> Handler:
            for key in keys:
                self.table[key] = (*self.table.get(key, ()), handler)
            return handler

        return register

    def __add__(self, other: "Router") -> "Router":
        joined = dict(self.table)
        for key, handlers in other.table.items():
            joined[key] = (*joined.get(key, ()), *handlers)
        return Router(joined)

    def handlers(self, event: Event) -> tuple[Handler, ...]:
        """Return who would run: handlers of the exact action first, then those of the event."""
        exact = self.table.get((event.name, event.action), ()) if event.action else ()
        return (*exact, *self.table.get((event.name, None), ()))


def installed_routers() -> tuple[Router, ...]:
    """Return the routers that other packages offer under the entry point `gatewright.webhooks`."""
    found = entry_points(group=ENTRY_POINT_GROUP)
    return tuple(point.load() for point in sorted(found, key=lambda point: point.name))
