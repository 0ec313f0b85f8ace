"""What the App must be granted for each gate, and what an installation lacks."""

import json
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.installing.rights import lacking
from app.store.tables import installation


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
