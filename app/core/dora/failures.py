"""Which deployments failed and why, when they recovered, and which rollouts were rework."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core.dora.attempts import Attempt
from app.core.dora.attribution import Blame
from app.core.dora.deliveries import Deliveries
from app.core.dora.incidents import Incident
from app.core.dora.rollouts import Kind, Rollout
from app.core.dora.rules import DoraRules


class Fault(StrEnum):
    """What says that a deployment failed."""

    INCIDENT = "incident"
    POST_FAILURE = "post_failure"
    ROLLBACK = "rollback"
    REVERT = "revert"
    HOTFIX = "hotfix"


class Rework(StrEnum):
    """What says that a rollout repaired another."""

    ROLLBACK = "rollback"
    REVERT = "revert"
    HOTFIX = "hotfix"
    CLOSES_INCIDENT = "closes_incident"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed deployment or a failed attempt that did harm; `ended` is None until it recovers."""

    target: Rollout | Attempt
    fault: Fault
    by: str | None
    incidents: tuple[Incident, ...]
    started: int
    ended: int | None

    @property
    def counts_at(self) -> int:
        """Return the time of the deployment, by which the failure is counted."""
        when = self.target.live if isinstance(self.target, Rollout) else self.target.ended
        return self.started if when is None else when


@dataclass(frozen=True, slots=True)
class Trial:
    """Everything that failure is decided from; `names` are the incidents that anybody told of."""

    deliveries: Deliveries
    incidents: tuple[Incident, ...]
    blames: tuple[Blame, ...]
    names: frozenset[str]
    rules: DoraRules

    def failures(self) -> list[Failure]:
        """Return every failure: incidents and states first, then what later rollouts say."""
        found: dict[int, Failure] = {}
        harmful: list[Failure] = []
        for target, incidents in self._charged():
            failure = _with_incidents(target, incidents)
            if isinstance(target, Rollout):
                found[target.order] = failure
            else:
                harmful.append(failure)
        for rollout in self.deliveries.rollouts:
            if rollout.is_headline and rollout.order not in found:
                found.update(self._after_success(rollout))
        for rollout in self.deliveries.rollouts:
            accused = None if rollout.planned else self._accused(rollout, found)
            if accused is not None and accused[0].order not in found:
                found[accused[0].order] = _repaired(*accused, rollout)
        return [found[order] for order in sorted(found)] + harmful

    def rework(self) -> Mapping[int, Rework]:
        """Return the rollouts that repaired something, each with what says so."""
        found = {each.order: self._rework(each) for each in self.deliveries.rollouts}
        return {order: reason for order, reason in found.items() if reason is not None}

    def _charged(self) -> list[tuple[Rollout | Attempt, tuple[Incident, ...]]]:
        targets: dict[str, Rollout | Attempt] = {}
        charged: defaultdict[str, list[Incident]] = defaultdict(list)
        for blame in self.blames:
            if blame.target is not None:
                targets[blame.target.id] = blame.target
                charged[blame.target.id].append(blame.incident)
        return [(target, tuple(charged[name])) for name, target in targets.items()]

    def _after_success(self, rollout: Rollout) -> dict[int, Failure]:
        failed = rollout.failed_after
        if failed is None:
            return {}
        later = (
            each.live
            for each in self.deliveries.rollouts[rollout.order + 1 :]
            if each.kind in (Kind.CHANGE, Kind.ROLLBACK) and each.live > failed
        )
        ended = min(later, default=None)
        return {rollout.order: Failure(rollout, Fault.POST_FAILURE, None, (), rollout.live, ended)}

    def _accused(
        self, rollout: Rollout, failed: Mapping[int, Failure]
    ) -> tuple[Rollout, Fault] | None:
        """Return the one deployment that an unplanned rollout speaks against."""
        if rollout.kind is Kind.ROLLBACK:
            withdrawn = self.deliveries.withdrawn_by(rollout)
            is_explained = any(each.order in failed for each in withdrawn)
            return None if is_explained else (withdrawn[0], Fault.ROLLBACK)
        if rollout.kind is not Kind.CHANGE:
            return None
        if self.deliveries.reverted_by(rollout):
            return self._reverted(rollout)
        return self._hotfixed(rollout)

    def _reverted(self, rollout: Rollout) -> tuple[Rollout, Fault] | None:
        seen = self.deliveries.reverted_by(rollout)
        earliest = next((each for each in seen if each.kind is Kind.CHANGE), None)
        if earliest is None or rollout.live - earliest.live > self.rules.revert_window_s:
            return None
        return earliest, Fault.REVERT

    def _hotfixed(self, rollout: Rollout) -> tuple[Rollout, Fault] | None:
        hotfixes = [each for each in self.deliveries.pulls_of(rollout) if each.is_hotfix]
        is_explained = any(self.names & set(each.closes) for each in hotfixes)
        is_burning = any(each.is_open_at(rollout.live) for each in self.incidents)
        if not hotfixes or is_explained or is_burning:
            return None
        before = self.deliveries.rollouts[: rollout.order]
        last = next((each for each in reversed(before) if each.is_headline), None)
        if last is None or rollout.live - last.live > self.rules.hotfix_window_s:
            return None
        return last, Fault.HOTFIX

    def _rework(self, rollout: Rollout) -> Rework | None:
        if rollout.planned or rollout.kind not in (Kind.ROLLBACK, Kind.CHANGE):
            return None
        if rollout.kind is Kind.ROLLBACK:
            return Rework.ROLLBACK
        pulls = self.deliveries.pulls_of(rollout)
        said = {
            Rework.REVERT: bool(self.deliveries.reverted_by(rollout)),
            Rework.HOTFIX: any(each.is_hotfix for each in pulls),
            Rework.CLOSES_INCIDENT: any(self.names & set(each.closes) for each in pulls),
        }
        return next((reason for reason, is_said in said.items() if is_said), None)


def _with_incidents(target: Rollout | Attempt, incidents: tuple[Incident, ...]) -> Failure:
    """Run from the deployment, or the first sign of trouble, to the last resolution."""
    begun = target.live if isinstance(target, Rollout) else target.started
    impacts = [each.impact_started for each in incidents if each.impact_started is not None]
    first = min(each.opened for each in incidents)
    started = min(begun, first)
    if impacts:
        started = max(target.started, min(impacts))
    resolved = [each.resolved for each in incidents if each.resolved is not None]
    ended = max(resolved) if len(resolved) == len(incidents) else None
    return Failure(target, Fault.INCIDENT, None, incidents, started, ended)


def _repaired(target: Rollout, fault: Fault, rollout: Rollout) -> Failure:
    return Failure(target, fault, rollout.id, (), target.live, rollout.live)
