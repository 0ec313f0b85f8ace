"""Every event ever taken in, and what was known of one repository at a moment.

Order and batches leave no trace: a log is how often each event was told, nothing else.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from typing import TypeVar

from app.core.dora.events import (
    Alert,
    Commit,
    Deployment,
    DeploymentStatus,
    Event,
    IncidentEvent,
    PolicyEvent,
    PullRequest,
    fact_of,
    subject_of,
)

E = TypeVar("E", bound=Event)
_ENVELOPE = {"received", "delivery", "source"}


@dataclass(frozen=True, slots=True)
class Log:
    """How often each event was told."""

    told: Mapping[Event, int] = field(default_factory=dict)

    def taking(self, events: Iterable[Event]) -> "Log":
        """Return the log with more events in it."""
        told = Counter(self.told)
        told.update(events)
        return Log(dict(told))


@dataclass(frozen=True, slots=True)
class Known:
    """Facts of one repository, each once, and what was left out on the way to them."""

    commits: Mapping[str, Commit]
    pulls: tuple[PullRequest, ...]
    deployments: tuple[Deployment, ...]
    statuses: Mapping[str, tuple[DeploymentStatus, ...]]
    incidents: Mapping[str, tuple[IncidentEvent, ...]]
    alerts: tuple[Alert, ...]
    policies: tuple[PolicyEvent, ...]
    repeats: int
    conflicts: tuple[str, ...]
    elsewhere: int
    not_yet: int

    def events(self) -> Iterator[Event]:
        """Return every fact."""
        yield from self.commits.values()
        yield from self.pulls
        yield from self.deployments
        yield from chain.from_iterable(self.statuses.values())
        yield from chain.from_iterable(self.incidents.values())
        yield from self.alerts
        yield from self.policies


def known(log: Log, repo: str, as_of: int | None) -> Known:
    """Return what was known of a repository; what arrived later does not exist."""
    ours = {each: n for each, n in log.told.items() if each.repo in (repo, None)}
    arrived = {each: n for each, n in ours.items() if as_of is None or each.known_at <= as_of}
    groups = _facts(arrived)
    facts = [_merged(copies) for copies in groups.values()]
    return Known(
        commits={each.sha: each for each in _of(Commit, facts)},
        pulls=tuple(sorted(_of(PullRequest, facts), key=lambda pull: (pull.time, pull.number))),
        deployments=tuple(_of(Deployment, facts)),
        statuses=_grouped(_of(DeploymentStatus, facts), "deployment_id"),
        incidents=_grouped(_of(IncidentEvent, facts), "incident_id"),
        alerts=tuple(_of(Alert, facts)),
        policies=tuple(sorted(_of(PolicyEvent, facts), key=lambda each: (each.time, each.version))),
        repeats=sum(arrived.values()) - len(facts),
        conflicts=tuple(
            sorted(_named(c[0]) for c in groups.values() if len(c) > 1 and _is_conflict(c))
        ),
        elsewhere=sum(log.told.values()) - sum(ours.values()),
        not_yet=sum(ours.values()) - sum(arrived.values()),
    )


def _facts(events: Iterable[Event]) -> dict[Hashable, list[Event]]:
    """Group what tells the same fact, each group in the order in which it became known."""
    deliveries: set[Hashable] = set()
    groups: defaultdict[Hashable, list[Event]] = defaultdict(list)
    for event in sorted(events, key=_arrival):
        # One delivery may tell of many commits, but it tells each thing only once.
        told = (event.delivery, subject_of(event))
        if event.delivery is None or told not in deliveries:
            groups[fact_of(event)].append(event)
        deliveries.add(told)
    return groups


def _arrival(event: Event) -> tuple[int, int, str]:
    return event.known_at, event.time, repr(event)


def _merged(copies: list[Event]) -> Event:
    """Take the latest word on each field; silence takes nothing back."""
    merged = copies[0]
    for copy in copies[1:]:
        said = {each.name: getattr(copy, each.name) for each in fields(copy)}
        merged = replace(merged, **{k: v for k, v in said.items() if v not in (None, ())})
    return merged


def _is_conflict(copies: list[Event]) -> bool:
    names = [each.name for each in fields(copies[0]) if each.name not in _ENVELOPE]
    said = ({getattr(copy, name) for copy in copies} - {None, ()} for name in names)
    return any(len(values) > 1 for values in said)


def _named(event: Event) -> str:
    return " ".join(str(each) for each in subject_of(event))


def _of(kind: type[E], facts: Iterable[Event]) -> list[E]:
    found = [each for each in facts if isinstance(each, kind)]
    return sorted(found, key=lambda each: (each.time, repr(each)))


def _grouped(events: Iterable[E], name: str) -> dict[str, tuple[E, ...]]:
    groups: defaultdict[str, list[E]] = defaultdict(list)
    for event in events:
        groups[getattr(event, name)].append(event)
    return {key: tuple(group) for key, group in groups.items()}
