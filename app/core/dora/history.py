"""What a commit holds: its changes, where they started, and everything reachable from it.

Sets of commits and of changes are whole numbers, one bit a member: a walk stops where an earlier
walk has been, and two contents are compared in one step.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from app.core.dora.events import Commit, MergeMethod, PullRequest
from app.core.dora.rules import DoraRules


@dataclass(frozen=True, slots=True)
class Content:
    """The commits and the changes that are reachable, as bits."""

    commits: int = 0
    changes: int = 0


@dataclass(frozen=True)
class History:
    """The commits and merged pull requests of a repository, as one service sees them."""

    commits: Mapping[str, Commit]
    pulls: tuple[PullRequest, ...]
    rules: DoraRules
    prefixes: tuple[str, ...] | None
    _contents: dict[str, Content] = field(default_factory=dict, repr=False, compare=False)

    def content(self, sha: str) -> Content:
        """Return everything reachable from a commit, itself included."""
        if sha not in self._contents:
            self._contents[sha] = self._walked(sha)
        return self._contents[sha]

    def changes_of(self, sha: str) -> frozenset[str]:
        """Return the changes of one commit: none for a merge, the listed ones for a squash."""
        return self._changes.get(sha, frozenset())

    def start_of(self, change: str) -> int:
        """Return when work on a change is known to have begun."""
        if change in self.approximate:
            return self.squashes[change].opened
        return start_of(self.commits[change], self.rules)

    def reverted_by(self, change: str) -> frozenset[str]:
        """Return the commits that a change says it reverts."""
        return frozenset(self._reverts.get(change, ()))

    def touches(self, sha: str) -> bool:
        """Tell whether a commit's own paths belong to the service."""
        if self.prefixes is None:
            return True
        paths = self.commits[sha].paths or ()
        return any(path.startswith(self.prefixes) for path in paths)

    def change_ids(self, bits: int) -> list[str]:
        """Return the changes behind bits, by name."""
        return sorted(self._change_names[each] for each in _set_bits(bits))

    def commit_ids(self, bits: int) -> list[str]:
        """Return the commits behind bits, by name."""
        return sorted(self._commit_names[each] for each in _set_bits(bits))

    @cached_property
    def squashes(self) -> dict[str, PullRequest]:
        """Return the pull request that each squash commit holds, the earliest merged if several."""
        found: dict[str, PullRequest] = {}
        for pull in self.pulls:
            if pull.merge_method is MergeMethod.SQUASH and pull.merge_sha is not None:
                found.setdefault(pull.merge_sha, pull)
        return found

    @cached_property
    def approximate(self) -> frozenset[str]:
        """Return the squash commits whose list of commits is lost."""
        return frozenset(
            sha
            for sha, pull in self.squashes.items()
            if sha in self.commits
            and not self.commits[sha].is_merge
            and not any(each in self.commits for each in pull.commits or ())
        )

    def identity(self, sha: str) -> str:
        """Follow cherry-picks to the original; in a circle the first name stands for all."""
        path = [sha]
        while True:
            origin = self.commits[path[-1]].cherry_picked_from
            if origin is None or origin not in self.commits:
                return path[-1]
            if origin in path:
                return min(path[path.index(origin) :])
            path.append(origin)

    @cached_property
    def _changes(self) -> dict[str, frozenset[str]]:
        found = {sha: frozenset(self._raw_changes(sha)) for sha in self.commits}
        return {
            sha: frozenset(each for each in changes if self.touches(each))
            for sha, changes in found.items()
        }

    def _raw_changes(self, sha: str) -> Iterable[str]:
        if self.commits[sha].is_merge:
            return ()
        if sha in self.approximate:
            return (sha,)
        if sha not in self.squashes:
            return (self.identity(sha),)
        listed = self.squashes[sha].commits or ()
        inside = (each for each in listed if each in self.commits)
        return (self.identity(each) for each in inside if not self.commits[each].is_merge)

    @cached_property
    def _reverts(self) -> Mapping[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for sha, commit in self.commits.items():
            if commit.reverts is not None:
                for change in self.changes_of(sha):
                    found[change].add(commit.reverts)
        return found

    @cached_property
    def _commit_names(self) -> list[str]:
        return sorted(self.commits, key=lambda sha: (self.commits[sha].time, sha))

    @cached_property
    def _change_names(self) -> list[str]:
        return sorted(set().union(*self._changes.values()))

    @cached_property
    def _commit_places(self) -> dict[str, int]:
        return {sha: place for place, sha in enumerate(self._commit_names)}

    @cached_property
    def _change_places(self) -> dict[str, int]:
        return {change: place for place, change in enumerate(self._change_names)}

    def _walked(self, sha: str) -> Content:
        """Walk back to the roots, to unknown parents and to where an earlier walk began."""
        commits = changes = 0
        walked: set[str] = set()
        waiting = [sha]
        while waiting:
            each = waiting.pop()
            place = self._commit_places.get(each)
            if place is None or each in walked or commits >> place & 1:
                continue
            if each in self._contents:
                commits |= self._contents[each].commits
                changes |= self._contents[each].changes
            else:
                walked.add(each)
                waiting.extend(reversed(self.commits[each].parents or ()))
        found = {change for each in walked for change in self._changes[each]}
        commits |= _bits_of(self._commit_places[each] for each in walked)
        return Content(commits, changes | _bits_of(self._change_places[each] for each in found))


def start_of(commit: Commit, rules: DoraRules) -> int:
    """Return the earliest believable date of a commit: an author date far before is none."""
    dates = [commit.time]
    if commit.authored is not None and not is_implausible(commit, rules):
        dates.append(commit.authored)
    if commit.pushed is not None:
        dates.append(commit.pushed)
    return min(dates)


def is_implausible(commit: Commit, rules: DoraRules) -> bool:
    """Tell whether a commit claims to have been written too long before it was committed."""
    authored = commit.time if commit.authored is None else commit.authored
    return commit.time - authored > rules.max_author_age_s


def _bits_of(places: Iterable[int]) -> int:
    bits = 0
    for place in places:
        bits |= 1 << place
    return bits


def _set_bits(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
