"""Numbers about this instance in Prometheus form; no label holds a stranger's text."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

_KNOWN_EVENTS = frozenset(
    (
        "check_run",
        "check_suite",
        "installation",
        "installation_repositories",
        "issue_comment",
        "issues",
        "merge_group",
        "ping",
        "pull_request",
        "pull_request_review",
        "pull_request_review_thread",
        "push",
        "repository",
        "status",
        "workflow_run",
    )
)


def known(event: str) -> str:
    """Return the event's name, or `other`: a label must not grow with what strangers send."""
    return event if event in _KNOWN_EVENTS else "other"


class _Live(Collector):
    """Gauges that are read when somebody asks; the counters do not need a database."""

    def __init__(self, read: Callable[[], Mapping[str, float]]) -> None:
        self._read = read

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = dict(self._read())
        except sa.exc.SQLAlchemyError:
            found = {}
        for name, value in {"database_readable": float(bool(found)), **found}.items():
            yield GaugeMetricFamily(f"gatewright_{name}", name.replace("_", " "), value=value)


@dataclass(frozen=True, slots=True)
class Metrics:
    """The counters of one process, in a registry of their own."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    deliveries: Counter = field(init=False)
    refused: Counter = field(init=False)
    unreadable: Counter = field(init=False)
    previous_secret: Counter = field(init=False)

    def __post_init__(self) -> None:
        """Create the counters in this registry."""
        counters = {
            "deliveries": ("Webhook deliveries stored", ("event", "decision")),
            "refused": ("Webhook requests refused", ("status",)),
            "unreadable": ("Payloads whose fields could not be read", ("event",)),
            "previous_secret": ("Deliveries signed with the previous secret", ()),
        }
        for name, (meaning, labels) in counters.items():
            counter = Counter(f"gatewright_{name}", meaning, labels, registry=self.registry)
            object.__setattr__(self, name, counter)

    def live(self, read: Callable[[], Mapping[str, float]]) -> None:
        """Add gauges that are computed at the moment of asking."""
        self.registry.register(_Live(read))

    def text(self) -> bytes:
        """Return all numbers in the text format."""
        return generate_latest(self.registry)
