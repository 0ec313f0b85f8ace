"""The published form of a canary's verdict, and JSON Schemas of it, of samples and of limits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

from app.core.canary.limits import LIMITS_SCHEMA, CheckName
from app.core.canary.reading import CLOSED, limits_adapter, samples_adapter
from app.core.canary.samples import SAMPLES_SCHEMA
from app.core.canary.verdict import (
    MEANING,
    CanaryVerdict,
    Check,
    Code,
    ComparedWith,
    Decision,
    Result,
)
from app.core.canonical import Plain, to_plain
from app.core.schema import JsonSchema, rooted, versioned

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class CheckDocument:
    """A check as it is published; `ci95` is `[low, high]`, numbers have nine digits."""

    name: CheckName
    result: Result
    code: Code
    says: str
    value: float | None
    limit: str
    unit: str
    n: int | None
    ci95: tuple[float, float] | None
    age_seconds: int
    source: str
    would_change: str
    notes: tuple[str, ...]
    doc: str


@dataclass(frozen=True, slots=True)
class CanaryDocument:
    """A canary's verdict as it is published."""

    schema: Literal["gatewright/canary-verdict/1"]
    decision: Decision
    code: Code
    title: str
    sha: str
    source: str
    baseline: ComparedWith | None
    decided_at: datetime
    checks: tuple[CheckDocument, ...]


def canary_document(verdict: CanaryVerdict) -> Plain:
    """Return a verdict in its published JSON form, whose schema is `verdict_schema()`."""
    return to_plain(
        CanaryDocument(
            schema="gatewright/canary-verdict/1",
            decision=verdict.decision,
            code=verdict.code,
            title=verdict.title,
            sha=verdict.sha,
            source=verdict.source,
            baseline=verdict.baseline,
            decided_at=verdict.decided_at,
            checks=tuple(_check(each) for each in verdict.checks),
        )
    )


def documentation_of(code: Code) -> str:
    """Return the anchor in the documentation that explains a reason code."""
    return f"docs/canary.md#{code.value.lower()}"


def code_table() -> str:
    """Return the reason codes as a Markdown table whose rows can be linked to by code."""
    rows = [f'| <a id="{code.value.lower()}"></a>`{code}` | {MEANING[code]} |' for code in Code]
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def verdict_schema() -> JsonSchema:
    """Describe what `canary_document` returns."""
    described = TypeAdapter(tuple[CanaryDocument], config=CLOSED)
    definitions = described.json_schema(mode="serialization")["$defs"]
    return rooted("gatewright:canary-verdict:1", "CanaryDocument", definitions)


def samples_schema() -> JsonSchema:
    """Describe what `samples_from_bytes` accepts."""
    definitions = samples_adapter().json_schema(mode="validation")["$defs"]
    return versioned("gatewright:canary-samples:1", "Samples", definitions, SAMPLES_SCHEMA)


def limits_schema() -> JsonSchema:
    """Describe what `limits_from_bytes` accepts."""
    definitions = limits_adapter().json_schema(mode="validation")["$defs"]
    return versioned("gatewright:canary-limits:1", "Limits", definitions, LIMITS_SCHEMA)


def _check(check: Check) -> CheckDocument:
    return CheckDocument(
        name=check.name,
        result=check.result,
        code=check.code,
        says=check.says,
        value=None if check.value is None else _rounded(check.value),
        limit=check.limit,
        unit=check.unit,
        n=check.n,
        ci95=None if check.ci95 is None else (_rounded(check.ci95[0]), _rounded(check.ci95[1])),
        age_seconds=check.age_seconds,
        source=check.source,
        would_change=check.would_change,
        notes=check.notes,
        doc=documentation_of(check.code),
    )


def _rounded(value: float) -> float:
    # Mathematical libraries differ in the last digits; the same samples give the same bytes.
    return float(f"{value:.{_DIGITS}g}")
