"""The published form of a readiness report, and JSON Schemas of it and of its facts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

from app.core.canary.verdict import Decision, Result
from app.core.canonical import Plain, to_plain
from app.core.readiness.codes import Code, documentation_of
from app.core.readiness.reading import CLOSED, FACTS_SCHEMA, facts_adapter
from app.core.readiness.report import Report, Statement
from app.core.readiness.rules import Stage
from app.core.schema import JsonSchema, rooted, versioned

REPORT_SCHEMA = "gatewright/readiness/1"


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """A statement as it is published; `value` is a decimal number as text."""

    name: str
    result: Result
    code: Code
    says: str
    limit: str
    value: str | None
    unit: str
    n: int | None
    age_seconds: int | None
    source: str
    would_change: str
    notes: tuple[str, ...]
    monitor_id: str
    deploy_run_id: str
    experiment_hash: str
    doc: str


@dataclass(frozen=True, slots=True)
class StageDocument:
    """One stage and its statements."""

    stage: Stage
    statements: tuple[StatementDocument, ...]


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A readiness report as it is published."""

    schema: Literal["gatewright/readiness/1"]
    decision: Decision
    title: str
    environment: str
    sha: str
    deploy_run_id: str
    experiment_hash: str
    decided_at: datetime
    stages: tuple[StageDocument, ...]


def report_document(report: Report) -> Plain:
    """Return a report in its published JSON form, whose schema is `report_schema()`."""
    return to_plain(
        ReportDocument(
            schema="gatewright/readiness/1",
            decision=report.decision,
            title=report.title,
            environment=report.environment,
            sha=report.sha,
            deploy_run_id=report.deploy_run_id,
            experiment_hash=report.experiment_hash,
            decided_at=report.decided_at,
            stages=tuple(
                StageDocument(stage, tuple(map(_statement, found)))
                for stage, found in report.stages()
            ),
        )
    )


def _statement(each: Statement) -> StatementDocument:
    return StatementDocument(
        name=each.name,
        result=each.result,
        code=each.code,
        says=each.says,
        limit=each.limit,
        value=None if each.value is None else f"{each.value:f}",
        unit=each.unit,
        n=each.n,
        age_seconds=each.age_seconds,
        source=each.source,
        would_change=each.would_change,
        notes=each.notes,
        monitor_id=each.monitor_id,
        deploy_run_id=each.deploy_run_id,
        experiment_hash=each.experiment_hash,
        doc=documentation_of(each.code),
    )


def report_schema() -> JsonSchema:
    """Describe what `report_document` returns."""
    described = TypeAdapter(tuple[ReportDocument], config=CLOSED)
    definitions = described.json_schema(mode="serialization")["$defs"]
    return rooted("gatewright:readiness:1", "ReportDocument", definitions)


def facts_schema() -> JsonSchema:
    """Describe what `facts_from_bytes` accepts."""
    definitions = facts_adapter().json_schema(mode="validation")["$defs"]
    return versioned("gatewright:readiness-facts:1", "ReadinessFacts", definitions, FACTS_SCHEMA)
