"""What a readiness report says: a decision, and one statement a gate with all it rests on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.core.canary.samples import Moment
from app.core.canary.verdict import Decision, Result
from app.core.facts import Sha
from app.core.readiness.codes import Code
from app.core.readiness.evidence import Evidence, Version
from app.core.readiness.rules import Rule, Stage


@dataclass(frozen=True, slots=True)
class Lent:
    """A pass that somebody lent for one gate."""

    gate: str
    by: str
    until: Moment


@dataclass(frozen=True, slots=True)
class ReadinessFacts:
    """Everything a report depends on except the moment; `live` is None where nothing is."""

    deploy_run_id: str
    environment: str
    sha: Sha
    tree: str
    live: Version | None
    rules: tuple[Rule, ...]
    evidence: tuple[Evidence, ...] = ()
    lent: tuple[Lent, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One gate and what was measured against it.

    The three ids say who measured, for which run, and from which facts: the same facts have the
    same `experiment_hash`, and nothing else has.
    """

    name: str
    stage: Stage
    result: Result
    code: Code
    says: str
    limit: str
    monitor_id: str
    deploy_run_id: str
    experiment_hash: str
    value: Decimal | None = None
    unit: str = ""
    n: int | None = None
    age_seconds: int | None = None
    source: str = ""
    would_change: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The worst statement decides; `title` names the first among the worst by what it protects."""

    decision: Decision
    result: Result
    title: str
    environment: str
    sha: Sha
    deploy_run_id: str
    experiment_hash: str
    decided_at: datetime
    statements: tuple[Statement, ...]

    def stages(self) -> Iterator[tuple[Stage, tuple[Statement, ...]]]:
        """Yield the stages that have statements, in their order."""
        for stage in Stage:
            found = tuple(each for each in self.statements if each.stage is stage)
            if found:
                yield stage, found
