"""The published form of a judgement, and JSON Schemas (draft 2020-12) of judgements and facts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from app.core.facts import FACTS_SCHEMA, Facts, Subject
from app.core.verdict import GateName, Outcome, Seen, Tier

JUDGEMENT_ID = "gatewright:judgement:1"
FACTS_ID = "gatewright:facts:1"

_CLOSED = ConfigDict(extra="forbid", strict=True)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

JsonSchema = dict[str, object]


@dataclass(frozen=True, slots=True)
class FindingDocument:
    """A finding as it is published."""

    rule: str
    tier: Tier
    path: str | None
    line: int | None
    commit: str | None
    message: str
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlockerDocument:
    """A blocker as it is published; `doc` is where its code is explained."""

    code: str
    subject: str
    who_can_unblock: str
    next_action: str
    doc: str


@dataclass(frozen=True, slots=True)
class VerdictDocument:
    """A verdict as it is published; `required` is false for "not required", which passes."""

    verdict: Outcome
    code: str
    title: str
    required: bool
    examined: int
    findings: tuple[FindingDocument, ...]
    blockers: tuple[BlockerDocument, ...]
    counted: tuple[str, ...]
    seen: tuple[Seen, ...]
    recheck_at: datetime | None


@dataclass(frozen=True, slots=True)
class PolicyReference:
    """Which policy was applied: its SHA-256, and where it came from."""

    digest: str
    source: str


@dataclass(frozen=True, slots=True)
class FactsReference:
    """Which facts were judged: SHA-256 of their canonical bytes."""

    digest: str


@dataclass(frozen=True, slots=True)
class JudgementDocument:
    """A judgement as it is published; `verdict` repeats the rollup's, which is under `merge`."""

    schema: Literal["gatewright/judgement/1"]
    verdict: Outcome
    subject: Subject
    policy: PolicyReference
    facts: FactsReference
    engine: str
    decided_at: datetime
    gates: dict[GateName, VerdictDocument]
    merge: VerdictDocument


@cache
def facts_adapter() -> TypeAdapter[tuple[Facts]]:
    """Return the strict reader of an array that holds facts, built at its first use."""
    # NOTE: pydantic refuses a configuration beside a dataclass, takes one for a tuple, and hands
    # it down to every dataclass in it. Without one, unknown keys would be dropped silently.
    return TypeAdapter(tuple[Facts], config=_CLOSED)


def judgement_schema() -> JsonSchema:
    """Describe what `judgement_document` returns."""
    adapter = TypeAdapter(tuple[JudgementDocument], config=_CLOSED)
    definitions = adapter.json_schema(mode="serialization")["$defs"]
    return rooted(JUDGEMENT_ID, "JudgementDocument", definitions)


def facts_schema() -> JsonSchema:
    """Describe what `facts_from_bytes` accepts: parts may be left out, the version may not."""
    definitions = facts_adapter().json_schema(mode="validation")["$defs"]
    return versioned(FACTS_ID, "Facts", definitions, FACTS_SCHEMA)


def schema_text(schema: Mapping[str, object]) -> str:
    """Write a schema as it is committed."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def rooted(identifier: str, root: str, definitions: object) -> JsonSchema:
    """Return a schema whose document is one of its definitions."""
    return {
        "$schema": _DIALECT,
        "$id": identifier,
        "$ref": f"#/$defs/{root}",
        "$defs": definitions,
    }


def versioned(identifier: str, root: str, definitions: Any, version: str) -> JsonSchema:
    """Return a schema whose document must also name its version."""
    described = definitions[root]
    described["properties"]["schema"] = {"const": version, "title": "Schema"}
    described["required"] = [*described.get("required", ()), "schema"]
    return rooted(identifier, root, definitions)
