"""Rollouts: successful attempts folded into what they did to what runs in production."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.core.dora.attempts import Attempt
from app.core.dora.history import Content, History


class Kind(StrEnum):
    """What a rollout did; the first two are deployments of something new."""

    BASELINE = "baseline"
    CHANGE = "change"
    ROLLBACK = "rollback"
    REINSTATE = "reinstate"
    REDEPLOY = "redeploy"


HEADLINE = frozenset({Kind.BASELINE, Kind.CHANGE})


@dataclass(frozen=True, slots=True)
class Rollout:
    """One version brought to one or more environments; `added` and `removed` are bits."""

    order: int
    id: str
    kind: Kind
    sha: str
    started: int
    live: int
    planned: bool
    attempts: tuple[Attempt, ...]
    added: int = 0
    removed: int = 0
    is_known: bool = True

    @property
    def is_headline(self) -> bool:
        """Tell whether it counts as a deployment."""
        return self.kind in HEADLINE

    @property
    def failed_after(self) -> int | None:
        """Return when one of its deployments failed after its success."""
        seen = (each.failed_after for each in self.attempts)
        return min((each for each in seen if each is not None), default=None)


@dataclass(slots=True)
class _Fold:
    """What runs where while successful attempts are folded in order."""

    history: History
    rollouts: list[Rollout] = field(default_factory=list)
    live: dict[str, int] = field(default_factory=dict)
    shas: dict[str, str] = field(default_factory=dict)
    latest: dict[tuple[str, bool], int] = field(default_factory=dict)
    delivered: int | None = None

    def take(self, attempt: Attempt) -> None:
        if attempt.sha in self.history.commits:
            self._take_known(attempt, self.history.content(attempt.sha))
        else:
            again = self.shas.get(attempt.environment) == attempt.sha
            kind = Kind.REDEPLOY if again else Kind.CHANGE
            self._begin(attempt, kind, is_known=False)
        self.shas[attempt.environment] = attempt.sha

    def _take_known(self, attempt: Attempt, content: Content) -> None:
        target, before = content.changes, self.live.get(attempt.environment, 0)
        delivered, self.live[attempt.environment] = self.delivered, target
        self.delivered = (delivered or 0) | target
        if delivered is None:
            self._begin(attempt, Kind.BASELINE, added=target)
        elif target == before:
            self._begin(attempt, Kind.REDEPLOY)
        elif target | before == before:
            self._join(attempt, Kind.ROLLBACK, removed=before & ~target)
        else:
            added = target & ~delivered
            kind = Kind.CHANGE if added else Kind.REINSTATE
            self._join(attempt, kind, added=added, removed=before & ~target)

    def _join(self, attempt: Attempt, kind: Kind, *, added: int = 0, removed: int = 0) -> None:
        """Add a region to the latest rollout of the same version and direction, or begin one."""
        place = self.latest.get((attempt.sha, kind is Kind.ROLLBACK))
        if place is not None:
            rollout = self.rollouts[place]
            if attempt.environment not in {each.environment for each in rollout.attempts}:
                joined = replace(rollout, attempts=(*rollout.attempts, attempt))
                self.rollouts[place] = joined
                return
        self._begin(attempt, kind, added=added, removed=removed)

    def _begin(
        self,
        attempt: Attempt,
        kind: Kind,
        *,
        added: int = 0,
        removed: int = 0,
        is_known: bool = True,
    ) -> None:
        order = len(self.rollouts)
        if is_known and kind is not Kind.REDEPLOY:
            self.latest[attempt.sha, kind is Kind.ROLLBACK] = order
        self.rollouts.append(
            Rollout(
                order=order,
                id=attempt.id,
                kind=kind,
                sha=attempt.sha,
                started=attempt.started,
                live=_live(attempt),
                planned=attempt.planned,
                attempts=(attempt,),
                added=added,
                removed=removed,
                is_known=is_known,
            )
        )


def rollouts(history: History, attempts: Iterable[Attempt]) -> list[Rollout]:
    """Return the rollouts of a service in order, from the first one that is known."""
    fold = _Fold(history)
    successful = [each for each in attempts if each.live is not None]
    for attempt in sorted(successful, key=lambda each: (_live(each), each.created, each.id)):
        fold.take(attempt)
    return fold.rollouts


def _live(attempt: Attempt) -> int:
    if attempt.live is None:
        raise ValueError("only what was live is a rollout")
    return attempt.live
