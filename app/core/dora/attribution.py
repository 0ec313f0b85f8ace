"""Which deployment an incident is charged to: links, then the clock, then evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.dora.attempts import Attempt
from app.core.dora.deliveries import Deliveries
from app.core.dora.incidents import Incident
from app.core.dora.rollouts import Kind, Rollout
from app.core.dora.rules import DoraRules


class Reason(StrEnum):
    """Why an incident is charged to a deployment, or to none."""

    EXTERNAL = "external"
    LINK = "link"
    CLOCK = "clock"
    ROLLBACK = "rollback"
    REVERT = "revert"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Blame:
    """What an incident is charged to; `by` names the rollout that is the evidence, if one is."""

    incident: Incident
    target: Rollout | Attempt | None
    reason: Reason
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Court:
    """Everything that blame is decided from."""

    deliveries: Deliveries
    failed: tuple[Attempt, ...]
    rules: DoraRules

    def blames(self, incidents: Sequence[Incident]) -> list[Blame]:
        """Return what each incident is charged to."""
        return [self._blame(each) for each in incidents]

    def linked(self, incident: Incident) -> Rollout | None:
        """Return what the named cause of an incident leads to."""
        cause = incident.caused_by
        if cause is None:
            return None
        if cause.deployment_id is not None:
            found = self._linked_deployment(cause.deployment_id)
            if found is not None:
                return found
        held = [] if cause.sha is None else self.deliveries.holding_commit(cause.sha)
        return held[0] if held else None

    def _blame(self, incident: Incident) -> Blame:
        if incident.is_external:
            return Blame(incident, None, Reason.EXTERNAL)
        linked = self.linked(incident)
        if linked is not None:
            return Blame(incident, linked, Reason.LINK)
        running = self._running_at(incident.opened)
        if running is None:
            return Blame(incident, None, Reason.NOTHING)
        return self._by_evidence(incident, running) or Blame(incident, running, Reason.CLOCK)

    def _linked_deployment(self, name: str) -> Rollout | None:
        """Return the rollout of a deployment, or the last one that brought what it runs."""
        for rollout in self.deliveries.rollouts:
            if name in {each.id for each in rollout.attempts}:
                if rollout.is_headline:
                    return rollout
                content = self.deliveries.history.content(rollout.sha)
                held = self.deliveries.holding(content.changes)
                return held[-1] if held else None
        return None

    def _running_at(self, moment: int) -> Rollout | Attempt | None:
        """Return what started last among everything whose trouble this moment could be."""
        found: list[tuple[tuple[int, bool, int, int], Rollout | Attempt]] = [
            ((each.started, True, each.live, each.order), each)
            for each in self.deliveries.rollouts
            if each.is_headline
            and each.started <= moment <= each.live + self.rules.attribution_window_s
        ]
        found += [
            ((each.started, False, each.ended, place), each)
            for place, each in enumerate(self.failed)
            if each.ended is not None
            and each.started <= moment <= each.ended + self.rules.failed_attempt_grace_s
        ]
        return max(found, key=lambda each: each[0])[1] if found else None

    def _by_evidence(self, incident: Incident, running: Rollout | Attempt) -> Blame | None:
        """Let the first rollback or revert while an incident is open correct the clock."""
        for rollout in self.deliveries.rollouts:
            if rollout.planned or not _is_during(rollout, incident):
                continue
            if rollout.kind is Kind.ROLLBACK:
                withdrawn = self.deliveries.withdrawn_by(rollout)
                if running in withdrawn:
                    return None
                return Blame(incident, withdrawn[0], Reason.ROLLBACK, rollout.id)
            # A baseline held its changes, and nobody knows what delivered them.
            seen = self.deliveries.reverted_by(rollout)
            reverted = [each for each in seen if each.kind is Kind.CHANGE]
            if reverted:
                return Blame(incident, reverted[0], Reason.REVERT, rollout.id)
        return None


def _is_during(rollout: Rollout, incident: Incident) -> bool:
    ended = incident.resolved
    return incident.opened <= rollout.live and (ended is None or rollout.live <= ended)
