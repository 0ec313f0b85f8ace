"""`/approve` and `/reject`: what people say about a request that waits for them."""

from dataclasses import replace

import sqlalchemy as sa

from app.audit.leaf import Draft, EntryType
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.risk import Situation, form_of
from app.core.commands.scales import Risk
from app.core.deploy.states import State
from app.core.text import code_span, quoted
from app.service import keys
from app.service.chatops import plan
from app.service.chatops.asked import Answer, Asked, done, no, then
from app.service.chatops.deploying.approvals import Wanted, needed_for, objection
from app.service.chatops.deploying.objections import command_of
from app.service.chatops.doing.looking_after import look_after
from app.service.chatops.doing.orders import refused
from app.service.chatops.ordering.placing import wanted
from app.store import deployments, orders
from app.store.deployments import Approval, Stored
from app.store.orders import Order


def approve(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Record a person's approval of one request, its commit and the policy of this moment."""
    looked = look_after(asked, command, connection)
    if looked is not None:
        return looked
    found = _waiting(asked, command, connection)
    if isinstance(found, Answer):
        return found
    refusal = _refused_about(asked, command, found)
    if refusal is not None:
        return refusal
    said = _said(asked, found, approves=True)
    code = objection(found, asked.scene, said, _wanted(asked, found))
    if code is not None:
        return no(command, code)
    taken_back = code_span(f"/revoke apr-{asked.seen.name}")
    text = f"Approved {code_span(found.id)} for {code_span(found.sha)}. {taken_back} undoes that."
    return _record_said(asked, command, (found, said), text)


def reject(asked: Asked, command: Command, connection: sa.Connection) -> Answer:
    """Record that a person is against a request, which ends it."""
    found = _waiting(asked, command, connection)
    if isinstance(found, Answer):
        return found
    refusal = _refused_about(asked, command, found)
    if refusal is not None:
        return refusal
    said = _said(asked, found, approves=False)
    text = f"Rejected {code_span(found.id)}: {quoted(command.reason or '')}."
    return _record_said(asked, command, (found, said), text)


def _waiting(asked: Asked, command: Command, connection: sa.Connection) -> Stored | Order | Answer:
    """Return the one request that is meant; nothing is guessed where several wait."""
    place = (asked.seen.repository_id, asked.seen.number)
    requests = [
        each
        for each in deployments.unfinished(connection, *place)
        if each.state is State.AWAITING_APPROVAL
    ]
    both: list[Stored | Order] = [*requests, *orders.waiting(connection, *place)]
    waiting = [each for each in both if command.request in (None, each.id)]
    if not waiting:
        return no(command, Code.NO_REQUEST, "No request waits for approval here.")
    if len(waiting) > 1:
        names = ", ".join(f"`/{command.verb} {each.id}`" for each in waiting)
        return no(command, Code.PARSE_ERROR, f"Several wait, name one: {names}.")
    (found,) = waiting
    if command.seen is not None and not found.sha.startswith(command.seen):
        return no(command, Code.APPROVAL_STALE, f"The request is for {code_span(found.sha)}.")
    return found


def _refused_about(asked: Asked, command: Command, found: Stored | Order) -> Answer | None:
    if isinstance(found, Order):
        situation = Situation(tier=found.tier, request_risk=found.risk)
        return refused(asked, command, situation)
    asking = command_of(found, asked.policy)
    risk = Risk.CRITICAL
    if asking is not None:
        risk = form_of(asking, Situation(tier=found.tier)).risk
    return refused(asked, command, Situation(tier=found.tier, request_risk=risk))


def _wanted(asked: Asked, found: Stored | Order) -> Wanted:
    if isinstance(found, Order):
        return wanted(found, asked.policy) or Wanted(None, None)
    asking = command_of(found, asked.policy)
    pull = asked.scene.pull.pull_request
    change = plan.Change(found.environment, pull, asked.scene.paths or ())
    sign_off = plan.sign_off(asked.policy, change)
    situation = Situation(tier=found.tier)
    return Wanted(needed_for(asking, situation, sign_off) if asking else None, sign_off)


def _said(asked: Asked, found: Stored | Order, *, approves: bool) -> Approval:
    return Approval(
        account_id=asked.person.id,
        login=asked.person.login,
        approves=approves,
        sha=found.sha,
        tree=found.tree,
        params=found.params,
        policy_sha256=asked.scene.policy.digest,
        comment_id=asked.seen.comment_id,
        at=asked.now,
    )


def _record_said(
    asked: Asked, command: Command, about: tuple[Stored | Order, Approval], text: str
) -> Answer:
    found, said = about
    fields = {
        "repo": str(found.repository_id),
        "deployment": found.id,
        "by": str(said.account_id),
        "out": "approve" if said.approves else "reject",
        "rev": f"gitCommit:{said.sha}",
        "policy": said.policy_sha256,
    }
    draft = Draft(EntryType.DEPLOYMENT_SAID, f"said:{asked.seen.comment_id}:{found.id}", fields)
    of_kind = keys.order if isinstance(found, Order) else keys.deployment
    want = asked.want(of_kind(found.repository_id, found.id), "a command", urgent=True)
    answer = done(command, text, want, code="approved" if said.approves else "rejected")
    return then(
        replace(answer, entries=(draft,)),
        lambda writing: deployments.say(writing, found.id, said),
    )
