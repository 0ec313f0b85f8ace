"""The published form of the metrics, and JSON Schemas of it, of events and of rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from app.core.canonical import Plain, to_plain
from app.core.dora.bands import Level, QuickCheck
from app.core.dora.evidence import Evidence
from app.core.dora.flaws import Flaw
from app.core.dora.frequency import Frequency
from app.core.dora.reading import event_adapter, rules_adapter
from app.core.schema import JsonSchema

SCHEMA = "gatewright/dora/1"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Spread:
    """A sample of durations in whole seconds; no sample has neither median nor p90."""

    n: int
    median_s: int | None
    p90_s: int | None


@dataclass(frozen=True, slots=True)
class Middle:
    """A sample of durations of which only the median is told."""

    n: int
    median_s: int | None


@dataclass(frozen=True, slots=True)
class Stages:
    """The medians of the stages of pull requests; only the stages of one add up to its whole."""

    coding_s: int | None
    review_s: int | None
    deploy_s: int | None


@dataclass(frozen=True, slots=True)
class FailRate:
    """How many of the deployments failed."""

    failed: int
    total: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long failures lasted that ended in the window, and how many had not ended."""

    n: int
    median_s: int | None
    p90_s: int | None
    open: int


@dataclass(frozen=True, slots=True)
class ReworkRate:
    """How many of the rollouts repaired another."""

    rework: int
    total: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class IncidentCount:
    """The incidents opened in the window."""

    total: int
    attributed: int
    unattributed: int


@dataclass(frozen=True, slots=True)
class WaitingAge:
    """Merged changes that were not in production when the window closed."""

    n: int
    median_s: int | None
    oldest_s: int | None


@dataclass(frozen=True, slots=True)
class Intervals:
    """What the numbers could as well have been, 95 times of 100; None where too little is known."""

    deployments: tuple[float, float]
    change_fail: tuple[float, float] | None
    rework: tuple[float, float] | None
    lead_time_median_s: tuple[int, int] | None
    pr_lead_time_median_s: tuple[int, int] | None
    recovery_median_s: tuple[int, int] | None
    time_to_restore_median_s: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a report year, where it has any."""

    year: int
    lead_time: Level | None
    deployment_frequency: Level | None
    change_fail: Level | None
    recovery: Level | None


@dataclass(frozen=True, slots=True)
class DoubtDocument:
    """Something doubtful about the events: how often, and the first names of it."""

    code: Flaw
    says: str
    n: int
    ids: tuple[str, ...]
    doc: str


@dataclass(frozen=True, slots=True)
class SetAsideDocument:
    """An event that could not be read."""

    position: int
    mistake: str


@dataclass(frozen=True, slots=True)
class Quality:
    """What the numbers rest on: doubts, events set aside, and the last event of each kind."""

    doubts: tuple[DoubtDocument, ...]
    set_aside: tuple[SetAsideDocument, ...]
    unknown_keys: Mapping[str, int]
    last_seen: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Window:
    """What was asked: `start <= t < end`, from what was known `as_of`."""

    repo: str
    service: str
    start: str
    end: str
    timezone: str
    as_of: str | None


@dataclass(frozen=True, slots=True)
class DoraDocument:
    """The metrics of one service; `members` names what each number counts."""

    schema: Literal["gatewright/dora/1"]
    rules: str
    window: Window
    window_s: int
    history_from: str | None
    deployments: int
    deployments_all: int
    rollbacks: int
    reinstates: int
    redeploys: int
    failed_attempts: int
    by_day: Mapping[str, int]
    by_week: Mapping[str, int]
    weekly_median: float | None
    median_gap_s: int | None
    frequency_category: Frequency | None
    lead_time: Spread
    lead_time_all: Spread
    lead_time_by_kind: Mapping[str, Middle]
    bots_left_out: int
    approximate: int
    skewed: int
    pr_lead_time: Spread
    pr_stages_median: Stages
    pr_lead_time_by_policy: Mapping[str, Middle]
    change_fail: FailRate
    failed_deployment_ids: tuple[str, ...]
    recovery: Recovery
    rework: ReworkRate
    incidents: IncidentCount
    time_to_restore: Middle
    waiting: WaitingAge | None
    intervals: Intervals
    quick_check: QuickCheck
    levels: Levels | None
    members: Mapping[str, tuple[str, ...]]
    evidence: Evidence
    quality: Quality


def to_json(document: DoraDocument) -> Plain:
    """Return the metrics as JSON knows them; their schema is `metrics_schema()`."""
    return to_plain(document)


def metrics_schema() -> JsonSchema:
    """Describe what `to_json` returns."""
    described = TypeAdapter(tuple[DoraDocument], config={"extra": "forbid"})
    definitions = described.json_schema(mode="serialization")["$defs"]
    return _schema("dora", {"$ref": "#/$defs/DoraDocument"}, definitions)


def events_schema() -> JsonSchema:
    """Describe what `events_from_bytes` accepts; an event that does not fit is set aside."""
    described = event_adapter().json_schema(mode="validation")
    (event,) = described["prefixItems"]
    return _schema("dora-events", {"type": "array", "items": event}, described["$defs"])


def rules_schema() -> JsonSchema:
    """Describe what `rules_from_bytes` accepts."""
    definitions = rules_adapter().json_schema(mode="validation")["$defs"]
    return _schema("dora-rules", {"$ref": "#/$defs/DoraRules"}, definitions)


def _schema(name: str, root: JsonSchema, definitions: object) -> JsonSchema:
    return {"$schema": _DIALECT, "$id": f"gatewright:{name}:1", **root, "$defs": definitions}
