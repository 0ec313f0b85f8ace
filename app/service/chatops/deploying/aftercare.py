"""What is looked at after a deployment began: gates that were lent, and roles that review it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from app.core.deploy.loans import Loan
from app.core.deploy.observed import Kind
from app.core.deploy.states import State
from app.core.gates.wording import listed
from app.core.text import code_span
from app.service.chatops.ordering.loan_page import due
from app.store import after_reviews, deployments, loans
from app.store.deployments import Stored

# What ended in these never had anything that somebody could look at afterwards.
_NOTHING_DONE = (
    State.REQUESTED,
    State.AWAITING_APPROVAL,
    State.QUEUED,
    State.GATING,
    State.REFUSED,
    State.BLOCKED,
    State.EXPIRED,
    State.REJECTED,
    State.CANCELLED,
    State.SUPERSEDED,
    State.FAILED,
)


@dataclass(frozen=True, slots=True)
class Aftercare:
    """What people still have to look at, and which gates were lent to the deployment."""

    used: tuple[loans.Kept, ...] = ()
    roles: tuple[str, ...] = ()


NOTHING_DUE = Aftercare()


def aftercare(connection: sa.Connection, stored: Stored) -> Aftercare:
    """Return what is to be looked at of one deployment."""
    return Aftercare(loans.used_by(connection, stored.id), missing_roles(connection, stored))


def missing_roles(connection: sa.Connection, stored: Stored) -> tuple[str, ...]:
    """Return the roles that still have to look at a deployment that began."""
    wanted = json.loads(stored.review_after)
    if not wanted or stored.state in _NOTHING_DONE:
        return ()
    seen = after_reviews.of(connection, stored.id)
    return tuple(role for role in wanted if role not in seen)


def begin(
    connection: sa.Connection, begun: Stored, lent: Iterable[Loan], roles: Iterable[str]
) -> Stored:
    """Note with a deployment's start which loans it needed and who looks at it afterwards."""
    if begun.state is not State.DEPLOYING or begun.kind is Kind.ROLLBACK:
        return begun
    for each in lent:
        loans.use(connection, each.id, begun.id)
    kept = json.dumps(list(roles))
    if kept == begun.review_after:
        return begun
    deployments.note(connection, begun.id, review_after=kept)
    return replace(begun, review_after=kept)


def reminders(stored: Stored, found: Aftercare) -> list[str]:
    """Say what is still to be looked at, each in a sentence."""
    lines = [due(each) for each in found.used if each.is_due]
    if found.roles:
        lines.append(
            f"Still to be looked at by {listed(found.roles)}, with "
            f"{code_span(f'/approve {stored.id}')} (`review_due`)."
        )
    return lines
