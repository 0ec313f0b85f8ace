"""Works out what a merge queue's group holds: from its branches' names and its commits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.facts import Gap, GroupMember, Part, Sha
from app.errors import NotFoundError
from app.ports import ChangeReading, CommitText, RepositoryRef
from app.service import keys
from app.service.gather import Gatherer
from app.store import registry, subjects, verdicts

# From the right: the base branch may hold slashes and even "pr-".
_REF = re.compile(
    r"\Agh-readonly-queue/(?P<base>.+)/pr-(?P<number>[0-9]+)-(?P<parent>[0-9a-f]{40})\Z"
)
_DEPTH = 100

Found = tuple[tuple[GroupMember, ...], tuple[Gap, ...]]


@dataclass(frozen=True, slots=True)
class Members:
    """The pull requests of one group, read fresh.

    A branch's name tells one pull request and the commit it was put on, which is the base's or
    another group's. What its commits hold beyond that pull request must be explained as well.
    """

    gatherer: Gatherer
    repository: RepositoryRef
    reading: ChangeReading

    def find(self, sha: Sha, head_ref: str) -> Found:
        """Follow the queue from this group down to the base branch; a gap where it is unclear."""
        history = {each.sha: each for each in self.reading.commits()}
        found: dict[int, GroupMember] = {}
        at, ref = sha, head_ref
        for _ in range(_DEPTH):
            named = _REF.match(ref)
            if named is None:
                break
            parent, number = Sha(named["parent"]), int(named["number"])
            held = self._held(history, at, parent, number)
            if held is None:
                return _unclear(f"{at[:12]} holds something else than pull request #{number}")
            found.update({each.number: each for each in held})
            if self.reading.is_on_base(parent):
                return tuple(found.values()), ()
            at, ref = parent, self._ref_of(parent)
        return _unclear(f"the pull requests behind {head_ref} cannot be worked out")

    def _ref_of(self, sha: str) -> str:
        """Return the ref of the group with this head, as its own event named it."""
        with self.gatherer.database.read() as connection:
            start = keys.group_start(self.repository.id, sha)
            found = subjects.keys_starting(connection, start)
        return keys.parse(found[0]).rest.split(" ")[1] if found else ""

    def _held(
        self, history: Mapping[Sha, CommitText], tip: Sha, parent: Sha, number: int
    ) -> tuple[GroupMember, ...] | None:
        """Return the pull requests between two commits; None when they hold anything else."""
        member, commits = self._member(number)
        if member.head_sha is None:
            return (member,)
        way = _first_parents(history, tip, parent)
        merged = [each.parents[1] for each in way if len(each.parents) == 2]  # noqa: PLR2004
        if not merged:
            is_own = all(len(each.parents) == 1 for each in way) and 0 < len(way) <= commits
            return (member,) if is_own else None
        if len(merged) < len(way) or member.head_sha not in merged:
            return None
        return self._merged(member, merged)

    def _merged(self, member: GroupMember, heads: Sequence[Sha]) -> tuple[GroupMember, ...] | None:
        """Return the pull requests with these heads; None when a head is nobody's."""
        found = [member]
        for head in heads:
            if head == member.head_sha:
                continue
            with self.gatherer.database.read() as connection:
                others = registry.open_with_head(connection, self.repository.id, head)
            ours = [each.number for each in others if each.base_ref == member.base_ref]
            if not ours:
                return None
            found += [self._member(number)[0] for number in ours]
        return tuple(found)

    def _member(self, number: int) -> tuple[GroupMember, int]:
        """Return the pull request, and how many commits it can be at the most once merged."""
        try:
            pull = self.gatherer.pull_request(self.repository, number)
        except NotFoundError:
            return GroupMember(number, None, "", is_open=False), 0
        with self.gatherer.database.read() as connection:
            found = verdicts.current(connection, self.repository.id, [number]).get(number)
        place = (pull.head_sha, pull.base_ref)
        is_about = found is not None and (found.head_sha, found.base_ref) == place
        recorded = found.gates if found is not None and is_about else ()
        member = GroupMember(
            number, pull.head_sha, pull.base_ref, pull.pull_request.is_open, recorded
        )
        return member, max(pull.commits or 1, 1)


def _first_parents(
    history: Mapping[Sha, CommitText], tip: Sha, parent: Sha
) -> tuple[CommitText, ...]:
    """Return the commits from a tip down to a parent that it was put on; none if it was not."""
    way: list[CommitText] = []
    at = tip
    while at != parent:
        commit = history.get(at)
        if commit is None or not commit.parents:
            return ()
        way.append(commit)
        at = commit.parents[0]
    return tuple(way)


def _unclear(detail: str) -> Found:
    return (), (Gap(Part.GROUP, "GROUP_UNRESOLVED", detail, temporary=False),)
