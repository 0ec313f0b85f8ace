"""Looks at everything a deployment's next step depends on, fresh, and says what stands in its way.

What cannot be read raises GitHub's or git's errors: the job is tried again, and time limits end
what never can be read. Nothing here changes anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.alerts.alert import speaks_against
from app.core.commands.codes import Code
from app.core.commands.scales import Tier
from app.core.deploy.codes import Code as Step
from app.core.deploy.freeze import Frozen, frozen
from app.core.deploy.history import CLOSING
from app.core.deploy.hold import held
from app.core.deploy.lease import Lock
from app.core.deploy.loans import Loan
from app.core.deploy.observed import (
    Kind,
    Observed,
    Recorded,
    Refusal,
    Result,
    Run,
    RunState,
)
from app.core.deploy.states import STATES, State
from app.core.policy.deployments import DeploymentPolicy, Environment
from app.service.chatops import plan
from app.service.chatops.deploying import fence
from app.service.chatops.deploying.aftercare import NOTHING_DUE, Aftercare, aftercare
from app.service.chatops.deploying.approvals import Agreement, Wanted, agreement, needed_for
from app.service.chatops.deploying.judging import Judge, Judged
from app.service.chatops.deploying.objections import Objections, command_of
from app.service.chatops.proving.readiness import Assessment
from app.service.chatops.proving.watch import Look
from app.service.chatops.scene import Scene
from app.store import alerts, deployments, environment_locks, freezes, holds, incidents
from app.store.deployments import Stored
from app.store.environment_locks import by_person
from app.store.incidents import Incident

_WAITING = (State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED, State.GATING)
_JUDGED = (*_WAITING, State.REFUSED, State.BLOCKED)
_ASSESSED = (State.AWAITING_APPROVAL, State.QUEUED, State.GATING, State.BLOCKED)
_ASKING = (State.AWAITING_APPROVAL, State.QUEUED, State.GATING)
_REPORTS_WITHIN = timedelta(minutes=5)
_MOVING = ("in_progress", "success")
_WATCHED = (
    State.VERIFYING,
    State.CANARY,
    State.HELD_SHADOW,
    State.PROMOTING,
    State.WATCHING,
)
_RUN_STATES = {
    "queued": RunState.RUNNING,
    "pending": RunState.RUNNING,
    "in_progress": RunState.RUNNING,
    "success": RunState.SUCCEEDED,
    "failure": RunState.FAILED,
    "error": RunState.FAILED,
}


@dataclass(frozen=True, slots=True)
class View:
    """What was observed, for the machine and for the page that people read.

    `kept` is a person's lock that keeps the deployment out, `incident` what closes the environment,
    `merge` what the merge gates say of the commit. Without what is `lent` a gate would not pass.
    To an environment that is `unguarded` workflows can deploy without asking anybody.
    """

    observed: Observed
    environment: Environment | None
    agreement: Agreement | None
    freeze: Frozen | None
    kept: Lock | None
    incident: Incident | None
    ahead: tuple[Stored, ...]
    objections: tuple[Refusal, ...]
    watch: Look | None = None
    merge: Result | None = None
    readiness: Assessment | None = None
    lent: tuple[Loan, ...] = ()
    care: Aftercare = NOTHING_DUE
    unguarded: bool = False

    @property
    def review_after(self) -> tuple[str, ...]:
        """The roles that are to look at it afterwards."""
        return self.agreement.tally.review_after if self.agreement else ()


@dataclass(frozen=True, slots=True)
class Observer:
    """The sight of one deployment at one moment."""

    scene: Scene
    stored: Stored
    past: Sequence[Stored]
    now: datetime
    app_id: int

    @property
    def _against(self) -> Objections:
        return Objections(self.scene, self.stored, self.past)

    def view(self) -> View:
        """Look at everything; what no state needs any more is not asked for."""
        policy = self.scene.deployments
        environment = plan.environment(policy, self.stored.environment) if policy else None
        is_waiting = self.stored.state in _JUDGED or is_unstarted(self.stored)
        objections = tuple(self._against.every(policy, environment)) if is_waiting else ()
        agreed = self._agreement(policy) if is_waiting and environment else None
        freeze = self._freeze(policy)
        lock, kept, ahead = self._lock(self.stored.environment), self._kept(), self._ahead()
        run = self._run()
        judged = self._gates(environment)
        observed = Observed(
            refusal=objections[0] if objections else None,
            obstacle=self._obstacle(freeze, kept or lock, ahead),
            held=self._held(self.stored) or self._shut(freeze),
            approvals=agreed.counted if agreed else Observed(None).approvals,
            head_moved=self._against.has_moved(),
            has_lock=lock is not None
            and (lock.holder, lock.fencing) == (self.stored.id, self.stored.fencing),
            cancelled_by=self.stored.cancelled_by,
            aborted_by=self.stored.aborted_by,
            paused_by=self.stored.paused_by,
            promoted_by=self.stored.promoted_by,
            promoted_anyway=self.stored.promoted_anyway,
            recorded=Recorded(self.stored.github_sha) if self.stored.github_sha else None,
            gates=judged.result if self.stored.state is State.GATING else None,
            run=run,
            promotion=run,
            health=self._health(run),
            triggers=self._alarms(environment),
            rollback=self._rollback(),
            fence=fence.closed(self.scene, self.stored, self.past),
            review_accepted=self.stored.cleared_by is not None,
        )
        with self.scene.database.read() as connection:
            care = aftercare(connection, self.stored)
        return View(
            observed=observed,
            environment=environment,
            agreement=agreed,
            freeze=freeze,
            kept=kept,
            incident=self._incident(),
            ahead=ahead,
            objections=objections,
            merge=judged.merge,
            readiness=judged.readiness,
            lent=judged.loans,
            care=care,
            unguarded=self._is_unguarded(environment),
        )

    def _is_unguarded(self, environment: Environment | None) -> bool:
        """Tell whether people should know that production's other door stands open (T64, T65)."""
        stored = self.stored
        is_asking = stored.state in _ASKING and stored.kind is Kind.DEPLOY
        if environment is None or stored.tier is not Tier.PRODUCTION or not is_asking:
            return False
        return self.scene.deploys.is_guarded(environment.name, self.scene.app_id) is not True

    def waits_for(self) -> Refusal | None:
        """Return what keeps the deployment from its environment; GitHub is not asked for it."""
        freeze = self._freeze(self.scene.deployments)
        lock = self._kept() or self._lock(self.stored.environment)
        return self._obstacle(freeze, lock, self._ahead())

    # Approvals, freezes, locks, queue

    def _agreement(self, policy: DeploymentPolicy | None) -> Agreement | None:
        command = command_of(self.stored, policy) if policy else None
        if policy is None or (command is None and self.stored.kind is Kind.DEPLOY):
            return None
        sign_off = self._against.sign_off(policy)
        needs = needed_for(command, self._against.situation(), sign_off) if command else None
        return agreement(self.stored, self.scene, Wanted(needs, sign_off))

    def _freeze(self, policy: DeploymentPolicy | None) -> Frozen | None:
        if policy is None or self.stored.kind is Kind.ROLLBACK:
            return None
        with self.scene.database.read() as connection:
            place = (self.stored.repository_id, self.stored.environment)
            own = freezes.covering(connection, *place, self.now)
        return frozen(
            (*plan.freezes(policy, self.stored.environment), *map(plan.by_command, own)), self.now
        )

    def _lock(self, name: str) -> Lock | None:
        with self.scene.database.read() as connection:
            found = environment_locks.lock_of(connection, self.stored.repository_id, name)
        return found if found is not None and found.is_alive(self.now) else None

    def _kept(self) -> Lock | None:
        """Return the lock of a person who keeps everybody else out."""
        found = self._lock(by_person(self.stored.environment))
        is_mine = found is not None and found.account_id == self.stored.requested_by
        return None if is_mine or self.stored.kind is Kind.ROLLBACK else found

    def _held(self, stored: Stored) -> Refusal | None:
        """Return who keeps a pull request from the environment; a rollback is never held."""
        if stored.kind is Kind.ROLLBACK:
            return None
        with self.scene.database.read() as connection:
            found = holds.standing(connection, stored.repository_id)
        return held(found, stored.number, stored.environment)

    def _shut(self, freeze: Frozen | None) -> Refusal | None:
        """Return a freeze that came when the deployment had its environment and had not begun."""
        is_there = self.stored.state in (State.GATING, State.DEPLOYING)
        return _frozen(freeze) if is_there and freeze is not None else None

    def _incident(self) -> Incident | None:
        here = self.stored.environment.casefold()
        closing = [
            each
            for each in self.past
            if each.environment.casefold() == here and each.state in CLOSING
        ]
        if not closing:
            return None
        place = (self.stored.repository_id, closing[-1].id)
        with self.scene.database.read() as connection:
            return incidents.of_deployment(connection, *place)

    def _ahead(self) -> tuple[Stored, ...]:
        """Return who waits for the same environment and came first.

        Whom a person's lock keeps out is not ahead of that person, and who is held is of nobody.
        """
        kept = self._lock(by_person(self.stored.environment))
        here, mine = self.stored.environment.casefold(), (self.stored.requested_at, self.stored.id)
        return tuple(
            each
            for each in self.past
            if each.environment.casefold() == here
            and each.state is State.QUEUED
            and (kept is None or each.requested_by == kept.account_id)
            and (each.requested_at, each.id) < mine
            and self._held(each) is None
        )

    def _obstacle(
        self, freeze: Frozen | None, lock: Lock | None, ahead: Sequence[Stored]
    ) -> Refusal | None:
        if freeze is not None:
            return _frozen(freeze)
        hold = self._held(self.stored)
        if hold is not None:
            return hold
        if lock is not None and lock.holder != self.stored.id:
            return _taken(lock, len(ahead))
        return Refusal(Step.QUEUED, f"{len(ahead)} before it") if ahead else None

    def _gates(self, environment: Environment | None) -> Judged:
        if self.stored.state not in _ASSESSED:
            return Judged()
        return Judge(self.scene, self.stored, self.past, self.now).judged(environment)

    # The run and what came of it

    def _run(self) -> Run:
        stored, why = self.stored, self.stored.detail if is_unable(self.stored) else ""
        if stored.github_id is None or stored.state in _WAITING or STATES[stored.state].is_final:
            return Run(stored.run_state, stored.run_sha, stored.has_moved_traffic, why)
        told = self.scene.deploys.states(stored.github_id, besides=self.app_id)
        moved = stored.has_moved_traffic or any(each in _MOVING for each in told)
        state = _RUN_STATES.get(told[0], RunState.ABSENT) if told else RunState.ABSENT
        if stored.run_state is RunState.FAILED:
            state = RunState.FAILED
        elif stored.run_id is not None:
            state = self._workflow(stored.run_id, state)
        elif stored.state is State.PROMOTING and state is RunState.SUCCEEDED:
            # That was said of the canary: it does not say that everybody has the version.
            state = self._untold()
        elif state is RunState.ABSENT:
            state = self._untold()
        moved = moved or state is RunState.SUCCEEDED
        return Run(state, stored.run_sha, moved, why)

    def _untold(self) -> RunState:
        """Return what a run is taken for of which nobody has said anything.

        Whether a lost start was one is not known; what was started reports soon.
        """
        state = self.stored.run_state
        is_young = self.now - self.stored.entered_at <= _REPORTS_WITHIN
        return RunState.RUNNING if state is RunState.LOST and is_young else state

    def _workflow(self, run_id: int, said: RunState) -> RunState:
        """Return what the workflow's own run says; a failure that it told of comes first."""
        found = self.scene.deploys.run(run_id)
        if found is None:
            return RunState.LOST
        if said is RunState.FAILED:
            return said
        if found.status != "completed":
            return RunState.RUNNING
        return RunState.SUCCEEDED if found.conclusion == "success" else RunState.FAILED

    def _health(self, run: Run) -> Result | None:
        """Return whether anybody said that the deployment is not well; silence is health."""
        if self.stored.state not in (State.VERIFYING, State.WATCHING):
            return None
        return Result.FAIL if run.state is RunState.FAILED else Result.PASS

    def _alarms(self, environment: Environment | None) -> tuple[str, ...]:
        """Return the alerts that speak against the deployment since it has traffic (T95)."""
        if self.stored.state not in _WATCHED:
            return ()
        with self.scene.database.read() as connection:
            steps = deployments.steps(connection, self.stored.id)
            begun = min(each.at for each in steps if each.state in _WATCHED)
            place = (self.stored.repository_id, self.stored.environment)
            seen = alerts.since(connection, *place, begun)
        services = environment.services if environment else ()
        return tuple(
            f"{each.severity.value}: {each.title}"
            for each in seen
            if speaks_against(each, begun, services)
        )

    def _rollback(self) -> State | None:
        """Return where the deployment stands that takes this one back; failed if none can."""
        child = next((each for each in self.past if each.replaces == self.stored.id), None)
        if child is not None:
            return child.state
        return State.FAILED if self.stored.state is State.ROLLING_BACK else None


def _frozen(freeze: Frozen) -> Refusal:
    return Refusal(Code.FROZEN, f"{freeze.reason}, until {freeze.until:%Y-%m-%d %H:%M} UTC")


def _taken(lock: Lock, ahead: int) -> Refusal:
    """Say who has the environment: a person who keeps it, or a deployment on its way there."""
    if lock.account_id is None:
        more = f", {ahead} more before it" if ahead else ""
        return Refusal(Step.QUEUED, f"{lock.holder} is under way there{more}")
    until = f" until {lock.until:%Y-%m-%d %H:%M} UTC" if lock.until else ""
    why = f" ({lock.reason})" if lock.reason else ""
    return Refusal(Code.LOCKED, f"held by {lock.holder.removeprefix('@')}{until}{why}")


def is_unstarted(stored: Stored) -> bool:
    """Tell whether a deployment was let go and nothing of it has been started yet."""
    return stored.state is State.DEPLOYING and stored.run_state is RunState.ABSENT


def is_unable(stored: Stored) -> bool:
    """Tell whether GitHub refused to record the deployment or start its run; the row says why."""
    return stored.run_state is RunState.FAILED and stored.run_id is None
