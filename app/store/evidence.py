"""Evidence that was handed in: rows are added and never changed; the newest of a kind counts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from app.store.tables import metadata
from app.store.times import moment, stamp
from app.store.upsert import insert_missing

_MOST = 500

evidence = Table(
    "evidence",
    metadata,
    Column("id", Text, primary_key=True),
    Column("repository_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("sha", Text, nullable=False),
    Column("tree", Text, nullable=False),
    Column("n", BigInteger),
    Column("source", Text, nullable=False),
    Column("observed_at", Text, nullable=False),
    Column("expires_at", Text),
    Column("baseline_value", Text),
    Column("baseline_sha", Text),
    Column("baseline_at", Text),
    Column("received_at", Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("run_attempt", Integer, nullable=False),
    Column("event", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("token_sha", Text, nullable=False),
    Column("workflow_ref", Text, nullable=False),
    Column("called_ref", Text, nullable=False),
    Column("base_ref", Text, nullable=False),
    Index("evidence_by_commit", "repository_id", "sha", "kind"),
    Index("evidence_by_tree", "repository_id", "tree", "kind"),
)


@dataclass(frozen=True, slots=True)
class Handed:
    """Evidence as a workflow run handed it in, with what its token says of the run."""

    id: str
    repository_id: int
    kind: str
    value: str
    unit: str
    sha: str
    tree: str
    source: str
    observed_at: datetime
    received_at: datetime
    run_id: int
    run_attempt: int
    event: str
    ref: str
    token_sha: str
    workflow_ref: str
    called_ref: str = ""
    base_ref: str = ""
    n: int | None = None
    expires_at: datetime | None = None
    baseline_value: str | None = None
    baseline_sha: str | None = None
    baseline_at: datetime | None = None


_MOMENTS = ("observed_at", "received_at", "expires_at", "baseline_at")


def keep(connection: sa.Connection, handed: Handed) -> bool:
    """Store evidence; False when the same was handed in before."""
    values = {each.name: getattr(handed, each.name) for each in fields(Handed)}
    values |= {name: stamp(values[name]) for name in _MOMENTS if values[name] is not None}
    return insert_missing(connection, evidence, **values)


def about(
    connection: sa.Connection, repository_id: int, kinds: Sequence[str], names: Sequence[str]
) -> tuple[Handed, ...]:
    """Return evidence of some kinds about commits or trees of these names, newest first."""
    query = (
        sa.select(evidence)
        .where(
            evidence.c.repository_id == repository_id,
            evidence.c.kind.in_(kinds),
            sa.or_(evidence.c.sha.in_(names), evidence.c.tree.in_(names)),
        )
        .order_by(evidence.c.observed_at.desc(), evidence.c.received_at.desc(), evidence.c.id)
        .limit(_MOST)
    )
    return tuple(_handed(row) for row in connection.execute(query).mappings())


def _handed(row: sa.RowMapping) -> Handed:
    values: dict[str, Any] = {each.name: row[each.name] for each in fields(Handed)}
    values |= {name: moment(values[name]) for name in _MOMENTS if values[name]}
    return Handed(**values)
