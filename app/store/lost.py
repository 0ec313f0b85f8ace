"""Deliveries that GitHub sent and we never got, and how far its list was looked through."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from app.ports import DeliverySeen
from app.store.tables import delivery, lost_delivery, progress
from app.store.times import moment, stamp
from app.store.upsert import insert, put

_DELIVERIES = "deliveries"
_HAS_ARRIVED = sa.exists().where(delivery.c.guid == lost_delivery.c.guid)


def read_to(connection: sa.Connection) -> datetime | None:
    """Return up to when every delivery has arrived or is noted as lost; None at the beginning."""
    query = sa.select(progress.c.reached).where(progress.c.name == _DELIVERIES)
    reached = connection.execute(query).scalar_one_or_none()
    return None if reached is None else moment(reached)


def set_read_to(connection: sa.Connection, reached: datetime) -> None:
    """Note up to when the list was looked through without leaving anything out."""
    put(connection, progress, name=_DELIVERIES, reached=stamp(reached))


def note(connection: sa.Connection, lost: Iterable[DeliverySeen]) -> None:
    """Note lost deliveries; a later attempt is asked for, the first one says how old it is."""
    for each in lost:
        values = {"delivery_id": each.id, "delivered_at": stamp(each.delivered_at)}
        statement = insert(connection, lost_delivery).values(guid=each.guid, **values)
        new, old = statement.excluded, lost_delivery.c
        changes = {
            "delivery_id": sa.case(
                (new.delivery_id > old.delivery_id, new.delivery_id), else_=old.delivery_id
            ),
            "delivered_at": sa.case(
                (new.delivered_at < old.delivered_at, new.delivered_at), else_=old.delivered_at
            ),
        }
        connection.execute(statement.on_conflict_do_update(index_elements=["guid"], set_=changes))


def forget(connection: sa.Connection, before: datetime) -> int:
    """Forget what has arrived, and what is too old to be sent again; count the latter."""
    connection.execute(lost_delivery.delete().where(_HAS_ARRIVED))
    too_old = lost_delivery.c.delivered_at < stamp(before)
    return connection.execute(lost_delivery.delete().where(too_old)).rowcount


def noted(connection: sa.Connection, since: datetime) -> tuple[DeliverySeen, ...]:
    """Return what was lost since a moment and has not arrived yet, oldest first."""
    query = (
        sa.select(lost_delivery)
        .where(lost_delivery.c.delivered_at >= stamp(since), sa.not_(_HAS_ARRIVED))
        .order_by(lost_delivery.c.delivered_at, lost_delivery.c.guid)
    )
    return tuple(
        DeliverySeen(row.delivery_id, row.guid, moment(row.delivered_at))
        for row in connection.execute(query)
    )
