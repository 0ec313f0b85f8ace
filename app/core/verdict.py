"""Outcomes, verdicts of single gates, and the judgement that joins them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.facts import Subject

JUDGEMENT_SCHEMA = "gatewright/judgement/1"


class Outcome(StrEnum):
    """What a gate says; `error` means that it cannot tell, which is never a yes."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    PENDING = "pending"
    ERROR = "error"
    FAIL = "fail"


class GateName(StrEnum):
    """The five merge gates and their rollup, as in the check names `gatewright/<name>`."""

    CI = "ci"
    COMPLIANCE = "compliance"
    SECRETS = "secrets"
    APPROVAL = "approval"
    FRESHNESS = "freshness"
    MERGE = "merge"


class Tier(StrEnum):
    """How much a finding weighs: `block` and `confirm` stop, `warn` and `info` are shown."""

    BLOCK = "block"
    CONFIRM = "confirm"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in the change; the message never quotes a probable secret."""

    rule: str
    tier: Tier
    message: str
    path: str | None = None
    line: int | None = None
    commit: str | None = None
    controls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a gate does not pass, who can change that, and the next step."""

    code: str
    subject: str
    who_can_unblock: str
    next_action: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact that was looked at and not counted, with the reason."""

    what: str
    because: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says about one subject.

    `code` is stable and documented; `examined` says how many things were looked at, so that a
    pass over nothing is visible; `is_required` is False for "not required", which passes.
    """

    gate: GateName
    outcome: Outcome
    code: str
    title: str
    findings: tuple[Finding, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    seen: tuple[Seen, ...] = ()
    counted: tuple[str, ...] = ()
    examined: int = 0
    is_required: bool = True
    recheck_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts on one subject under one policy at one moment."""

    subject: Subject
    policy_digest: str
    policy_source: str
    facts_digest: str
    engine: str
    decided_at: datetime
    verdicts: tuple[Verdict, ...]
    rollup: Verdict


_BADNESS = (Outcome.PASS, Outcome.PENDING, Outcome.ERROR, Outcome.FAIL)


def badness(outcome: Outcome) -> int:
    """Rank an outcome: the higher, the worse."""
    return _BADNESS.index(outcome)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Let the worst outcome decide; no outcome at all is an error, since nothing was judged."""
    return max(outcomes, key=badness, default=Outcome.ERROR)
