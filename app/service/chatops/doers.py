"""Who does what: the function behind each command that this version carries out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.service.chatops.asked import Answer, Asked, no
from app.service.chatops.doing import (
    acks,
    freezing,
    gates,
    holds,
    incident_reviews,
    locks,
    orders,
    overrides,
    questions,
    reads,
    rechecks,
    retreats,
    sayings,
    steering,
)
from app.service.chatops.doing.rehearsal import simulated

Doer = Callable[[Asked, Command, sa.Connection], Answer]

_CHANGES: Mapping[str, Doer] = MappingProxyType(
    {
        "deploy": orders.deploy,
        "approve": sayings.approve,
        "reject": sayings.reject,
        "cancel": retreats.cancel,
        "abort": retreats.abort,
        "rollback": retreats.rollback,
        "pause": steering.pause,
        "resume": steering.resume,
        "promote": steering.promote,
        "hold": holds.hold,
        "unhold": holds.unhold,
        "recheck": rechecks.recheck,
        "lock": locks.lock,
        "unlock": locks.unlock,
        "review": incident_reviews.review,
        "ack": acks.acknowledge,
        "override": overrides.override,
        "revoke": overrides.revoke,
        "freeze": freezing.freeze,
        "unfreeze": freezing.unfreeze,
    }
)


def simulate(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Say what a command would do and what would stop it, all at once; do nothing."""
    inner = command.inner
    if inner is None or inner.verb not in _CHANGES:
        return no(command, Code.PARSE_ERROR, "Only what changes something is simulated.")
    if inner.verb == "deploy":
        return orders.deploy(asked, replace(inner, dry_run=True), connection)
    return simulated(inner, _CHANGES[inner.verb](asked, inner, connection))


DOERS: Mapping[str, Doer] = MappingProxyType(
    {
        "help": questions.show_help,
        "whoami": questions.show_level,
        "status": questions.show_status,
        "history": questions.show_history,
        "why": questions.show_why,
        "gates": gates.show_gates,
        "queue": reads.show_queue,
        "diff": reads.show_diff,
        "simulate": simulate,
        **_CHANGES,
    }
)
