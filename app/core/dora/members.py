"""What each number counts in a window; each is the size, or a statistic, of one of these."""

from dataclasses import dataclass
from functools import cached_property

from app.core.dora.attempts import Attempt
from app.core.dora.attribution import Blame
from app.core.dora.deliveries import Delivered, DeliveredPull
from app.core.dora.events import AuthorKind
from app.core.dora.facts import Facts
from app.core.dora.failures import Failure
from app.core.dora.incidents import Incident
from app.core.dora.rollouts import Kind, Rollout


@dataclass(frozen=True, slots=True)
class Waiting:
    """A merged change that is not in production at the end of the window."""

    change: str
    start: int


@dataclass(frozen=True)
class Members:
    """The facts that lie in a window, each by the time that its number goes by."""

    facts: Facts

    @cached_property
    def rollouts(self) -> tuple[Rollout, ...]:
        """Return all rollouts that went live."""
        return tuple(each for each in self.facts.rollouts if self._has(each.live))

    @cached_property
    def deployments(self) -> tuple[Rollout, ...]:
        """Return the rollouts that brought something new."""
        return tuple(each for each in self.rollouts if each.is_headline)

    def of_kind(self, kind: Kind) -> tuple[Rollout, ...]:
        """Return the rollouts of a kind."""
        return tuple(each for each in self.rollouts if each.kind is kind)

    @cached_property
    def failed_attempts(self) -> tuple[Attempt, ...]:
        """Return the attempts that never succeeded, by their end."""
        return tuple(each for each in self.facts.attempts if self._has(each.ended))

    @cached_property
    def changes(self) -> tuple[Delivered, ...]:
        """Return all changes delivered."""
        return tuple(each for each in self.facts.deliveries.changes if self._has(each.rollout.live))

    @cached_property
    def by_people(self) -> tuple[Delivered, ...]:
        """Return the changes delivered that no bot wrote."""
        return tuple(each for each in self.changes if each.kind is not AuthorKind.BOT)

    @cached_property
    def pulls(self) -> tuple[DeliveredPull, ...]:
        """Return the pull requests delivered that no bot wrote."""
        return tuple(
            each
            for each in self.facts.deliveries.pulls
            if self._has(each.rollout.live) and each.pull.author_kind is not AuthorKind.BOT
        )

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """Return the failures of deployments in the window, whenever the trouble came."""
        return tuple(each for each in self.facts.failures if self._has(each.counts_at))

    @cached_property
    def judged(self) -> tuple[str, ...]:
        """Return what could have failed: deployments, and attempts that did harm."""
        harmful = (each.target.id for each in self.failures if isinstance(each.target, Attempt))
        return (*(each.id for each in self.deployments), *harmful)

    @cached_property
    def recovered(self) -> tuple[Failure, ...]:
        """Return the failures that ended in the window, whenever they began."""
        return tuple(each for each in self.facts.failures if self._has(each.ended))

    @cached_property
    def still_open(self) -> tuple[Failure, ...]:
        """Return the failures that had begun and not ended when the window closed."""
        end = self.facts.question.end
        return tuple(
            each
            for each in self.facts.failures
            if each.started < end and (each.ended is None or each.ended >= end)
        )

    @cached_property
    def rework(self) -> tuple[Rollout, ...]:
        """Return the rollouts that repaired another."""
        reasons = self.facts.trial.rework()
        return tuple(each for each in self.rollouts if each.order in reasons)

    @cached_property
    def no_redeploys(self) -> tuple[Rollout, ...]:
        """Return the rollouts that changed what runs."""
        return tuple(each for each in self.rollouts if each.kind is not Kind.REDEPLOY)

    @cached_property
    def blames(self) -> tuple[Blame, ...]:
        """Return the incidents opened in the window, with what they are charged to."""
        return tuple(each for each in self.facts.blames if self._has(each.incident.opened))

    @cached_property
    def restored(self) -> tuple[Incident, ...]:
        """Return the incidents resolved in the window."""
        return tuple(each for each in self.facts.incidents if self._has(each.resolved))

    @cached_property
    def waiting(self) -> tuple[Waiting, ...] | None:
        """Return merged changes that are not delivered; None while no baseline is known."""
        end, history = self.facts.question.end, self.facts.history
        before = [each for each in self.facts.rollouts if each.live < end]
        if all(each.kind is not Kind.BASELINE for each in before):
            return None
        delivered = merged = 0
        for rollout in before:
            delivered |= rollout.added
        for pull in history.pulls:
            if pull.time < end and pull.merge_sha is not None:
                merged |= history.content(pull.merge_sha).changes
        names = history.change_ids(merged & ~delivered)
        return tuple(Waiting(each, history.start_of(each)) for each in names)

    def _has(self, moment: int | None) -> bool:
        return moment is not None and self.facts.question.has(moment)


def seconds(failure: Failure) -> int | None:
    """Return how long a failure lasted; one that ended before it began lasted no time."""
    return None if failure.ended is None else max(0, failure.ended - failure.started)


def restore_seconds(incident: Incident) -> int | None:
    """Return how long an incident was open; never less than no time."""
    return None if incident.resolved is None else max(0, incident.resolved - incident.opened)
