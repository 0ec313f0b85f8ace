"""What the canary judge says: a decision, and one check a limit with everything it rests on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.core.canary.limits import CheckName
from app.core.canary.samples import BaselineKind


class Decision(StrEnum):
    """What may happen to the canary: more traffic, no more traffic, or none."""

    GO = "GO"
    SHADOW_ONLY = "SHADOW ONLY"
    PAUSE_AND_FIX = "PAUSE & FIX"


class Result(StrEnum):
    """What one check says; `INCONCLUSIVE` means that it cannot tell, which is never a yes."""

    PASS = "PASS"  # noqa: S105 - a result, not a password
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"


class Code(StrEnum):
    """Reason codes of the canary judge."""

    WITHIN = "CANARY_WITHIN"
    QUIET = "CANARY_QUIET"
    EXCEEDED = "CANARY_EXCEEDED"
    TRIGGERED = "CANARY_TRIGGERED"
    TOO_SHORT = "CANARY_TOO_SHORT"
    TOO_LONG = "CANARY_TOO_LONG"
    WATCHING = "CANARY_WATCHING"
    UNDECIDED = "CANARY_UNDECIDED"
    NO_DATA = "CANARY_NO_DATA"
    NO_CONDITION = "CANARY_NO_CONDITION"
    NO_COUNTS = "CANARY_NO_COUNTS"
    NOT_FINITE = "CANARY_NOT_FINITE"
    IMPOSSIBLE = "CANARY_IMPOSSIBLE"
    MINUTES_MISSING = "CANARY_MINUTES_MISSING"
    MINUTES_REPEATED = "CANARY_MINUTES_REPEATED"
    OTHER_SHA = "CANARY_OTHER_SHA"
    OTHER_SLA = "CANARY_OTHER_SLA"
    STALE = "CANARY_STALE"
    FUTURE = "CANARY_FUTURE"
    NO_BASELINE = "CANARY_NO_BASELINE"
    BASELINE_STALE = "CANARY_BASELINE_STALE"
    NOTHING_EXPECTED = "CANARY_NOTHING_EXPECTED"


MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.WITHIN: "The limit is kept.",
        Code.QUIET: "The rollback trigger did not fire, and its watch is over or has no end.",
        Code.EXCEEDED: "The limit is not kept.",
        Code.TRIGGERED: "A rollback trigger fired.",
        Code.TOO_SHORT: "The canary has not taken traffic for the shortest time.",
        Code.TOO_LONG: "The canary has taken traffic for longer than the longest time.",
        Code.WATCHING: "The rollback trigger has not fired, and its watch goes on.",
        Code.UNDECIDED: "The interval holds the limit: more data decides.",
        Code.NO_DATA: "Nothing was measured that this check needs.",
        Code.NO_CONDITION: "There is no limit to compare with.",
        Code.NO_COUNTS: "The number came without counts, and `statistics: required` asks for them.",
        Code.NOT_FINITE: "A number is NaN, infinite or beyond any measurement.",
        Code.IMPOSSIBLE: "A number cannot be: negative, a part larger than the whole, no count.",
        Code.MINUTES_MISSING: "Minutes between start of traffic and observation are missing.",
        Code.MINUTES_REPEATED: "A minute is there twice, or two overlap.",
        Code.OTHER_SHA: "The samples are those of another commit.",
        Code.OTHER_SLA: "Slow requests were counted at another edge than the SLA.",
        Code.STALE: "The observation is too old.",
        Code.FUTURE: "The observation, or the start of traffic, lies in the future.",
        Code.NO_BASELINE: "There is no baseline, or it is zero.",
        Code.BASELINE_STALE: "The baseline is too old.",
        Code.NOTHING_EXPECTED: "The limits expect no check at all.",
    }
)


@dataclass(frozen=True, slots=True)
class Check:
    """One limit and what was measured against it.

    `ci95` are both one-sided 95% bounds of a share, or the ends of a ratio's interval, of 99%
    where a note says so. `n` is
    what was counted: requests, pairs of minutes, polls; None where the source gives no counts.
    """

    name: CheckName
    result: Result
    code: Code
    says: str
    limit: str
    unit: str
    value: float | None = None
    n: int | None = None
    ci95: tuple[float, float] | None = None
    age_seconds: int = 0
    source: str = ""
    would_change: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedWith:
    """Which baseline a canary was compared with, and how old it was."""

    kind: BaselineKind
    sha: str
    age_seconds: int


@dataclass(frozen=True, slots=True)
class CanaryVerdict:
    """The worst check decides; `code` and `title` are those of the first among the worst."""

    decision: Decision
    code: Code
    title: str
    sha: str
    source: str
    baseline: ComparedWith | None
    decided_at: datetime
    checks: tuple[Check, ...]


_BADNESS = (Result.PASS, Result.INCONCLUSIVE, Result.FAIL)
_DECISIONS = MappingProxyType(
    {
        Result.PASS: Decision.GO,
        Result.INCONCLUSIVE: Decision.SHADOW_ONLY,
        Result.FAIL: Decision.PAUSE_AND_FIX,
    }
)


def worst(results: Iterable[Result]) -> Result:
    """Return the worst result; none at all is no reason to go (trap T83)."""
    return max(results, key=_BADNESS.index, default=Result.INCONCLUSIVE)


def decide(results: Iterable[Result]) -> Decision:
    """Let the worst result decide; no result at all is no reason to go."""
    return _DECISIONS[worst(results)]
