"""From a log and a question to everything the numbers are counted from, in one function."""

from dataclasses import dataclass

from app.core.dora.attempts import Attempt, attempts
from app.core.dora.attribution import Blame, Court
from app.core.dora.deliveries import Deliveries
from app.core.dora.failures import Failure, Trial
from app.core.dora.history import History
from app.core.dora.incidents import Incident, incidents
from app.core.dora.log import Known, Log, known
from app.core.dora.rollouts import Rollout, rollouts
from app.core.dora.rules import DoraRules, Question, prefixes_of


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one service, whole: a window is only cut out of it afterwards."""

    question: Question
    rules: DoraRules
    known: Known
    attempts: tuple[Attempt, ...]
    deliveries: Deliveries
    incidents: tuple[Incident, ...]
    court: Court
    blames: tuple[Blame, ...]
    trial: Trial
    failures: tuple[Failure, ...]

    @property
    def rollouts(self) -> tuple[Rollout, ...]:
        """Return every rollout in order."""
        return self.deliveries.rollouts

    @property
    def history(self) -> History:
        """Return the commits as the service sees them."""
        return self.deliveries.history


def facts(log: Log, question: Question, rules: DoraRules) -> Facts:
    """Return the facts behind a question; the same log gives the same facts in any order."""
    seen = known(log, question.repo, question.as_of)
    history = History(seen.commits, seen.pulls, rules, prefixes_of(rules, question.service))
    tried = attempts(seen, rules, question.service)
    deliveries = Deliveries(history, tuple(rollouts(history, tried)), seen.policies)
    found = tuple(incidents(seen, rules, question.service))
    court = Court(deliveries, tuple(each for each in tried if each.ended is not None), rules)
    blames = tuple(court.blames(found))
    names = frozenset(seen.incidents) | {each.id for each in found}
    trial = Trial(deliveries, found, blames, names, rules)
    return Facts(
        question=question,
        rules=rules,
        known=seen,
        attempts=tuple(tried),
        deliveries=deliveries,
        incidents=found,
        court=court,
        blames=blames,
        trial=trial,
        failures=tuple(trial.failures()),
    )
