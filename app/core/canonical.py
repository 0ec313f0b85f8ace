"""Values as canonical JSON (RFC 8785), digests of it, facts read back, judgements as documents.

Equal values give equal bytes, so a digest names a value.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256
from typing import TypeAlias

import rfc8785
from pydantic import ValidationError

from app.core.facts import FACTS_SCHEMA, Facts
from app.core.schema import (
    BlockerDocument,
    FactsReference,
    FindingDocument,
    JudgementDocument,
    PolicyReference,
    VerdictDocument,
    facts_adapter,
)
from app.core.verdict import Blocker, Finding, Judgement, Verdict
from app.errors import GatewrightError

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_DOCUMENTATION = "docs/gates.md"
_MILLISECOND = 1000


class CanonicalError(GatewrightError, ValueError):
    """A value has no canonical form: a naive time, a number or text JSON cannot hold."""


class FactsUnreadableError(GatewrightError, ValueError):
    """Bytes are not facts of a version that is known."""


def canonical(value: object) -> bytes:
    """Return the one canonical JSON text of a value made of our dataclasses and plain values."""
    try:
        return rfc8785.dumps(to_plain(value))
    except CanonicalError:
        raise
    except (ValueError, RecursionError) as error:
        raise CanonicalError(f"no canonical form: {type(error).__name__}") from error


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return sha256(content).hexdigest()


def to_plain(value: object) -> Plain:
    """Return a value as JSON knows it; times become UTC text that is read back exactly."""
    if isinstance(value, Enum):
        return to_plain(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, Mapping):
        return {_key(key): to_plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(each) for each in value]
    return _fields(value)


def facts_to_bytes(facts: Facts) -> bytes:
    """Return the canonical bytes whose digest stands in the verdict."""
    return canonical(facts)


def facts_from_bytes(content: bytes) -> Facts:
    """Read facts strictly: known version, no unknown or repeated keys, aware times."""
    try:
        loaded = json.loads(content, object_pairs_hook=_without_repeated_keys)
    except (ValueError, RecursionError) as error:
        raise FactsUnreadableError(f"not JSON: {error}") from error
    if not isinstance(loaded, dict) or loaded.get("schema") != FACTS_SCHEMA:
        raise FactsUnreadableError(f"not facts of the version {FACTS_SCHEMA}, the only one known")
    return _validated(content)


def judgement_document(judgement: Judgement) -> dict[str, Plain]:
    """Return a judgement in its published JSON form, whose schema is `judgement_schema()`."""
    document = JudgementDocument(
        schema="gatewright/judgement/1",
        verdict=judgement.rollup.outcome,
        subject=judgement.subject,
        policy=PolicyReference(judgement.policy_digest, judgement.policy_source),
        facts=FactsReference(judgement.facts_digest),
        engine=judgement.engine,
        decided_at=judgement.decided_at,
        gates={verdict.gate: _verdict(verdict) for verdict in judgement.verdicts},
        merge=_verdict(judgement.rollup),
    )
    return _fields(document)


def documentation_of(code: str) -> str:
    """Return the anchor in the documentation that explains a reason code."""
    return f"{_DOCUMENTATION}#{code.lower()}"


def _validated(content: bytes) -> Facts:
    try:
        (facts,) = facts_adapter().validate_json(b"[" + content + b"]")
        # What cannot be written again, such as a time without a zone, was never written by us.
        canonical(facts)
    except ValidationError as error:
        raise FactsUnreadableError(_first_mistake(error)) from error
    except CanonicalError as error:
        raise FactsUnreadableError(str(error)) from error
    return facts


def _verdict(verdict: Verdict) -> VerdictDocument:
    return VerdictDocument(
        verdict=verdict.outcome,
        code=verdict.code,
        title=verdict.title,
        required=verdict.is_required,
        examined=verdict.examined,
        findings=tuple(_finding(finding) for finding in verdict.findings),
        blockers=tuple(_blocker(blocker) for blocker in verdict.blockers),
        counted=verdict.counted,
        seen=verdict.seen,
        recheck_at=verdict.recheck_at,
    )


def _finding(finding: Finding) -> FindingDocument:
    return FindingDocument(
        rule=finding.rule,
        tier=finding.tier,
        path=finding.path,
        line=finding.line,
        commit=finding.commit,
        message=finding.message,
        controls=finding.controls,
    )


def _blocker(blocker: Blocker) -> BlockerDocument:
    return BlockerDocument(
        code=blocker.code,
        subject=blocker.subject,
        who_can_unblock=blocker.who_can_unblock,
        next_action=blocker.next_action,
        doc=documentation_of(blocker.code),
    )


def _fields(value: object) -> dict[str, Plain]:
    if isinstance(value, type) or not is_dataclass(value):
        raise CanonicalError(f"a {type(value).__name__} has no canonical form")
    return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}


def _key(key: object) -> str:
    plain = to_plain(key)
    if not isinstance(plain, str):
        raise CanonicalError("the keys of a JSON object are texts")
    return plain


def _moment(value: datetime) -> str:
    """Write a time with milliseconds, and with microseconds where it has them."""
    if value.utcoffset() is None:
        raise CanonicalError("a time without a zone has no canonical form")
    try:
        utc = value.astimezone(UTC)
    except OverflowError as error:
        raise CanonicalError("a time beyond the calendar has no canonical form") from error
    unit = "microseconds" if utc.microsecond % _MILLISECOND else "milliseconds"
    return f"{utc.replace(tzinfo=None).isoformat(timespec=unit)}Z"


def _without_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse what two readers of the same bytes could understand differently."""
    loaded = dict(pairs)
    if len(loaded) < len(pairs):
        raise FactsUnreadableError("a key is repeated in an object")
    return loaded


def _first_mistake(error: ValidationError) -> str:
    """Name the place and the mistake, never the value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(step) for step in first["loc"][1:]) or "the whole"
    return f"{place}: {first['msg']}"
