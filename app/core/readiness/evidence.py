"""Evidence: one number that somebody measured of one commit, and where it comes from."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.core.canary.samples import Moment, Number
from app.core.facts import Sha
from app.core.readiness.codes import Code

YES, NO = Decimal(1), Decimal(0)


class Unit(StrEnum):
    """What a number counts; only percent and ratio stand for each other (trap T87)."""

    PERCENT = "percent"
    RATIO = "ratio"
    SCORE = "score"
    POINTS = "points"
    MILLISECONDS = "ms"
    SECONDS = "s"
    PER_SECOND = "requests/s"
    COUNT = "count"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The same number of the version that was live."""

    value: Number
    sha: Sha
    observed_at: Moment


@dataclass(frozen=True, slots=True)
class Evidence:
    """A number of one commit; of `passed` it is 1 for yes and 0 for no.

    `monitor_id` names who handed it in, `source` what measured it. `objection` is why it counts
    for nothing whatever its number is; whoever knows the sources has looked.
    """

    kind: str
    value: Number
    unit: Unit
    sha: Sha
    monitor_id: str
    observed_at: Moment
    tree: str = ""
    source: str = ""
    expires_at: Moment | None = None
    n: int | None = None
    baseline: Baseline | None = None
    objection: Code | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A commit and its tree."""

    sha: Sha
    tree: str
