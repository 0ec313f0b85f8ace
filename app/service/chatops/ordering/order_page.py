"""The comment about an order, as people read it."""

import json
from collections.abc import Iterator, Mapping

from app.core.commands.order import OrderState
from app.core.policy.deployments import DeploymentPolicy
from app.core.text import code_span, quoted, table_cell
from app.service.chatops.deploying.approvals import Agreement
from app.service.chatops.deploying.page import missing
from app.service.chatops.ordering.loan_page import due
from app.service.chatops.ordering.placing import needed, wanted
from app.store.loans import Kept
from app.store.orders import Order

_MARKS: Mapping[OrderState, str] = {
    OrderState.WAITING: "🔷",
    OrderState.GRANTED: "✅",
    OrderState.REJECTED: "⛔",
}


def page(
    order: Order,
    agreed: Agreement | None,
    policy: DeploymentPolicy | None,
    lent: Kept | None,
) -> str:
    """Return the comment in Markdown: what was ordered, n of m, what came of it."""
    return "\n\n".join(part for part in _parts(order, agreed, policy, lent) if part)


def _parts(
    order: Order,
    agreed: Agreement | None,
    policy: DeploymentPolicy | None,
    lent: Kept | None,
) -> Iterator[str]:
    mark = _MARKS.get(order.state, "⌛")
    yield f"### {mark} Order {code_span(order.id)}: {order.state.value}"
    why = f" {code_span(order.code)}" if order.code else ""
    detail = f" {quoted(order.detail)}" if order.detail else ""
    what = json.loads(order.params)["what"]
    yield f"{what}, asked for by {quoted(order.requested_login)}.{why}{detail}"
    if order.state is OrderState.WAITING:
        yield _table(agreed)
        yield from _wait(order, policy)
    yield from _loan(lent)


def _table(agreed: Agreement | None) -> str:
    if agreed is None:
        return ""
    numbers = agreed.counted
    detail = f"{numbers.given} of {numbers.needed}{missing(agreed)}"
    head = "| check | result | |\n| --- | --- | --- |"
    return f"{head}\n| approvals | waiting | {table_cell(detail)} |"


def _wait(order: Order, policy: DeploymentPolicy | None) -> Iterator[str]:
    found = wanted(order, policy) if policy else None
    if policy is None or found is None:
        yield "The policy cannot be used at present, so that nobody knows who has to agree."
        return
    yield needed(found.needs, policy)
    yield (
        f"Somebody who may approve posts {code_span(f'/approve {order.id}')} "
        f"until {order.expires_at:%Y-%m-%d %H:%M} UTC."
    )


def _loan(lent: Kept | None) -> Iterator[str]:
    if lent is None:
        return
    name = lent.loan.id
    if lent.ended_at is None:
        yield (
            f"The pass {code_span(name)} counts until {lent.loan.until:%Y-%m-%d %H:%M} UTC, "
            f"or until the head moves; {code_span(f'/revoke {name}')} ends it now."
        )
    else:
        yield f"The pass {code_span(name)} is over: {code_span(lent.ended_by)}."
    if lent.is_due:
        yield due(lent)
    elif lent.used_by is not None:
        yield f"{code_span(lent.used_by)} needed it, and that was reviewed."
