"""Facts of readiness in few words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.core.facts import Sha
from app.core.readiness.evidence import Evidence, Unit, Version
from app.core.readiness.report import ReadinessFacts
from app.core.readiness.rules import Rule

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEAD, OTHER, LIVE = (Sha(digit * 40) for digit in "123")
TREE, LIVE_TREE = "t" * 40, "v" * 40


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def evidence(kind: str, value: str, unit: Unit = Unit.PASSED, **more) -> Evidence:
    """Return evidence of the head, an hour old."""
    given = {"sha": HEAD, "monitor_id": "run:7/1", "observed_at": ago(hours=1), **more}
    return Evidence(kind, Decimal(value), unit, **given)


def facts(*seen: Evidence, rules: tuple[Rule, ...], **more) -> ReadinessFacts:
    """Return facts of a commit that goes to staging, where another version is live."""
    given = {"live": Version(LIVE, LIVE_TREE), **more}
    return ReadinessFacts("req-1", "staging", HEAD, TREE, rules=rules, evidence=seen, **given)
