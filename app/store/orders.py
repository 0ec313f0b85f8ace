"""Orders as rows: a dangerous command that waits for people, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.commands.order import OrderState, Turn
from app.core.commands.scales import Risk, Tier
from app.core.facts import Sha
from app.store.order_tables import waiting_order
from app.store.times import moment, stamp
from app.store.upsert import insert_missing


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its row says; `params` is JSON about the thing that it stands on."""

    id: str
    account_id: int
    repository_id: int
    installation_id: int
    number: int
    comment_id: int
    verb: str
    command: str
    environment: str
    tier: Tier
    risk: Risk
    sha: Sha
    tree: str
    params: str
    policy_sha256: str
    requested_at: datetime
    requested_by: int
    requested_login: str
    expires_at: datetime
    state: OrderState = OrderState.WAITING
    code: str = ""
    detail: str = ""
    shown_id: int | None = None
    shown_digest: str = ""


_MOMENTS = ("requested_at", "expires_at")
_KINDS: Mapping[str, Any] = {"tier": Tier, "risk": Risk, "state": OrderState, "sha": Sha}


def create(connection: sa.Connection, made: Order) -> bool:
    """Store an order; False when its comment gave it before."""
    values = {each.name: getattr(made, each.name) for each in fields(Order)}
    stamps = {name: stamp(values[name]) for name in _MOMENTS}
    return insert_missing(connection, waiting_order, **(values | stamps))


def read(connection: sa.Connection, order_id: str) -> Order | None:
    """Return an order."""
    query = sa.select(waiting_order).where(waiting_order.c.id == order_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _order(row)


def _order(row: sa.RowMapping) -> Order:
    values = {each.name: row[each.name] for each in fields(Order)}
    values |= {name: moment(values[name]) for name in _MOMENTS}
    return Order(**(values | {name: kind(values[name]) for name, kind in _KINDS.items()}))


def waiting(
    connection: sa.Connection, repository_id: int, number: int | None = None
) -> tuple[Order, ...]:
    """Return the orders that wait, of one pull request if given, oldest first."""
    query = sa.select(waiting_order).where(
        waiting_order.c.repository_id == repository_id,
        waiting_order.c.state == OrderState.WAITING,
    )
    if number is not None:
        query = query.where(waiting_order.c.number == number)
    ordered = query.order_by(waiting_order.c.requested_at, waiting_order.c.id)
    return tuple(map(_order, connection.execute(ordered).mappings()))


def end(connection: sa.Connection, seen: Order, how: Turn) -> Order | None:
    """End an order that waits; None when somebody else ended it since."""
    ended = replace(seen, state=how.to, code=str(how.code), detail=how.detail)
    changed = connection.execute(
        waiting_order.update()
        .where(waiting_order.c.id == seen.id, waiting_order.c.state == OrderState.WAITING)
        .values(state=ended.state, code=ended.code, detail=ended.detail)
    )
    return ended if changed.rowcount == 1 else None


def remember_shown(connection: sa.Connection, order_id: str, comment_id: int, digest: str) -> None:
    """Keep which comment shows the order, and the digest of its text."""
    connection.execute(
        waiting_order.update()
        .where(waiting_order.c.id == order_id)
        .values(shown_id=comment_id, shown_digest=digest)
    )
