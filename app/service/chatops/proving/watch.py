"""The watch over a deployment: asks monitoring, lets the canary judge decide, keeps the evidence.

No answer is never health, and never a reason to take anything back: only numbers are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from app.core.canary.document import canary_document
from app.core.canary.judge import judge
from app.core.canary.limits import Limits
from app.core.canary.samples import Samples
from app.core.canary.verdict import CanaryVerdict
from app.core.canary.writing import limits_to_bytes, samples_to_bytes
from app.core.canonical import canonical
from app.core.deploy import watched
from app.core.deploy.observed import Observed, Result, RunState
from app.core.deploy.states import STATES, State
from app.core.deploy.watched import MINUTE, WATCHED, Subject
from app.core.facts import Sha
from app.core.policy.deployments import Environment
from app.errors import MetricsError, MetricsUnavailableError
from app.ports.deployments import Metrics, Question
from app.store import verdicts
from app.store.deployments import Step, Stored

SAMPLES_TYPE = "application/vnd.gatewright.canary-samples+json"
LIMITS_TYPE = "application/vnd.gatewright.canary-limits+json"
VERDICT_TYPE = "application/vnd.gatewright.canary-verdict+json"
LOOK_AGAIN = timedelta(seconds=60)
# What was scraped last is stored a little later.
_SETTLED = timedelta(seconds=15)
_OFF = "This server has no address of monitoring, so that nothing is measured."
_TOO_EARLY = "The first minute is not over."


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict was made from; the three give it again at any time."""

    samples: Samples
    limits: Limits
    verdict: CanaryVerdict


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a watched deployment; `problems` are queries without an answer, for people."""

    subject: Subject
    problems: tuple[str, ...] = ()
    evidence: Evidence | None = None

    @property
    def verdict(self) -> CanaryVerdict | None:
        """What the judge says, None when there was nothing to judge."""
        return None if self.evidence is None else self.evidence.verdict


@dataclass(frozen=True, slots=True)
class Watcher:
    """Looks at deployments through the operator's monitoring, None where there is none."""

    metrics: Metrics | None = None

    def look(
        self,
        environment: Environment | None,
        stored: Stored,
        past: Iterable[Stored],
        steps: Iterable[Step],
        now: datetime,
    ) -> Look | None:
        """Return what is known of a deployment; None where nobody asked for a watch."""
        start = watched.traffic_start((each.state, each.at) for each in steps)
        if environment is None or environment.watch is None:
            return None
        if stored.state not in WATCHED or start is None:
            return None
        subject = Subject(
            kind=stored.kind,
            state=stored.state,
            sha=stored.sha,
            live=_live(stored, past),
            environment=environment.name,
            start=start,
            end=now - _SETTLED,
        )
        return self._judged(environment, subject, now)

    def _judged(self, environment: Environment, subject: Subject, now: datetime) -> Look:
        watch = environment.watch
        if self.metrics is None or watch is None:
            return Look(subject, (_OFF,))
        if subject.end - subject.start < MINUTE:
            return Look(subject, (_TOO_EARLY,))
        try:
            measured, problems = _measured(self.metrics, environment, subject)
        except MetricsUnavailableError as error:
            return Look(subject, (str(error),))
        found = watched.samples(watch, subject, measured, self.metrics.source)
        limits = watched.limits(
            watch, subject, environment.strategy.canary_for, _longest(environment, subject)
        )
        verdict = judge(found, limits, now)
        return Look(subject, problems, Evidence(found, limits, verdict))


def _measured(
    metrics: Metrics, environment: Environment, subject: Subject
) -> tuple[dict[str, dict[datetime, Decimal]], tuple[str, ...]]:
    """Ask every query; a refused one leaves its own number out, and is told."""
    measured: dict[str, dict[datetime, Decimal]] = {}
    problems = []
    if environment.watch is None:
        return measured, ()
    for name, text in watched.questions(environment.watch, subject):
        try:
            points = metrics.minutes(Question(name, text), subject.start + MINUTE, subject.end)
        except MetricsUnavailableError:
            raise
        except MetricsError as error:
            problems.append(str(error))
        else:
            measured[name] = {each.at: each.value for each in points}
    return measured, tuple(problems)


def _live(stored: Stored, past: Iterable[Stored]) -> Sha | None:
    """Return the commit of the version that the environment had before."""
    here = stored.environment.casefold()
    found = [
        each.sha
        for each in past
        if each.environment.casefold() == here
        and each.id != stored.id
        and each.state is State.SUCCEEDED
    ]
    return found[-1] if found else None


def _longest(environment: Environment, subject: Subject) -> timedelta:
    """Return how long a canary may last: one that is held is still judged by new evidence."""
    held = STATES[State.HELD_SHADOW].limit or timedelta()
    is_held = subject.state is State.HELD_SHADOW
    # A look comes a little after the limit, and the start of traffic a little before the canary.
    spare = STATES[State.VERIFYING].limit or timedelta()
    return environment.limits.canary + spare + (held if is_held else timedelta())


def joined(seen: Observed, look: Look) -> Observed:
    """Return what was observed together with what was measured."""
    state, verdict, is_whole = look.subject.state, look.verdict, not look.problems
    fired = watched.triggers(verdict) if verdict is not None else ()
    seen = replace(seen, triggers=(*seen.triggers, *fired))
    if state in (State.CANARY, State.HELD_SHADOW):
        has_failed = seen.run.state is RunState.FAILED
        result = watched.canary(verdict, is_whole=is_whole)
        return replace(seen, canary=Result.FAIL if has_failed else result)
    if state in (State.VERIFYING, State.WATCHING) and seen.health is not Result.FAIL:
        return replace(seen, health=watched.health(look.subject, verdict, is_whole=is_whole))
    return seen


def keep(connection: sa.Connection, look: Look | None) -> Mapping[str, str]:
    """Store what a step was made from; returns what the log says of it."""
    if look is None or look.evidence is None:
        return {}
    evidence = look.evidence
    bodies = {
        "samples": (SAMPLES_TYPE, samples_to_bytes(evidence.samples)),
        "limits": (LIMITS_TYPE, limits_to_bytes(evidence.limits)),
        "verdict": (VERDICT_TYPE, canonical(canary_document(evidence.verdict))),
    }
    return {name: verdicts.keep_detail(connection, *body) for name, body in bodies.items()}
