"""Brings deployments forward: one step at a time, recorded before anything happens outside.

The job of a deployment looks, decides, records, and then makes the world fit what is recorded;
each of these can be repeated, so a worker may die between any two of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.audit.log import AuditLog
from app.core.deploy.codes import Code
from app.core.deploy.history import Past
from app.core.deploy.lease import Lock
from app.core.deploy.machine import Move, Stay, step
from app.core.deploy.observed import Deployment, Kind, RunState
from app.core.deploy.states import STATES, State
from app.engine.runner import Handler, Settled, SupersededError
from app.engine.scheduler import Scheduler
from app.ports import Clock
from app.ports.deployments import Flags
from app.service import keys
from app.service.chatops import plan, record
from app.service.chatops.deploying.aftercare import begin
from app.service.chatops.deploying.fence import Fence, is_open
from app.service.chatops.deploying.objections import chosen
from app.service.chatops.deploying.observer import Observer, View, is_unstarted
from app.service.chatops.deploying.outside import Outside
from app.service.chatops.deploying.switches import NoFlags, Switch
from app.service.chatops.deploying.takeback import rollback_of
from app.service.chatops.proving import readiness
from app.service.chatops.proving.watch import LOOK_AGAIN, Watcher, joined, keep
from app.service.chatops.scene import Scene, Stage
from app.service.incidents.book import Book
from app.store import deployments, environment_locks, registry, subjects
from app.store.database import Database
from app.store.deployments import Stored
from app.store.subjects import Taken, Want

_LOOK_AGAIN = timedelta(seconds=30)
_ACTIVE = (
    State.GATING,
    State.DEPLOYING,
    State.VERIFYING,
    State.PROMOTING,
    State.WATCHING,
    State.ROLLING_BACK,
)
_GATED = (Code.GATE_FAILED, Code.GATE_INCONCLUSIVE)
_JUDGED = (Code.CANARY_FAILED, Code.CANARY_INCONCLUSIVE, Code.CANARY_PASSED)


@dataclass(frozen=True, slots=True)
class Deployer:
    """The use case behind every deployment, whichever door asked for it."""

    database: Database
    stage: Stage
    log: AuditLog
    scheduler: Scheduler
    now: Clock
    watcher: Watcher = field(default_factory=Watcher)
    flags: Flags = field(default_factory=NoFlags)

    def after(self, handler: Handler) -> Handler:
        """Return a pull request's handler that then wakes the deployments waiting on it."""

        def run(job: Taken) -> Settled:
            settled = handler(job)
            key = keys.parse(job.key)
            with self.database.read() as connection:
                place = (key.repository_id, int(key.rest))
                waiting = deployments.unfinished(connection, *place)
            if waiting:
                with self.database.write() as connection:
                    wants = [_want(job, each.repository_id, each.id) for each in waiting]
                    self.scheduler.want(connection, wants)
            return settled

        return run

    def deployment(self, job: Taken) -> Settled:
        """Take every step that is due, then make GitHub fit the state."""
        key = keys.parse(job.key)
        with self.database.read() as connection:
            stored = deployments.read(connection, key.rest)
            repository = registry.repository_ref(connection, key.repository_id)
        if stored is None:
            return Settled()
        if repository is None:
            return Settled(rests=True)
        if stored.number is None:
            return Settled()
        with self.stage.open(repository, stored.number) as scene:
            if scene is None:
                return Settled(rests=True)
            return self._bring_forward(job, scene, stored)

    def _bring_forward(self, job: Taken, scene: Scene, stored: Stored) -> Settled:
        for _ in State:
            scene = self._prepare(scene, stored)
            outside = Outside(scene, self.database)
            stored = self._measured(scene, self._again(stored))
            view = self._view(scene, stored)
            view = self._locked(job, stored, view, scene)
            found = step(_deployment(stored, view), view.observed, self.now())
            if isinstance(found, Stay):
                outside.tell(stored, view)
                outside.show(stored, view)
                return Settled(self._wake_at(stored, view, found))
            target = self._way_back(scene, stored, found)
            moved = self._record(job, stored, _explained(found, view), view, target)
            outside.tell(moved, view)
            stored = moved
        raise RuntimeError(f"{stored.id} does not come to rest")

    def _prepare(self, scene: Scene, stored: Stored) -> Scene:
        """Do what the state is for; just before a start everything is looked at anew (T31)."""
        Switch(self.database, self.log, self.now, self.flags).before(scene, stored)
        if not (is_unstarted(stored) or _is_unpromoted(stored)):
            Outside(scene, self.database).prepare(stored)
            return scene
        fresh = scene.again()
        view = self._view(fresh, stored)
        if isinstance(step(_deployment(stored, view), view.observed, self.now()), Stay):
            Outside(fresh, self.database).prepare(stored)
        return fresh

    def _again(self, stored: Stored) -> Stored:
        with self.database.read() as connection:
            return deployments.read(connection, stored.id) or stored

    def _measured(self, scene: Scene, stored: Stored) -> Stored:
        """Keep which schema a deployment brings, as long as what is live before it may change."""
        if not is_open(stored) or stored.kind is Kind.ROLLBACK:
            return stored
        with self.database.read() as connection:
            past = deployments.history(connection, stored.repository_id)
        found = Fence(scene, stored.environment).measured(stored, past)
        fresh = replace(stored, schema=found.count, floor=found.floor)
        if fresh != stored:
            with self.database.write() as connection:
                facts = {"schema": found.count, "floor": found.floor}
                deployments.note(connection, stored.id, **facts)
        return fresh

    def _way_back(self, scene: Scene, stored: Stored, found: Move) -> Past | None:
        """Return what a deployment that is taken back gives way to; git is asked for it."""
        if found.to is not State.ROLLING_BACK:
            return None
        with self.database.read() as connection:
            past = deployments.history(connection, stored.repository_id)
        if stored.rollback_to is not None:
            return chosen(stored, past)
        return Fence(scene, stored.environment).way_back(stored, past).target

    def _view(self, scene: Scene, stored: Stored) -> View:
        with self.database.read() as connection:
            past = deployments.history(connection, stored.repository_id)
            steps = deployments.steps(connection, stored.id)
        view = Observer(scene, stored, past, self.now(), scene.app_id).view()
        look = self.watcher.look(view.environment, stored, past, steps, self.now())
        if look is None:
            return view
        return replace(view, observed=joined(view.observed, look), watch=look)

    def _locked(self, job: Taken, stored: Stored, view: View, scene: Scene) -> View:
        """Take the environment if nothing else stands in the way of a queued deployment."""
        seen = view.observed
        is_next = stored.state is State.QUEUED and seen.obstacle is None
        is_due = (is_next or _is_coming_back(stored)) and seen.refusal is None
        if not is_due or seen.has_lock:
            return view
        wanted = Lock(stored.environment, stored.id, 0, None)
        with self.database.write() as connection:
            self._check(connection, job)
            number = self._take(connection, stored, wanted)
        return view if number is None else self._view(scene, replace(stored, fencing=number))

    def _take(self, connection: sa.Connection, stored: Stored, wanted: Lock) -> int | None:
        """Take the environment and keep the lock's number, which every effect is held against."""
        place = stored.repository_id
        taken = environment_locks.take_lock(connection, place, wanted, self.now())
        if not isinstance(taken, Lock):
            return None
        deployments.note(connection, stored.id, fencing=taken.fencing)
        return taken.fencing

    def _check(self, connection: sa.Connection, job: Taken) -> None:
        if not subjects.is_current(connection, job):
            raise SupersededError(job.key)

    def _record(
        self, job: Taken, stored: Stored, found: Move, view: View, target: Past | None
    ) -> Stored:
        """Change the state, with everything that belongs to it, in one transaction."""
        with self.database.write() as connection:
            self._check(connection, job)
            moved = deployments.move(connection, stored, found, self.now())
            if moved is None:
                raise SupersededError(job.key)
            moved = begin(connection, moved, view.lent, view.review_after)
            evidence = _evidence(connection, moved, view)
            entry = record.moved(moved, evidence)
            self.log.append(connection, stored.account_id, [entry], self.now())
            wants = self._consequences(connection, job, moved, target)
            concerned = Book(connection, self.log, self.now()).moved(moved, evidence)
            self.scheduler.want(connection, [*wants, *concerned])
            return self._with_run_to_come(connection, moved)

    def _with_run_to_come(self, connection: sa.Connection, moved: Stored) -> Stored:
        """Let a promotion begin with a run of its own; the canary's run is over."""
        if moved.state is not State.PROMOTING:
            return moved
        deployments.note(connection, moved.id, run_id=None, run_state=RunState.ABSENT, run_sha=None)
        return replace(moved, run_id=None, run_state=RunState.ABSENT, run_sha=None)

    def _consequences(
        self, connection: sa.Connection, job: Taken, moved: Stored, target: Past | None
    ) -> Sequence[Want]:
        """Hand the lock on or give it up, begin a rollback, and wake whom it concerns."""
        concerned = [moved.replaces] if moved.replaces else []
        if moved.state is State.CLEARED:
            past = deployments.history(connection, moved.repository_id)
            concerned += [each.id for each in past if each.replaces == moved.id]
        wants = [_want(job, moved.repository_id, each) for each in concerned]
        if moved.state is State.ROLLING_BACK:
            child = self._rollback_of(connection, moved, target)
            wants += [_want(job, moved.repository_id, child.id)] if child else []
        elif not STATES[moved.state].holds_lock:
            place = (moved.repository_id, moved.environment)
            if environment_locks.release_lock(connection, *place, moved.id):
                wants += [
                    _want(job, moved.repository_id, each.id)
                    for each in deployments.unfinished(connection, moved.repository_id)
                    if each.environment.casefold() == moved.environment.casefold()
                    and each.id != moved.id
                ]
        return wants

    def _rollback_of(
        self, connection: sa.Connection, bad: Stored, target: Past | None
    ) -> Stored | None:
        """Store the deployment of the last known good, once, and give it the lock."""
        past = deployments.history(connection, bad.repository_id)
        known = next((each for each in past if each.replaces == bad.id), None)
        if known is None and target is not None:
            known = self._new_rollback(connection, bad, target)
        if known is not None:
            environment_locks.release_lock(connection, bad.repository_id, bad.environment, bad.id)
            self._take(connection, known, Lock(bad.environment, known.id, 0, None))
        return known

    def _new_rollback(self, connection: sa.Connection, bad: Stored, target: Past) -> Stored:
        now = self.now()
        made = rollback_of(bad, target, now)
        deployments.create(connection, made)
        self.log.append(connection, made.account_id, [record.moved(made)], now)
        return made

    def _wake_at(self, stored: Stored, view: View, found: Stay) -> datetime | None:
        waits = [found.wake_at] if found.wake_at else []
        if view.watch is not None:
            waits.append(self.now() + LOOK_AGAIN)
        elif stored.state in _ACTIVE:
            waits.append(self.now() + _LOOK_AGAIN)
        if stored.state is State.QUEUED and view.freeze is not None:
            waits.append(view.freeze.until)
        if stored.state is State.QUEUED and view.kept is not None and view.kept.until is not None:
            waits.append(view.kept.until)
        return min(waits, default=None)


def _is_coming_back(stored: Stored) -> bool:
    """Tell whether a rollback still needs its environment: something else may have been quicker."""
    return stored.kind is Kind.ROLLBACK and stored.state is State.GATING


def _is_unpromoted(stored: Stored) -> bool:
    """Tell whether a canary passed and its promotion has not been started yet."""
    return stored.state is State.PROMOTING and stored.run_state is RunState.ABSENT


def _evidence(connection: sa.Connection, moved: Stored, view: View) -> Mapping[str, str]:
    """Store what a step was decided from, and name the loans without which it had not begun."""
    decided = moved.ended_by in (Code.GATES_PASSED, *_GATED)
    proofs = readiness.keep(connection, view.readiness) if decided else {}
    begins = moved.state is State.DEPLOYING and view.lent
    loans = {"loans": ",".join(each.id for each in view.lent)} if begins else {}
    return {**keep(connection, view.watch), **proofs, **loans}


def _explained(found: Move, view: View) -> Move:
    """Name what a judge found where it decided; a trigger names itself."""
    if found.code in _GATED and view.readiness is not None:
        return replace(found, detail=view.readiness.report.title)
    verdict = None if view.watch is None else view.watch.verdict
    if verdict is None or found.code not in _JUDGED:
        return found
    return replace(found, detail=verdict.title)


def _want(job: Taken, repository_id: int, deployment_id: str) -> Want:
    return Want(
        key=keys.deployment(repository_id, deployment_id),
        kind=keys.DEPLOYMENT,
        account_id=job.account_id,
        installation_id=job.installation_id,
        cause="what it waits for moved",
    )


def _deployment(stored: Stored, view: View) -> Deployment:
    """Return the row as the machine sees it; an environment that is gone has default limits."""
    found = view.environment
    made = Deployment(
        id=stored.id,
        kind=stored.kind,
        tier=stored.tier,
        sha=stored.sha,
        state=stored.state,
        entered_at=stored.entered_at,
        version=stored.version,
    )
    if found is None:
        return made
    return replace(
        made,
        times=plan.times(found),
        watch_for=found.strategy.watch_for,
        canary_for=found.strategy.canary_for,
        has_canary=found.strategy.kind == "canary",
    )
