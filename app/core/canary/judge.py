"""The judge of canaries: every expected check, and the worst of them decides."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from app.core.canary import alarms, points, ratios, shares, triggers
from app.core.canary.case import Case
from app.core.canary.limits import CheckName, Limits
from app.core.canary.samples import Baseline, Samples
from app.core.canary.verdict import (
    CanaryVerdict,
    Check,
    Code,
    ComparedWith,
    Decision,
    Result,
    decide,
)

CHECKS: Mapping[CheckName, Callable[[Case], Check]] = MappingProxyType(
    {
        CheckName.COMPLIANCE: points.compliance,
        CheckName.COMPLIANCE_DROP: alarms.compliance_drop,
        CheckName.SECURITY_ALERT: alarms.security_alert,
        CheckName.HEALTH: alarms.health,
        CheckName.ERROR_BURST: triggers.error_burst,
        CheckName.ERROR_RATE: shares.error_rate,
        CheckName.SLO_ERRORS: shares.slo_errors,
        CheckName.P99_RISE: triggers.p99_rise,
        CheckName.P99: shares.p99,
        CheckName.LATENCY_RISE: triggers.latency_rise,
        CheckName.P95: points.p95,
        CheckName.LATENCY: ratios.latency,
        CheckName.THROUGHPUT_SLO: points.throughput_slo,
        CheckName.THROUGHPUT: ratios.throughput,
        CheckName.DURATION: points.duration,
    }
)


def judge(samples: Samples, limits: Limits, now: datetime) -> CanaryVerdict:
    """Judge every expected check; more evidence is the only way from "cannot tell" to "go"."""
    case = Case.of(samples, limits, now)
    checks = tuple(judged(case) for name, judged in CHECKS.items() if name in limits.expected)
    decision = decide(check.result for check in checks)
    code, title = _named(checks, decision)
    return CanaryVerdict(
        decision=decision,
        code=code,
        title=title,
        sha=samples.sha,
        source=samples.source,
        baseline=_compared(samples.baseline, now),
        decided_at=now,
        checks=checks,
    )


def _compared(baseline: Baseline | None, now: datetime) -> ComparedWith | None:
    if baseline is None:
        return None
    age = int((now - baseline.observed_at).total_seconds())
    return ComparedWith(baseline.kind, baseline.sha, age)


def _named(checks: tuple[Check, ...], decision: Decision) -> tuple[Code, str]:
    """Name the first of the worst: compliance before latency before throughput."""
    if not checks:
        return Code.NOTHING_EXPECTED, "No check is expected, so nothing is known"
    if decision is Decision.GO:
        return Code.WITHIN, f"All {len(checks)} checks pass"
    worst = Result.FAIL if decision is Decision.PAUSE_AND_FIX else Result.INCONCLUSIVE
    bad = [check for check in checks if check.result is worst]
    others = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    return bad[0].code, f"{bad[0].name.value}: {bad[0].says}{others}"
