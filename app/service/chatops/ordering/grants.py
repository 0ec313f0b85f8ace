"""What orders do once people agreed: looked at and done in the transaction that grants them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.order import OrderState, Turn
from app.core.deploy.codes import Code
from app.core.deploy.history import Past, named_target
from app.core.deploy.loans import Loan
from app.core.deploy.observed import Refusal
from app.core.deploy.states import State
from app.core.facts import Sha
from app.service.chatops.deploying.objections import as_past, quarantined
from app.service.chatops.record import reviewed
from app.store import deployments, environment_locks, freezes, incidents, loans, orders
from app.store.deployments import Stored
from app.store.environment_locks import by_person
from app.store.incidents import Event, What
from app.store.orders import Order

TAKING_TRAFFIC = (State.CANARY, State.HELD_SHADOW)
UNREVIEWED = (State.REVIEW_REQUIRED, State.ROLLBACK_FAILED)


@dataclass(frozen=True, slots=True)
class Done:
    """What an order did: its entries in the log, and the deployments that have to look again."""

    entries: tuple[Draft, ...] = ()
    woken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """How an order takes effect; `check` says what changed since it was given, in the store."""

    check: Callable[[sa.Connection, Order, datetime], Refusal | None]
    carry_out: Callable[[sa.Connection, Order, datetime], Done]


def _stale(detail: str) -> Refusal:
    return Refusal(Code.STALE, detail)


# A pass for one gate


def loan_id(order_id: str) -> str:
    """Return the id of what an order lends."""
    return order_id.replace("ord-", "ovr-")


def _nothing(_: sa.Connection, __: Order, ___: datetime) -> None:
    """Find nothing in the store on which the order stands."""


def _lend(connection: sa.Connection, order: Order, now: datetime) -> Done:
    facts = json.loads(order.params)
    lent = Loan(
        id=loan_id(order.id),
        gate=facts["gate"],
        environment=order.environment,
        sha=order.sha,
        by=order.requested_login,
        until=now + timedelta(seconds=facts["seconds"]),
        reason=facts["reason"],
        ticket=facts["ticket"],
    )
    place = (order.repository_id, order.number, order.requested_by)
    loans.create(connection, loans.Kept(lent, order.id, *place, granted_at=now))
    fields = loan_fields(lent, order.repository_id) | {"until": f"{lent.until:%Y-%m-%dT%H:%M:%SZ}"}
    entry = Draft(EntryType.LOAN_GRANTED, f"loan:{order.repository_id}:{lent.id}", fields)
    return Done((entry,), _unfinished(connection, order.repository_id, order.environment))


def loan_fields(lent: Loan, repository_id: int) -> dict[str, str]:
    """Return what the log's entries about a loan begin with."""
    return {
        "repo": str(repository_id),
        "loan": lent.id,
        "env": lent.environment,
        "gate": lent.gate,
        "rev": f"gitCommit:{lent.sha}",
    }


# A freeze that people set


def _unfreezable(connection: sa.Connection, order: Order, now: datetime) -> Refusal | None:
    wanted = set(json.loads(order.params)["freezes"])
    holding = {each.id for each in freezes.holding(connection, order.repository_id, now)}
    return None if wanted & holding else _stale("the freeze is over already")


def _unfreeze(connection: sa.Connection, order: Order, now: datetime) -> Done:
    wanted = json.loads(order.params)["freezes"]
    freezes.lift(connection, wanted, now)
    entries = tuple(_lifted(order, each) for each in wanted)
    return Done(entries, _unfinished(connection, order.repository_id, order.environment))


def _lifted(order: Order, freeze_id: str) -> Draft:
    fields = {
        "repo": str(order.repository_id),
        "freeze": freeze_id,
        "env": order.environment,
        "by": str(order.requested_by),
        "order": order.id,
    }
    return Draft(EntryType.FREEZE_LIFTED, f"unfreeze:{order.repository_id}:{freeze_id}", fields)


# Somebody else's lock


def _same_lock(connection: sa.Connection, order: Order, now: datetime) -> Refusal | None:
    facts = json.loads(order.params)
    place = (order.repository_id, by_person(order.environment))
    found = environment_locks.lock_of(connection, *place)
    if found is None or not found.is_alive(now):
        return _stale("the lock was given up")
    is_same = (found.holder, found.fencing) == (facts["holder"], facts["fencing"])
    return None if is_same else _stale("somebody else has locked it since")


def _unlock(connection: sa.Connection, order: Order, _: datetime) -> Done:
    place = (order.repository_id, by_person(order.environment))
    holder = json.loads(order.params)["holder"]
    environment_locks.release_lock(connection, *place, holder)
    return Done(woken=_unfinished(connection, order.repository_id, order.environment))


# A rollback to a version that people name


@dataclass(frozen=True, slots=True)
class Retreat:
    """A chosen rollback as it stands: the live deployment, and the one to go back to."""

    live: Stored
    target: Past


def retreat(past: Sequence[Stored], sha: Sha) -> Retreat | Refusal:
    """Return what going back to a commit would do among an environment's deployments."""
    live = [each for each in past if each.state is State.SUCCEEDED]
    if not live:
        return Refusal("no_rollback_target", "nothing is live there")
    history = [as_past(each) for each in past]
    target = named_target(as_past(live[-1]), history, quarantined(past), sha)
    return target if isinstance(target, Refusal) else Retreat(live[-1], target)


def _can_retreat(connection: sa.Connection, order: Order, now: datetime) -> Refusal | None:
    lock = environment_locks.lock_of(connection, order.repository_id, order.environment)
    if lock is not None and lock.is_alive(now):
        return _stale(f"{lock.holder} is under way there")
    past = deployments_of(connection, order.repository_id, order.environment)
    found = retreat(past, order.sha)
    if isinstance(found, Refusal):
        return found
    facts = json.loads(order.params)
    is_same = (found.live.id, found.target.id) == (facts["live"], facts["to"])
    return None if is_same else _stale(f"{found.live.id} is live there now")


def _retreat(connection: sa.Connection, order: Order, _: datetime) -> Done:
    facts = json.loads(order.params)
    wishes = {"aborted_by": order.requested_login, "rollback_to": facts["to"]}
    deployments.note(connection, facts["live"], **wishes)
    return Done(woken=(facts["live"],))


# The review of an incident


def _is_unreviewed(connection: sa.Connection, order: Order, _: datetime) -> Refusal | None:
    found = [deployments.read(connection, each) for each in json.loads(order.params)["closing"]]
    is_open = any(each is not None and each.state in UNREVIEWED for each in found)
    return None if is_open else _stale("the incident is reviewed already")


def _review(connection: sa.Connection, order: Order, now: datetime) -> Done:
    facts = json.loads(order.params)
    for each in facts["closing"]:
        deployments.note(connection, each, cleared_by=Sha(facts["fix"]))
    _tell_incident(connection, order, facts, now)
    bad = deployments.read(connection, facts["closing"][0])
    who, body = order.requested_by, facts["body"]
    entries = (reviewed(bad, facts["incident"], who, (Sha(facts["fix"]), body)),) if bad else ()
    return Done(entries, tuple(facts["closing"]))


def _tell_incident(
    connection: sa.Connection, order: Order, facts: Mapping[str, Any], now: datetime
) -> None:
    """Keep what the review says, for the incident's issue to show."""
    found = incidents.named(connection, order.repository_id, facts["incident"])
    if found is not None:
        told, by = json.dumps(facts["review"]), (order.requested_by, order.requested_login)
        made = Event(What.REVIEWED, str(order.comment_id), now, told, *by)
        incidents.note(connection, found, made)


def _unfinished(connection: sa.Connection, repository_id: int, environment: str) -> tuple[str, ...]:
    """Return the deployments on their way to an environment, or anywhere."""
    return tuple(
        each.id
        for each in deployments.unfinished(connection, repository_id)
        if environment.casefold() in ("", each.environment.casefold())
    )


def deployments_of(connection: sa.Connection, repository_id: int, environment: str) -> list[Stored]:
    """Return an environment's deployments, oldest first."""
    found = deployments.history(connection, repository_id)
    return [each for each in found if each.environment.casefold() == environment.casefold()]


# A canary that has not passed


def _is_canary(connection: sa.Connection, order: Order, _: datetime) -> Refusal | None:
    found = deployments.read(connection, json.loads(order.params)["deployment"])
    if found is not None and found.state in TAKING_TRAFFIC:
        return None
    return _stale("the canary is none any more")


def _promote(connection: sa.Connection, order: Order, _: datetime) -> Done:
    name = json.loads(order.params)["deployment"]
    facts = {"promoted_by": order.requested_login, "promoted_anyway": True}
    deployments.note(connection, name, **facts)
    return Done(woken=(name,))


GRANTS: Mapping[str, Grant] = MappingProxyType(
    {
        "override": Grant(_nothing, _lend),
        "unfreeze": Grant(_unfreezable, _unfreeze),
        "unlock": Grant(_same_lock, _unlock),
        "rollback": Grant(_can_retreat, _retreat),
        "promote": Grant(_is_canary, _promote),
        "review": Grant(_is_unreviewed, _review),
    }
)


def end_loan(
    connection: sa.Connection, kept: loans.Kept, why: str, by: int | None, now: datetime
) -> tuple[Draft, ...]:
    """End a loan before its time or at it, once, and return its entry in the log."""
    if not loans.end(connection, kept.loan.id, why, now):
        return ()
    fields = loan_fields(kept.loan, kept.repository_id) | {"code": why, "by": str(by or "")}
    key = f"loan:{kept.repository_id}:{kept.loan.id}:ended"
    return (Draft(EntryType.LOAN_ENDED, key, fields),)


def revoke(connection: sa.Connection, order: Order, by: str) -> Order | None:
    """Take an order back that still waits."""
    return orders.end(connection, order, Turn(OrderState.REVOKED, Code.REVOKED, by))
