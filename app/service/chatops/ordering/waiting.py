"""Brings orders to their end: counts who agreed, does what was ordered, and ends loans in time.

The job of an order looks, decides, and then records decision and effect in one transaction; the
comment about it follows and may be written again.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.audit.log import AuditLog
from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.core.commands.order import Look, OrderState, Turn, turn
from app.core.commands.risk import refused_for
from app.core.deploy.codes import Code as Step
from app.core.deploy.observed import Approvals, Refusal
from app.core.facts import Account, AccountKind
from app.core.policy.deployments import DeploymentPolicy
from app.engine.runner import Handler, Settled, SupersededError
from app.engine.scheduler import Scheduler
from app.ports import Clock
from app.service import keys
from app.service.chatops import plan
from app.service.chatops.deploying.approvals import Agreement, counted
from app.service.chatops.deploying.fence import Fence
from app.service.chatops.deploying.objections import as_past
from app.service.chatops.ordering.grants import GRANTS, Done, deployments_of, end_loan, loan_id
from app.service.chatops.ordering.order_page import page
from app.service.chatops.ordering.placing import command_of, moved, situation, wanted
from app.service.chatops.scene import Scene, Stage
from app.store import loans, orders, registry, subjects
from app.store.database import Database
from app.store.deployments import Stored
from app.store.orders import Order
from app.store.subjects import Taken, Want

# More than anybody can give: who has to agree is not known.
_NOBODY = Approvals(needed=1)


@dataclass(frozen=True, slots=True)
class Waiter:
    """The use case behind every command that waits for people."""

    database: Database
    stage: Stage
    log: AuditLog
    scheduler: Scheduler
    now: Clock

    def after(self, handler: Handler) -> Handler:
        """Return a pull request's handler that then wakes its orders and loans."""

        def run(job: Taken) -> Settled:
            settled = handler(job)
            key = keys.parse(job.key)
            place = (key.repository_id, int(key.rest))
            with self.database.read() as connection:
                found = [each.id for each in orders.waiting(connection, *place)]
                found += [each.order_id for each in loans.unended(connection, *place)]
            if found:
                with self.database.write() as connection:
                    made = [keys.order(key.repository_id, each) for each in found]
                    self.scheduler.want(connection, [_want(job, each) for each in made])
            return settled

        return run

    def order(self, job: Taken) -> Settled:
        """Take the step that is due, then make the comment fit."""
        key = keys.parse(job.key)
        with self.database.read() as connection:
            order = orders.read(connection, key.rest)
            repository = registry.repository_ref(connection, key.repository_id)
        if order is None:
            return Settled()
        if repository is None:
            return Settled(rests=True)
        with self.stage.open(repository, order.number) as scene:
            if scene is None:
                return Settled(rests=True)
            return self._bring_forward(job, scene, order)

    def _bring_forward(self, job: Taken, scene: Scene, order: Order) -> Settled:
        agreed = None
        if order.state is OrderState.WAITING:
            agreed = self._agreement(scene, order)
            found = turn(order.expires_at, self._look(scene, order, agreed), self.now())
            order = self._end(job, order, found) if found else order
        lent = self._loan(job, scene, order)
        self._show(scene, order, agreed, lent)
        if order.state is OrderState.WAITING:
            return Settled(order.expires_at)
        return Settled(lent.loan.until if lent and lent.ended_at is None else None)

    def _agreement(self, scene: Scene, order: Order) -> Agreement | None:
        policy = scene.deployments
        needs = wanted(order, policy) if policy else None
        return counted(order, scene, needs) if needs else None

    def _look(self, scene: Scene, order: Order, agreed: Agreement | None) -> Look:
        policy = scene.deployments
        if policy is None:
            return Look(_NOBODY, is_known=False)
        stale = next(self._stale(scene, order, policy), None)
        return Look(agreed.counted if agreed else _NOBODY, stale)

    def _stale(self, scene: Scene, order: Order, policy: DeploymentPolicy) -> Iterator[Refusal]:
        """Yield what has changed since the order was given, the most basic first."""
        command = command_of(order, policy)
        if command is None:
            yield Refusal(Step.POLICY_CHANGED, "the policy reads the command in another way now")
            return
        yield from _environment(order, command, policy)
        yield from _person(scene, order, command, policy)
        yield from _pull(scene, order, command)
        with self.database.read() as connection:
            found = GRANTS[order.verb].check(connection, order, self.now())
            past = deployments_of(connection, order.repository_id, order.environment)
        if found is not None:
            yield found
        elif order.verb == "rollback":
            yield from _beyond_the_fence(scene, order, past)

    def _end(self, job: Taken, order: Order, how: Turn) -> Order:
        """Record how the order ends together with all it does; what changed meanwhile ends it."""
        grant = GRANTS[order.verb]
        with self.database.write() as connection:
            self._check(connection, job)
            if how.to is OrderState.GRANTED:
                stale = grant.check(connection, order, self.now())
                how = Turn(OrderState.STALE, stale.code, stale.detail) if stale else how
            ended = orders.end(connection, order, how)
            if ended is None:
                return orders.read(connection, order.id) or order
            is_granted = ended.state is OrderState.GRANTED
            done = grant.carry_out(connection, order, self.now()) if is_granted else Done()
            entries = [moved(ended), *done.entries]
            self.log.append(connection, order.account_id, entries, self.now())
            self.scheduler.want(connection, _wants(job, order, done.woken))
        return ended

    def _loan(self, job: Taken, scene: Scene, order: Order) -> loans.Kept | None:
        """Return what the order lends, and end it when its time is up or the head has moved."""
        with self.database.read() as connection:
            found = loans.read(connection, loan_id(order.id))
        if found is None or found.ended_at is not None:
            return found
        why = _over(found, scene, self.now())
        if why is None:
            return found
        with self.database.write() as connection:
            self._check(connection, job)
            entries = end_loan(connection, found, why, None, self.now())
            self.log.append(connection, order.account_id, entries, self.now())
            return loans.read(connection, found.loan.id)

    def _check(self, connection: sa.Connection, job: Taken) -> None:
        if not subjects.is_current(connection, job):
            raise SupersededError(job.key)

    def _show(
        self, scene: Scene, order: Order, agreed: Agreement | None, lent: loans.Kept | None
    ) -> None:
        """Edit the one comment about the order; write it anew where somebody removed it."""
        marker = f"<!-- gatewright:order:{order.id} -->"
        text = f"{page(order, agreed, scene.deployments, lent)}\n\n{marker}"
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        if order.shown_digest == digest:
            return
        known = order.shown_id or scene.chat.find(order.number, marker)
        if known is None or not scene.chat.edit(known, text):
            known = scene.chat.say(order.number, text, marker)
        with self.database.write() as connection:
            orders.remember_shown(connection, order.id, known, digest)


def _environment(order: Order, command: Command, policy: DeploymentPolicy) -> Iterator[Refusal]:
    if not order.environment:
        return
    found = plan.environment(policy, order.environment)
    if found is None:
        yield Refusal(Code.UNKNOWN_ENVIRONMENT, "the policy does not name it any more")
        return
    if found.tier != order.tier:
        yield Refusal(Step.POLICY_CHANGED, f"the policy treats it as {found.tier} now")
    if command.gate is not None and command.gate not in plan.gates_of(found):
        yield Refusal(Step.POLICY_CHANGED, "the environment does not ask for the gate any more")


def _person(
    scene: Scene, order: Order, command: Command, policy: DeploymentPolicy
) -> Iterator[Refusal]:
    """Let whoever asked still be somebody who may (T21)."""
    person = Account(order.requested_by, order.requested_login, AccountKind.USER)
    standing = scene.roll.standing(person)
    code = refused_for(command, situation(order, command, policy), standing)
    if code is not None:
        yield Refusal(code, f"{person.login}: {standing.why}")


def _pull(scene: Scene, order: Order, command: Command) -> Iterator[Refusal]:
    if not (scene.pull.pull_request.is_open or command.definition.on_closed):
        yield Refusal(Code.PULL_REQUEST_CLOSED)
    if command.gate is not None and scene.pull.head_sha != order.sha:
        yield Refusal(Code.REF_CHANGED, f"the head is {scene.pull.head_sha[:12]} now")


def _beyond_the_fence(scene: Scene, order: Order, past: Sequence[Stored]) -> Iterator[Refusal]:
    """Look at the migration fence again, unless people accepted what lies beyond it (T91)."""
    facts = json.loads(order.params)
    target = next((as_past(each) for each in past if each.id == facts["to"]), None)
    if target is not None:
        risk = facts["accepts_data_risk"]
        fence = Fence(scene, order.environment)
        refusal = fence.choice(target, past, accepts_data_risk=risk)
        yield from (refusal,) if refusal else ()


def _over(found: loans.Kept, scene: Scene, now: datetime) -> str | None:
    if now >= found.loan.until:
        return Step.TIME_IS_UP
    return Step.REF_CHANGED if scene.pull.head_sha != found.loan.sha else None


def _wants(job: Taken, order: Order, woken: Sequence[str]) -> list[Want]:
    return [_want(job, keys.deployment(order.repository_id, each)) for each in woken]


def _want(job: Taken, key: str) -> Want:
    return Want(
        key=key,
        kind=key.partition(":")[0],
        account_id=job.account_id,
        installation_id=job.installation_id,
        cause="what it waits for moved",
        urgent=key.startswith(keys.DEPLOYMENT),
    )
