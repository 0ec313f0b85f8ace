"""Makes GitHub fit a deployment's recorded state: its records, its workflow, its comment."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from itertools import takewhile

import sqlalchemy as sa

from app.core.commands.scales import Tier
from app.core.deploy.observed import Run, RunState
from app.core.deploy.states import STATES, GitHubState, State
from app.core.policy.deployments import Environment
from app.core.text import shorten
from app.errors import ForbiddenError, GitHubError, GitHubUnavailableError, RateLimitedError
from app.ports.deployments import DeploymentOrder, RunSearch, StatusOrder
from app.service.chatops import plan
from app.service.chatops.deploying.objections import command_of
from app.service.chatops.deploying.observer import View
from app.service.chatops.deploying.page import outline, page, quiet
from app.service.chatops.scene import Scene
from app.store import deployments, environment_locks
from app.store.database import Database
from app.store.deployments import Place, Shown, Stored

_STARTING = (State.DEPLOYING, State.PROMOTING)
_OWNING = (
    State.GATING,
    State.DEPLOYING,
    State.VERIFYING,
    State.CANARY,
    State.HELD_SHADOW,
    State.PROMOTING,
    State.WATCHING,
)
_GIVEN_UP = (State.FAILED, State.ROLLING_BACK, State.ROLLBACK_FAILED)
# A conflict, or a commit that is gone (T41): asked again GitHub would say the same.
_REFUSED = (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
# How far our clock and GitHub's may be apart.
_SKEW = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Outside:
    """The effects of one deployment's states; each may be asked for any number of times."""

    scene: Scene
    database: Database

    def prepare(self, stored: Stored) -> None:
        """Do what the state is for: record the deployment, start its workflow."""
        is_unrecorded = stored.github_id is None and stored.run_state is RunState.ABSENT
        if stored.state is State.GATING and is_unrecorded:
            self._record(stored)
        if is_lost(stored):
            self._find(stored)
        if stored.state in _STARTING and stored.run_state is RunState.ABSENT:
            self._start(stored)

    def _owns(self, connection: sa.Connection, stored: Stored) -> bool:
        """Tell whether the environment is still this deployment's, by its lock's number (T81)."""
        fresh = deployments.read(connection, stored.id) or stored
        place = (stored.repository_id, stored.environment)
        return environment_locks.has_number(connection, *place, (stored.id, fresh.fencing))

    def _may(self, stored: Stored) -> bool:
        """Tell whether an effect of the present state may be had; a late writer has none.

        The end of a deployment is told by whoever lost or gave up its lock as well: it concerns its
        own record and its own run alone, and to stop that takes a late writer away.
        """
        if stored.state not in _OWNING:
            return True
        with self.database.read() as connection:
            return self._owns(connection, stored)

    def _record(self, stored: Stored) -> None:
        """Have GitHub record the deployment; what it refuses for good is not asked for again."""
        if not self._may(stored):
            return
        order = DeploymentOrder(
            request_id=stored.id,
            sha=stored.sha,
            environment=self._environment_name(stored),
            production=stored.tier is Tier.PRODUCTION,
            description=f"{stored.id} by {stored.requested_login}",
            payload={"pull_request": str(stored.number), "kind": stored.kind.value},
        )
        try:
            made = self.scene.deploys.create(order)
        except GitHubError as error:
            if not (isinstance(error, ForbiddenError) or error.status in _REFUSED):
                raise
            self._note(stored, run_state=RunState.FAILED, detail=shorten(str(error), 300))
        else:
            self._note(stored, github_id=made.id, github_sha=made.sha)

    def _find(self, stored: Stored) -> None:
        """Look for the run of a start whose answer was lost, or which was answered without it."""
        policy = self.scene.deployments
        found = plan.environment(policy, stored.environment) if policy else None
        if found is None or found.workflow is None:
            return
        with self.database.read() as connection:
            past = deployments.history(connection, stored.repository_id)
        search = RunSearch(
            workflow=found.workflow,
            since=stored.entered_at - _SKEW,
            request_id=stored.id,
            besides=frozenset(each.run_id for each in past if each.run_id),
        )
        run_id = self.scene.deploys.find_run(search)
        if run_id is not None:
            self._note(stored, run_id=run_id, run_state=RunState.RUNNING)

    def _environment_name(self, stored: Stored) -> str:
        policy = self.scene.deployments
        found = plan.environment(policy, stored.environment) if policy else None
        return found.name if found else stored.environment

    def _start(self, stored: Stored) -> None:
        """Start the workflow once: a start whose answer is lost is looked for, not repeated."""
        policy = self.scene.deployments
        found = plan.environment(policy, stored.environment) if policy else None
        has_workflow = found is not None and found.workflow is not None
        if not self._begins(stored, RunState.LOST if has_workflow else RunState.RUNNING):
            return
        if found is None or found.workflow is None:
            return
        try:
            run_id = self._dispatch(stored, found.workflow, found)
        except RateLimitedError:
            self._note(stored, run_state=RunState.ABSENT)
            raise
        except GitHubUnavailableError:
            raise
        except GitHubError as error:
            self._note(stored, run_state=RunState.FAILED, detail=shorten(str(error), 300))
        else:
            self._note(stored, run_id=run_id, run_state=RunState.RUNNING)

    def _begins(self, stored: Stored, state: RunState) -> bool:
        """Note that a run is about to be started, in the transaction that looks at the lock."""
        with self.database.write() as connection:
            if not self._owns(connection, stored):
                return False
            deployments.note(connection, stored.id, run_state=state)
        return True

    def _dispatch(self, stored: Stored, workflow: str, found: Environment) -> int | None:
        """Start the workflow of the default branch; the commit is data to it (T35, T36)."""
        inputs = {
            "sha": stored.sha,
            "environment": found.name,
            "request_id": stored.id,
            "deployment_id": str(stored.github_id),
            "strategy": found.strategy.kind,
            "kind": "promote" if stored.state is State.PROMOTING else stored.kind.value,
        }
        inputs |= self._share(stored)
        return self.scene.deploys.dispatch(workflow, self.scene.pull.default_branch, inputs)

    def _share(self, stored: Stored) -> dict[str, str]:
        """Return with which share of traffic a canary begins, only where somebody said that.

        GitHub refuses a start with an input that the workflow does not know.
        """
        policy = self.scene.deployments
        asked = command_of(stored, policy) if policy else None
        if asked is None or asked.canary is None or stored.state is State.PROMOTING:
            return {}
        return {"canary_percent": str(asked.canary)}

    def _note(self, stored: Stored, **facts: object) -> None:
        with self.database.write() as connection:
            deployments.note(connection, stored.id, **facts)

    def tell(self, stored: Stored, view: View) -> None:
        """Tell GitHub's record of the deployment its state."""
        run = view.observed.run
        if run.has_moved_traffic and not stored.has_moved_traffic:
            self._note(stored, has_moved_traffic=True)
        if stored.state in _GIVEN_UP:
            self._stop(stored, run)
        self._tell(stored)
        if stored.state is State.SUCCEEDED:
            self._retire(stored)

    def _stop(self, stored: Stored, seen: Run) -> None:
        """Let a run end that nobody waits for any more, before another one begins."""
        if stored.run_id is None or stored.run_state is not RunState.RUNNING:
            return
        if seen.state is RunState.RUNNING:
            self.scene.deploys.stop(stored.run_id)
        self._note(stored, run_state=RunState.FAILED)

    def _tell(self, stored: Stored) -> None:
        with self.database.read() as connection:
            fresh = deployments.read(connection, stored.id) or stored
        wanted = STATES[stored.state].github
        if fresh.github_id is None or wanted is None or fresh.told == wanted.value:
            return
        if not self._may(stored):
            return
        words = stored.state.value.replace("_", " ")
        about = f"{words}: {stored.ended_by}" if stored.ended_by else words
        status = StatusOrder(wanted.value, about, environment_url=self._url(stored))
        self.scene.deploys.show(fresh.github_id, status)
        self._note(stored, told=wanted.value)

    def _url(self, stored: Stored) -> str:
        policy = self.scene.deployments
        found = plan.environment(policy, stored.environment) if policy else None
        return found.url or "" if found and stored.state is State.SUCCEEDED else ""

    def _retire(self, stored: Stored) -> None:
        """Set earlier successes inactive: GitHub does not do it for production (T44)."""
        with self.database.read() as connection:
            past = deployments.history(connection, stored.repository_id)
        here = [
            each for each in past if each.environment.casefold() == stored.environment.casefold()
        ]
        for each in takewhile(lambda each: each.id != stored.id, here):
            if each.github_id and each.told == GitHubState.SUCCESS.value:
                about = f"{stored.id} is live"
                order = StatusOrder(GitHubState.INACTIVE.value, about)
                self.scene.deploys.show(each.github_id, order)
                self._note(each, told=GitHubState.INACTIVE.value)

    def show(self, stored: Stored, view: View) -> None:
        """Edit the one comment about this environment; write it anew where somebody removed it.

        It is about the newest request: an older one that is still watched does not write over it.
        """
        if stored.number is None:
            return
        place = Place(stored.repository_id, stored.number, stored.environment)
        with self.database.read() as connection:
            if deployments.newest_of(connection, place) != stored.id:
                return
            shown = deployments.shown(connection, place)
            steps = deployments.steps(connection, stored.id)
        marker = f"<!-- gatewright:environment:{_short(stored.environment.casefold())} -->"
        text = f"{page(stored, view, steps)}\n\n{marker}"
        digest = _short(f"{page(stored, quiet(view), steps)}{outline(view)}")
        if shown is not None and shown.digest == digest:
            return
        known = shown.comment_id if shown else self.scene.chat.find(stored.number, marker)
        if known is None or not self.scene.chat.edit(known, text):
            known = self.scene.chat.say(stored.number, text, marker)
        with self.database.write() as connection:
            deployments.remember_shown(connection, place, Shown(known, digest))


def is_lost(stored: Stored) -> bool:
    """Tell whether a run may have been started of which we do not know the number."""
    is_started = stored.run_state in (RunState.LOST, RunState.RUNNING)
    return stored.state in _STARTING and stored.run_id is None and is_started


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
