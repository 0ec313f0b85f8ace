"""What `/status` reminds of: freezes, orders that wait, reviews that are due."""

from collections.abc import Iterator

import sqlalchemy as sa

from app.core.text import code_span, quoted
from app.service.chatops.asked import Asked
from app.service.chatops.deploying.aftercare import Aftercare, missing_roles, reminders
from app.service.chatops.ordering.loan_page import due
from app.store import deployments, freezes, loans, orders
from app.store.freezes import PersonFreeze
from app.store.orders import Order


def due_lines(asked: Asked, connection: sa.Connection, environment: str | None) -> Iterator[str]:
    """Yield what people have to know or do, of one environment if one is named."""
    here = asked.seen.repository_id
    holding = freezes.holding(connection, here, asked.now)
    lines = (
        *((each.environment, _frozen(each)) for each in holding),
        *((each.environment, _waits(each)) for each in orders.waiting(connection, here)),
        *((each.loan.environment, due(each)) for each in loans.due(connection, here)),
        *_roles(connection, here),
    )
    yield from (line for where, line in lines if _is_of(environment, where))


def _roles(connection: sa.Connection, repository_id: int) -> Iterator[tuple[str, str]]:
    for each in deployments.history(connection, repository_id):
        found = Aftercare(roles=missing_roles(connection, each))
        yield from ((each.environment, line) for line in reminders(each, found))


def _is_of(wanted: str | None, environment: str) -> bool:
    """Tell whether something is about an environment; what is about every one always is."""
    return not wanted or environment.casefold() in ("", wanted.casefold())


def _waits(order: Order) -> str:
    until = f"{order.expires_at:%Y-%m-%d %H:%M} UTC"
    who = quoted(order.requested_login)
    return (
        f"Order {code_span(order.id)} by {who} in #{order.number} waits until {until}: "
        f"{code_span(order.command)}"
    )


def _frozen(each: PersonFreeze) -> str:
    where = quoted(each.environment) if each.environment else "Everything"
    return (
        f"{where} is frozen by {quoted(each.by_login)} until {each.until:%Y-%m-%d %H:%M} UTC: "
        f"{quoted(each.reason)}"
    )
