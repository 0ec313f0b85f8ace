"""The readiness report of a deployment: what the policy asks, what is proven, what we know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from app.core.canonical import canonical
from app.core.deploy.history import last_known_good
from app.core.deploy.loans import Loan
from app.core.deploy.observed import Kind, Result
from app.core.deploy.states import State
from app.core.policy.deployments import Environment
from app.core.readiness.declared import kinds_of, rules_of
from app.core.readiness.document import report_document
from app.core.readiness.evidence import NO, YES, Evidence, Unit, Version
from app.core.readiness.judge import judge
from app.core.readiness.reading import facts_to_bytes
from app.core.readiness.report import Lent, ReadinessFacts, Report
from app.core.readiness.rules import CANARY, MERGE_GATES, OWN_KINDS, REHEARSAL, ROLLBACK_TARGET
from app.service.chatops.deploying.objections import as_past, quarantined
from app.service.chatops.proving.proofs import Proofs
from app.service.chatops.scene import Scene
from app.store import deployments, verdicts
from app.store.deployments import Stored

FACTS_TYPE = "application/vnd.gatewright.readiness-facts+json"
REPORT_TYPE = "application/vnd.gatewright.readiness+json"
_ARRIVED = (State.WATCHING, State.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A report and the facts that give it again at any time."""

    facts: ReadinessFacts
    report: Report


@dataclass(frozen=True)
class Assessor:
    """Assesses one deployment at one moment; `merge` is what the merge gates say of its commit."""

    scene: Scene
    stored: Stored
    past: Sequence[Stored]
    merge: Result
    now: datetime
    lent: Sequence[Loan] = ()

    def assessment(self, environment: Environment) -> Assessment | None:
        """Return whether the commit is ready; None where the policy asks for no proof."""
        rules, policy = rules_of(environment), self.scene.deployments
        if not rules or policy is None or self.stored.kind is Kind.ROLLBACK:
            return None
        live = self._live()
        proofs = Proofs(self.scene, policy, self.stored, live, self.now)
        kinds = kinds_of(rules)
        asked = [kind for kind in kinds if kind not in OWN_KINDS]
        own = [each for each in self._own(environment) if each.kind in kinds]
        facts = ReadinessFacts(
            deploy_run_id=self.stored.id,
            environment=environment.name,
            sha=self.stored.sha,
            tree=self.stored.tree,
            live=live,
            rules=rules,
            evidence=(*own, *proofs.of(asked)),
            lent=tuple(Lent(each.gate, each.by, each.until) for each in self.lent),
        )
        return Assessment(facts, judge(facts, self.now))

    def _live(self) -> Version | None:
        found = [each for each in self._here() if each.state is State.SUCCEEDED]
        return Version(found[-1].sha, found[-1].tree) if found else None

    def _here(self) -> Iterator[Stored]:
        here = self.stored.environment.casefold()
        yield from (
            each
            for each in self.past
            if each.environment.casefold() == here and each.id != self.stored.id
        )

    # What we know ourselves

    def _own(self, environment: Environment) -> Iterator[Evidence]:
        if self.merge is not Result.INCONCLUSIVE:
            yield self._said(MERGE_GATES.name, "verdict", is_so=self.merge is Result.PASS)
        if self.scene.metrics is not None:
            is_watched = environment.strategy.kind == "canary" and environment.watch is not None
            yield self._said(CANARY.name, "policy", is_so=is_watched)
        yield self._said(ROLLBACK_TARGET.name, "history", is_so=self._has_target())
        rehearsed = self._rehearsed()
        if rehearsed is not None:
            yield rehearsed

    def _said(self, kind: str, source: str, *, is_so: bool) -> Evidence:
        return Evidence(
            kind=kind,
            value=YES if is_so else NO,
            unit=Unit.PASSED,
            sha=self.stored.sha,
            monitor_id=f"gatewright:{kind}",
            observed_at=self.now,
            tree=self.stored.tree,
            source=source,
        )

    def _has_target(self) -> bool:
        """Tell whether there is a version to go back to; the first one of all needs none."""
        if self._live() is None:
            return True
        here = self.stored.environment.casefold()
        history = [as_past(each) for each in self.past]
        bad = quarantined(self.past)
        return last_known_good(here, history, bad, besides=self.stored.id) is not None

    def _rehearsed(self) -> Evidence | None:
        """Return how long the newest rollback of the repository took that arrived."""
        back = [each for each in self.past if each.kind is Kind.ROLLBACK and each.state in _ARRIVED]
        if not back:
            return None
        newest = max(back, key=lambda each: each.begun_at or each.requested_at)
        with self.scene.database.read() as connection:
            steps = deployments.steps(connection, newest.id)
        begun = newest.begun_at or newest.requested_at
        arrived = next((each.at for each in steps if each.state in _ARRIVED), None)
        if arrived is None:
            return None
        return Evidence(
            kind=REHEARSAL,
            value=Decimal(int((arrived - begun).total_seconds())),
            unit=Unit.SECONDS,
            sha=self.stored.sha,
            monitor_id=f"gatewright:{newest.id}",
            observed_at=arrived,
            tree=self.stored.tree,
            source=newest.environment,
        )


def keep(connection: sa.Connection, found: Assessment | None) -> Mapping[str, str]:
    """Store what a step was decided from; returns what the log says of it."""
    if found is None:
        return {}
    bodies = {
        "readiness_facts": (FACTS_TYPE, facts_to_bytes(found.facts)),
        "readiness": (REPORT_TYPE, canonical(report_document(found.report))),
    }
    return {name: verdicts.keep_detail(connection, *body) for name, body in bodies.items()}
