"""What each rollout delivered: changes, and pull requests with their stages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.core.dora.events import AuthorKind, PolicyEvent, PullRequest
from app.core.dora.history import History, start_of
from app.core.dora.rollouts import Kind, Rollout


@dataclass(frozen=True, slots=True)
class Delivered:
    """A change in production: `lead` is never negative, `is_skewed` where it would have been."""

    change: str
    rollout: Rollout
    start: int
    lead: int
    kind: AuthorKind
    is_approximate: bool
    is_skewed: bool


@dataclass(frozen=True, slots=True)
class DeliveredPull:
    """A merged pull request in production; the three stages add up to the whole."""

    pull: PullRequest
    rollout: Rollout
    coding: int
    review: int
    deploy: int
    policy: str | None

    @property
    def lead(self) -> int:
        """Return the time from its first commit, or its opening, to production."""
        return max(0, self.coding + self.review + self.deploy)

    @property
    def is_skewed(self) -> bool:
        """Tell whether it was in production before it began."""
        return self.coding + self.review + self.deploy < 0


@dataclass(frozen=True)
class Deliveries:
    """Which rollout brought what, once for ever."""

    history: History
    rollouts: tuple[Rollout, ...]
    policies: tuple[PolicyEvent, ...]

    @cached_property
    def holders(self) -> Mapping[str, Rollout]:
        """Return the rollout that delivered each change, or held it as the baseline."""
        return {
            change: rollout
            for rollout in self.rollouts
            for change in self.history.change_ids(rollout.added)
        }

    @cached_property
    def changes(self) -> tuple[Delivered, ...]:
        """Return every change delivered; a baseline only held what it held."""
        return tuple(
            self._delivered(change, rollout)
            for rollout in self.rollouts
            if rollout.kind is Kind.CHANGE
            for change in self.history.change_ids(rollout.added)
        )

    @cached_property
    def pulls(self) -> tuple[DeliveredPull, ...]:
        """Return every pull request whose commit or head first came with a rollout."""
        return tuple(
            self._delivered_pull(pull, self.rollouts[order])
            for order, found in sorted(self._pulls.items())
            if self.rollouts[order].kind is not Kind.BASELINE
            for pull in found
        )

    def pulls_of(self, rollout: Rollout) -> tuple[PullRequest, ...]:
        """Return the pull requests that first came with a rollout."""
        return tuple(self._pulls.get(rollout.order, ()))

    def holding(self, bits: int) -> list[Rollout]:
        """Return the rollouts that delivered or held any of these changes, earliest first."""
        found = {self.holders[each].order for each in self.history.change_ids(bits)}
        return [self.rollouts[order] for order in sorted(found)]

    def holding_commit(self, sha: str) -> list[Rollout]:
        """Return the rollouts that delivered or held any change of a commit, earliest first."""
        changes = self.history.changes_of(sha)
        found = {self.holders[each].order for each in changes if each in self.holders}
        return [self.rollouts[order] for order in sorted(found)]

    def withdrawn_by(self, rollout: Rollout) -> list[Rollout]:
        """Return the rollouts that a rollback took something back of, earliest first."""
        return self._withdrawn.get(rollout.order, [])

    def reverted_by(self, rollout: Rollout) -> list[Rollout]:
        """Return the other rollouts that a change reverts something of, earliest first."""
        return self._reverted.get(rollout.order, [])

    @cached_property
    def _withdrawn(self) -> Mapping[int, list[Rollout]]:
        undone = (each for each in self.rollouts if each.kind is Kind.ROLLBACK)
        return {each.order: self.holding(each.removed) for each in undone}

    @cached_property
    def _reverted(self) -> Mapping[int, list[Rollout]]:
        found: defaultdict[int, set[int]] = defaultdict(set)
        for each in self.changes:
            for sha in self.history.reverted_by(each.change):
                found[each.rollout.order] |= {held.order for held in self.holding_commit(sha)}
        return {
            order: [self.rollouts[each] for each in sorted(reverted - {order})]
            for order, reverted in found.items()
        }

    @cached_property
    def own_commits(self) -> Mapping[int, tuple[str, ...]]:
        """Return the known commits of each pull request: a shared one is the first merged's."""
        owner: dict[str, int] = {}
        found: defaultdict[int, list[str]] = defaultdict(list)
        for pull in self.history.pulls:
            for sha in pull.commits or ():
                if sha in self.history.commits and sha not in owner:
                    owner[sha] = pull.number
                    found[pull.number].append(sha)
        return {number: tuple(shas) for number, shas in found.items()}

    @cached_property
    def _pulls(self) -> Mapping[int, list[PullRequest]]:
        waiting: defaultdict[str, list[PullRequest]] = defaultdict(list)
        for pull in filter(self._is_ours, self.history.pulls):
            for sha in {pull.merge_sha, pull.head_sha} - {None}:
                waiting[str(sha)].append(pull)
        seen, placed = 0, set[int]()
        found: defaultdict[int, list[PullRequest]] = defaultdict(list)
        for rollout in self.rollouts:
            commits = self.history.content(rollout.sha).commits
            fresh = [p for sha in self.history.commit_ids(commits & ~seen) for p in waiting[sha]]
            seen |= commits
            for pull in sorted(fresh, key=lambda each: (each.time, each.number)):
                if pull.number not in placed:
                    placed.add(pull.number)
                    found[rollout.order].append(pull)
        return found

    def _is_ours(self, pull: PullRequest) -> bool:
        """Tell whether a pull request touches the service; a lost list leaves its one commit."""
        if self.history.prefixes is None:
            return True
        known = self.history.commits
        shas: Iterable[str | None] = self.own_commits.get(pull.number, ())
        if not any(each in known for each in pull.commits or ()):
            shas = (pull.merge_sha,)
        return any(each in known and self.history.touches(each) for each in shas if each)

    def _delivered(self, change: str, rollout: Rollout) -> Delivered:
        start = self.history.start_of(change)
        return Delivered(
            change=change,
            rollout=rollout,
            start=start,
            lead=max(0, rollout.live - start),
            kind=self.history.commits[change].kind,
            is_approximate=change in self.history.approximate,
            is_skewed=rollout.live < start,
        )

    def _delivered_pull(self, pull: PullRequest, rollout: Rollout) -> DeliveredPull:
        commits = self.history.commits
        own = [commits[each] for each in self.own_commits.get(pull.number, ())]
        starts = [start_of(each, self.history.rules) for each in own if not each.is_merge]
        in_force = [each.version for each in self.policies if each.time <= pull.time]
        return DeliveredPull(
            pull=pull,
            rollout=rollout,
            coding=pull.opened - min([pull.opened, *starts]),
            review=min(pull.time, rollout.live) - pull.opened,
            deploy=max(0, rollout.live - pull.time),
            policy=in_force[-1] if in_force else None,
        )
