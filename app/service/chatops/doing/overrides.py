"""`/override` and `/revoke`: a pass for one gate as a recorded loan, and taking things back."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.admission import Decision, admit_code
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation
from app.core.deploy.codes import Code as Step
from app.core.deploy.loans import DEFAULT_LENGTH, LONGEST
from app.core.deploy.states import State
from app.core.gates.wording import listed
from app.core.policy.deployments import Environment
from app.core.text import code_span, quoted
from app.service import keys
from app.service.chatops import plan
from app.service.chatops.asked import Answer, Asked, done, no
from app.service.chatops.doing.orders import environment_of, refused, tier_of
from app.service.chatops.ordering import grants
from app.service.chatops.ordering.placing import Matter, moved, place, waits
from app.store import deployments, loans
from app.store.loans import Kept
from app.store.orders import Order
from app.store.subjects import Want

_RECOUNTED = (State.AWAITING_APPROVAL, State.QUEUED, State.GATING)
_NOT_THERE = "Nothing of that name is there to be taken back."


def override(asked: Asked, command: Command, _: sa.Connection) -> Answer:
    """Order a pass for one gate, the head of this pull request and one environment."""
    environment, gate = environment_of(asked, command), command.gate or ""
    tier = tier_of(environment)
    situation = Situation(tier=tier, is_security_gate=plan.is_about_security(asked.policy, gate))
    refusal = refused(asked, command, situation) or _unlendable(asked, command, environment)
    if refusal is not None:
        return refusal
    length = command.until or DEFAULT_LENGTH
    sha = asked.scene.pull.head_sha
    hours = f"{length.total_seconds() / 3600:g} hours"
    what = (
        f"A pass for the gate {quoted(gate)} in {quoted(environment.name)} and commit "
        f"{code_span(sha)}, for {hours} from when it is granted, because "
        f"{quoted(command.reason or '')} ({quoted(command.ticket or '')})"
    )
    facts = {
        "gate": gate,
        "seconds": int(length.total_seconds()),
        "reason": command.reason,
        "ticket": command.ticket,
    }
    return place(asked, command, Matter(what, tier, sha, asked.scene.reading.tree(sha), facts))


def _unlendable(asked: Asked, command: Command, environment: Environment) -> Answer | None:
    """Return why a gate cannot be lent: unknown there, for too long, or for other code (T100)."""
    gates = plan.gates_of(environment)
    if command.gate not in gates:
        known = f"It has {listed(gates, most=20)}." if gates else "It asks for no gate."
        detail = f"{quoted(environment.name)} has no such gate. {known}"
        return no(command, Code.UNKNOWN_GATE, detail)
    if command.until is not None and command.until > LONGEST:
        return no(command, Code.PARSE_ERROR, "A gate is lent for 24 hours at most.")
    rules = replace(asked.rules, allow_forks=environment.forks)
    allowed = admit_code(command, asked.origin(None), rules)
    if allowed.decision is not Decision.ADMITTED:
        return no(command, allowed.code or Code.INTERNAL_ERROR)
    return None


def revoke(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Take an approval, a loan or an order back."""
    name = command.loan or ""
    if name.startswith("apr-"):
        return _unsay(asked, command, connection)
    order_id = name.replace("ovr-", "ord-")
    order = waits(connection, order_id, asked.seen.repository_id)
    if order is not None:
        return withdraw(asked, command, order)
    kept = loans.read(connection, name)
    is_here = kept is not None and kept.repository_id == asked.seen.repository_id
    if kept is None or not is_here or kept.ended_at is not None or kept.loan.until <= asked.now:
        return no(command, Code.NO_REQUEST, _NOT_THERE)
    return _end(asked, command, kept)


def withdraw(asked: Asked, command: Command, order: Order) -> Answer:
    """Take an order back that still waits, by its author or whoever may."""
    is_owner = order.requested_by == asked.person.id
    refusal = refused(asked, command, Situation(tier=order.tier, is_owner=is_owner))
    if refusal is not None:
        return refusal
    want = asked.want(keys.order(order.repository_id, order.id), "a command", urgent=True)
    text = f"Order {code_span(order.id)} is taken back."

    def write(writing: sa.Connection) -> Answer:
        ended = grants.revoke(writing, order, asked.person.login)
        if ended is None:
            return no(command, Code.NO_REQUEST, _NOT_THERE)
        answer = done(command, text, want, code="revoked")
        return replace(answer, entries=(moved(ended),))

    return replace(done(command, text, code="revoked"), act=write)


def _end(asked: Asked, command: Command, kept: Kept) -> Answer:
    """End a loan before its time."""
    is_owner = kept.by_id == asked.person.id
    refusal = refused(asked, command, Situation(is_owner=is_owner))
    if refusal is not None:
        return refusal
    want = asked.want(keys.order(kept.repository_id, kept.order_id), "a command", urgent=True)
    text = f"The pass {code_span(kept.loan.id)} for {quoted(kept.loan.gate)} is over."

    def write(writing: sa.Connection) -> Answer:
        entries = grants.end_loan(writing, kept, Step.REVOKED, asked.person.id, asked.now)
        waiting = deployments.unfinished(writing, kept.repository_id, kept.number)
        wants = (want, *_looks(asked, [each.id for each in waiting]))
        return replace(done(command, text, *wants, code="revoked"), entries=entries)

    return replace(done(command, text, code="revoked"), act=write)


def _looks(asked: Asked, ids: Sequence[str]) -> list[Want]:
    made = [keys.deployment(asked.seen.repository_id, each) for each in ids]
    return [asked.want(each, "a pass is over") for each in made]


def _unsay(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Take an approval back, as long as what it is for has not begun."""
    comment_id = int((command.loan or "").removeprefix("apr-").replace("r", "-"))
    found = deployments.said_in(connection, comment_id)
    key = _approved(asked, connection, found[0]) if found else None
    if found is None or key is None:
        return no(command, Code.NO_REQUEST, "That approval is for nothing that still waits.")
    request, account_id = found
    refusal = refused(asked, command, Situation(is_owner=account_id == asked.person.id))
    if refusal is not None:
        return refusal
    text = f"The approval of {code_span(request)} is taken back."
    fields = {
        "repo": str(asked.seen.repository_id),
        "deployment": request,
        "by": str(asked.person.id),
        "out": "revoke",
        "of": str(account_id),
    }
    entry = Draft(EntryType.DEPLOYMENT_SAID, f"said:{asked.seen.comment_id}:{request}", fields)
    answer = done(command, text, asked.want(key, "a command", urgent=True), code="revoked")

    def write(writing: sa.Connection) -> Answer:
        if not deployments.unsay(writing, request, account_id, comment_id):
            return no(command, Code.NO_REQUEST, _NOT_THERE)
        return replace(answer, entries=(entry,))

    return replace(answer, act=write)


def _approved(asked: Asked, connection: sa.Connection, request: str) -> str | None:
    """Return the key of what an approval is for, if its approvals are still counted."""
    here = asked.seen.repository_id
    if waits(connection, request, here) is not None:
        return keys.order(here, request)
    found = deployments.read(connection, request)
    if found is None or found.repository_id != here or found.state not in _RECOUNTED:
        return None
    return keys.deployment(here, found.id)
