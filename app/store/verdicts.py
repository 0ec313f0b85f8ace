"""Recorded verdicts, the details they were computed from, and what was published of them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.verdict import GateName, Outcome
from app.store.tables import detail, publication, pull_request, verdict
from app.store.times import moment, stamp
from app.store.upsert import insert_missing, put


@dataclass(frozen=True, slots=True)
class Recorded:
    """A verdict as it was recorded; `gates` are the outcomes by gate, the rollup included."""

    id: str
    account_id: int
    repository_id: int
    subject_key: str
    pull_request: int | None
    head_sha: str
    base_ref: str
    base_sha: str
    code: str
    gates: tuple[tuple[str, str], ...]
    facts_sha256: str
    policy_sha256: str
    judgement_sha256: str
    decided_at: str

    def outcome(self, gate: GateName) -> Outcome:
        """Return what was recorded for a gate; a gate that is not there could not be judged."""
        return Outcome(dict(self.gates).get(gate.value, Outcome.ERROR.value))


@dataclass(frozen=True, slots=True)
class Publication:
    """A check run as it should stand on GitHub and whether it is known to stand there.

    `unsure` marks a first write that may have happened without our knowing; it is not stored.
    """

    repository_id: int
    head_sha: str
    name: str
    generation: int
    external_id: str
    check_run_id: int | None
    digest: str
    outcome: str
    annotated: bool
    posted: bool
    verdict_id: str
    writes: int = 1
    unsure: bool = False
    written_at: datetime | None = None


def keep_detail(connection: sa.Connection, media_type: str, body: bytes) -> str:
    """Store bytes under their SHA-256 and return it; the same bytes are stored once."""
    digest = hashlib.sha256(body).hexdigest()
    insert_missing(connection, detail, sha256=digest, media_type=media_type, body=body)
    return digest


def read_detail(connection: sa.Connection, digest: str) -> bytes | None:
    """Return stored bytes; None when there are none under this digest."""
    body = connection.execute(sa.select(detail.c.body).where(detail.c.sha256 == digest)).scalar()
    return None if body is None else bytes(body)


def media_type(connection: sa.Connection, digest: str) -> str | None:
    """Return what kind of bytes are stored under a digest."""
    query = sa.select(detail.c.media_type).where(detail.c.sha256 == digest)
    return connection.execute(query).scalar_one_or_none()


def keep(connection: sa.Connection, recorded: Recorded) -> bool:
    """Store a verdict; False when the very same one is there already."""
    return insert_missing(
        connection,
        verdict,
        id=recorded.id,
        account_id=recorded.account_id,
        repository_id=recorded.repository_id,
        subject_key=recorded.subject_key,
        pull_request=recorded.pull_request,
        head_sha=recorded.head_sha,
        base_ref=recorded.base_ref,
        base_sha=recorded.base_sha,
        outcome=recorded.outcome(GateName.MERGE).value,
        code=recorded.code,
        gates=json.dumps(dict(recorded.gates), sort_keys=True),
        facts_sha256=recorded.facts_sha256,
        policy_sha256=recorded.policy_sha256,
        judgement_sha256=recorded.judgement_sha256,
        decided_at=recorded.decided_at,
    )


def _recorded(row: sa.Row[tuple[object, ...]]) -> Recorded:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return Recorded(
        id=found["id"],
        account_id=found["account_id"],
        repository_id=found["repository_id"],
        subject_key=found["subject_key"],
        pull_request=found["pull_request"],
        head_sha=found["head_sha"],
        base_ref=found["base_ref"],
        base_sha=found["base_sha"],
        code=found["code"],
        gates=tuple(sorted(json.loads(found["gates"]).items())),
        facts_sha256=found["facts_sha256"],
        policy_sha256=found["policy_sha256"],
        judgement_sha256=found["judgement_sha256"],
        decided_at=found["decided_at"],
    )


def find(connection: sa.Connection, verdict_id: str) -> Recorded | None:
    """Return a verdict by its whole id."""
    row = connection.execute(sa.select(verdict).where(verdict.c.id == verdict_id)).one_or_none()
    return None if row is None else _recorded(row)


def starting(connection: sa.Connection, start: str, limit: int = 2) -> tuple[Recorded, ...]:
    """Return verdicts whose ids start like this, as a person types them."""
    query = sa.select(verdict).where(verdict.c.id.startswith(start, autoescape=True))
    rows = connection.execute(query.order_by(verdict.c.id).limit(limit))
    return tuple(_recorded(row) for row in rows)


def newest(connection: sa.Connection, limit: int = 20) -> tuple[Recorded, ...]:
    """Return the newest verdicts first."""
    query = sa.select(verdict).order_by(verdict.c.decided_at.desc(), verdict.c.id).limit(limit)
    return tuple(_recorded(row) for row in connection.execute(query))


def current(
    connection: sa.Connection, repository_id: int, numbers: Sequence[int]
) -> dict[int, Recorded]:
    """Return the newest verdict of each of the pull requests that has one."""
    query = (
        sa.select(verdict)
        .join(pull_request, pull_request.c.verdict_id == verdict.c.id)
        .where(
            pull_request.c.repository_id == repository_id,
            pull_request.c.number.in_(tuple(numbers)),
        )
    )
    found = [_recorded(row) for row in connection.execute(query)]
    return {item.pull_request: item for item in found if item.pull_request is not None}


def publications(
    connection: sa.Connection, repository_id: int, head_sha: str
) -> dict[str, Publication]:
    """Return what should stand on a commit, by check name."""
    query = sa.select(publication).where(
        publication.c.repository_id == repository_id, publication.c.head_sha == head_sha
    )
    return {
        row.name: Publication(
            repository_id=row.repository_id,
            head_sha=row.head_sha,
            name=row.name,
            generation=row.generation,
            external_id=row.external_id,
            check_run_id=row.check_run_id,
            digest=row.digest,
            outcome=row.outcome,
            annotated=bool(row.annotated),
            posted=bool(row.posted),
            verdict_id=row.verdict_id,
            writes=row.writes,
            written_at=moment(row.updated_at),
        )
        for row in connection.execute(query)
    }


def intend(connection: sa.Connection, planned: Publication, now: datetime) -> None:
    """Record what is about to be published, replacing what stood there."""
    put(
        connection,
        publication,
        repository_id=planned.repository_id,
        head_sha=planned.head_sha,
        name=planned.name,
        generation=planned.generation,
        external_id=planned.external_id,
        check_run_id=planned.check_run_id,
        digest=planned.digest,
        outcome=planned.outcome,
        annotated=planned.annotated,
        posted=planned.posted,
        verdict_id=planned.verdict_id,
        writes=planned.writes,
        updated_at=stamp(now),
    )
