"""What the gates say of a deployment's commit, those that are lent counting as passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.deploy.loans import Loan, merge_result
from app.core.deploy.observed import Kind, Result
from app.core.policy.deployments import Environment
from app.core.readiness.codes import Code
from app.service.chatops.proving.readiness import Assessment, Assessor
from app.service.chatops.scene import Scene
from app.store import loans, verdicts
from app.store.deployments import Stored


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gates say together, and each kind alone; without `loans` it would be otherwise."""

    result: Result | None = None
    merge: Result | None = None
    readiness: Assessment | None = None
    loans: tuple[Loan, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges one deployment at one moment."""

    scene: Scene
    stored: Stored
    past: Sequence[Stored]
    now: datetime

    def judged(self, environment: Environment | None) -> Judged:
        """Return the worst of the merge gates and of those that the environment declares."""
        with self.scene.database.read() as connection:
            place = (self.stored.repository_id, self.stored.environment, self.stored.sha)
            alive = loans.alive(connection, *place, self.now)
        merge, used = self._merge(environment, {each.gate for each in alive})
        assessed = None
        if environment is not None:
            assessor = Assessor(self.scene, self.stored, self.past, merge, self.now, alive)
            assessed = assessor.assessment(environment)
        used |= _lent(assessed)
        return Judged(
            _worst(merge, assessed), merge, assessed, tuple(e for e in alive if e.gate in used)
        )

    def _merge(
        self, environment: Environment | None, lent: set[str]
    ) -> tuple[Result, frozenset[str]]:
        """Return what the merge gates say of this very head (peer review among them)."""
        stored, scene, nothing = self.stored, self.scene, frozenset[str]()
        if stored.kind is Kind.ROLLBACK or environment is None or not environment.peer_review:
            return Result.PASS, nothing
        if stored.sha != scene.pull.head_sha:
            is_on_base = scene.reading.is_on_base(stored.sha)
            return Result.PASS if is_on_base else Result.FAIL, nothing
        with scene.database.read() as connection:
            found = verdicts.current(connection, stored.repository_id, [scene.number])
        verdict = found.get(scene.number)
        if verdict is None or verdict.head_sha != stored.sha:
            return Result.INCONCLUSIVE, nothing
        judged = merge_result(dict(verdict.gates), verdict.code, lent)
        return judged.result, judged.used


def _lent(assessed: Assessment | None) -> frozenset[str]:
    statements = assessed.report.statements if assessed else ()
    return frozenset(each.name for each in statements if each.code is Code.LENT)


def _worst(merge: Result, assessed: Assessment | None) -> Result:
    if assessed is None:
        return merge
    both = {merge, Result(assessed.report.result.lower())}
    return next(each for each in (Result.FAIL, Result.INCONCLUSIVE, Result.PASS) if each in both)
