"""What the App must be granted for each gate, and what an installation lacks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.store.tables import installation

_LEVELS = ("none", "read", "write", "admin")
_EVERY = "every gate"

# Permission names as GitHub's API writes them; the level is the least that works.
NEEDED: tuple[tuple[str, str, str], ...] = (
    (_EVERY, "checks", "write"),
    (_EVERY, "contents", "read"),
    (_EVERY, "metadata", "read"),
    (_EVERY, "pull_requests", "read"),
    ("ci", "actions", "read"),
    ("ci", "statuses", "read"),
    ("approval", "issues", "read"),
    ("approval with teams", "members", "read"),
    ("merge groups", "merge_queues", "read"),
    ("commands", "pull_requests", "write"),
    ("deployments", "deployments", "write"),
    ("deployments by a workflow", "actions", "write"),
    ("incidents", "issues", "write"),
)


@dataclass(frozen=True, slots=True)
class Lack:
    """A permission that a gate needs and an installation does not grant."""

    installation_id: int
    account: str
    gate: str
    permission: str
    has: str
    needs: str
    page: str


def lacking(granted: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield gate, permission, what is granted and what is needed."""
    for gate, permission, needed in NEEDED:
        has = granted.get(permission, "none")
        if _rank(has) < _LEVELS.index(needed):
            yield gate, permission, has, needed


def _rank(level: str) -> int:
    return _LEVELS.index(level) if level in _LEVELS else 0


def report(connection: sa.Connection, github_url: str) -> tuple[Lack, ...] | None:
    """Return what every installation lacks, from what it granted when it was read last.

    None means that no installation is known, so that nothing can be said.
    """
    query = sa.select(installation).where(sa.not_(installation.c.removed))
    rows = connection.execute(query.order_by(installation.c.id)).all()
    if not rows:
        return None
    return tuple(
        Lack(
            installation_id=row.id,
            account=row.account_login,
            gate=gate,
            permission=permission,
            has=has,
            needs=needed,
            page=f"{github_url}/settings/installations/{row.id}",
        )
        for row in rows
        for gate, permission, has, needed in lacking(json.loads(row.permissions))
    )
