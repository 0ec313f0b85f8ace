"""The migration fence: whether the version before could run on the schema that is there (T91).

A schema is counted by the files that migrate the database, as git has them at a commit. What git
cannot tell is not known, and nobody goes back automatically to what is not known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.core.deploy.history import HAD_TRAFFIC, Past, fence_refusal, last_known_good
from app.core.deploy.observed import Kind, Refusal
from app.core.deploy.schema import Schema, brought_by
from app.core.deploy.states import STATES, State
from app.core.facts import Sha
from app.core.policy.deployments import Migrations
from app.core.policy.paths import PathSet
from app.errors import GitError
from app.service.chatops.deploying.objections import as_past, quarantined
from app.service.chatops.scene import Scene
from app.store.deployments import Stored

_NOT_BEGUN = (State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED, State.GATING)


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where an environment would go back to; `refusal` says that its code cannot run there."""

    target: Past | None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """What the migrations of a repository say about one environment's deployments."""

    scene: Scene
    environment: str

    @property
    def migrations(self) -> Migrations | None:
        """What the policy says of migrations; None where nobody is to look at them."""
        policy = self.scene.deployments
        found = policy.migrations if policy else None
        if found is None or not found.paths:
            return None
        names = {each.casefold() for each in found.environments}
        return found if not names or self.environment.casefold() in names else None

    def measured(self, stored: Stored, past: Iterable[Stored]) -> Schema:
        """Return the schema that a deployment brings, compared with what is live before it."""
        migrations = self.migrations
        if migrations is None:
            return Schema(None, None)
        own, live = self._files(migrations, stored.sha), self._live(stored, past)
        if own is None or live is None:
            count = None if own is None else len(own)
            return Schema(count, count)
        before = self._files(migrations, live.sha)
        if before is None:
            return Schema(len(own), None)
        return brought_by(own, before, live.floor, migrations.compatible)

    def _live(self, stored: Stored, past: Iterable[Stored]) -> Stored | None:
        found = [
            each
            for each in past
            if self._is_here(each) and each.id != stored.id and each.state is State.SUCCEEDED
        ]
        return found[-1] if found else None

    def _is_here(self, each: Stored) -> bool:
        return each.environment.casefold() == self.environment.casefold()

    def _files(self, migrations: Migrations, sha: Sha) -> frozenset[str] | None:
        """Return the files of a commit that migrate the database; None where git cannot tell."""
        try:
            return frozenset(
                filter(PathSet.of(migrations.paths).matches, self.scene.reading.paths(sha))
            )
        except GitError:
            return None

    def surveyed(self, past: Iterable[Stored]) -> tuple[Past, ...]:
        """Return the environment's past, with schemas of what was deployed before any was kept.

        Of these nothing is known but the commit: no code for an older schema counts as safe.
        """
        migrations = self.migrations
        return tuple(self._surveyed(migrations, each) for each in past if self._is_here(each))

    def _surveyed(self, migrations: Migrations | None, each: Stored) -> Past:
        if migrations is None:
            return replace(as_past(each), schema=None, floor=None)
        if each.schema is not None or each.state not in HAD_TRAFFIC:
            return as_past(each)
        files = self._files(migrations, each.sha)
        count = None if files is None else len(files)
        return replace(as_past(each), schema=count, floor=count)

    def way_back(self, bad: Stored, past: Sequence[Stored]) -> WayBack:
        """Return where a deployment would be taken back to, as if it had had traffic by now."""
        known = [each for each in past if each.id != bad.id]
        moved = replace(bad, state=State.ROLLING_BACK)
        history = self.surveyed((*known, moved))
        target = self._there(bad, history, (*known, moved))
        return WayBack(target, fence_refusal(target, history) if target else None)

    def choice(
        self, target: Past, past: Sequence[Stored], *, accepts_data_risk: bool
    ) -> Refusal | None:
        """Return why people cannot go back to a version that they chose."""
        if not self.scene.reading.has(target.sha):
            detail = f"nothing of {target.sha[:12]} is left to be deployed"
            return Refusal("no_rollback_target", detail)
        if accepts_data_risk:
            return None
        history = self.surveyed(past)
        return fence_refusal(
            next((each for each in history if each.id == target.id), target), history
        )

    def _there(self, bad: Stored, history: tuple[Past, ...], past: Sequence[Stored]) -> Past | None:
        """Return the last known good whose commit the repository still has (T92)."""
        barred = quarantined(past)
        while True:
            here = self.environment.casefold()
            found = last_known_good(here, history, barred, besides=bad.id)
            if found is None or self.scene.reading.has(found.sha):
                return found
            gone = replace(found, is_artifact_there=False)
            history = tuple(gone if each.id == found.id else each for each in history)


def closed(scene: Scene, stored: Stored, past: Sequence[Stored]) -> Refusal | None:
    """Return why a deployment could not be taken back automatically; None where it could."""
    fence = Fence(scene, stored.environment)
    if fence.migrations is None or not _matters(stored):
        return None
    if stored.state in _NOT_BEGUN:
        found = fence.measured(stored, past)
        stored = replace(stored, schema=found.count, floor=found.floor)
    return fence.way_back(stored, past).refusal


def _matters(stored: Stored) -> bool:
    if stored.state is State.SUCCEEDED:
        # Where people chose what to go back to, they were told of the fence when they did.
        return stored.aborted_by is not None and stored.rollback_to is None
    if stored.kind is Kind.ROLLBACK:
        return False
    return stored.state in (*_NOT_BEGUN, State.DEPLOYING) or STATES[stored.state].moves_traffic


def is_open(stored: Stored) -> bool:
    """Tell whether what a deployment brings may still change, since another may come before."""
    return stored.state in _NOT_BEGUN
