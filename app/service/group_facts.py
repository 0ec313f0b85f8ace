"""Reads everything a verdict needs about a merge queue's group; what fails becomes a named gap."""

from dataclasses import dataclass
from functools import partial

from app.core.facts import Checks, Facts, MergeGroup, Part, Sha, Subject
from app.core.policy.model import Policy
from app.ports import CheckQuery, ChecksReading, RepositoryRef
from app.service.gather import Gathered, Gatherer, check_query
from app.service.members import Members


@dataclass(frozen=True, slots=True)
class Queued:
    """A group as its event names it: its commit, its temporary branch, and where it goes."""

    sha: Sha
    head_ref: str
    base_ref: str


def gather_group(gatherer: Gatherer, repository: RepositoryRef, group: Queued) -> Gathered | None:
    """Read all facts about the group; None when it has landed and nobody waits any more."""
    reader = gatherer.github.reader(repository)
    gaps = gatherer.gaps(repository)
    access = reader.git_access()
    head_ref = f"refs/heads/{group.head_ref}"
    with gatherer.changes.open(repository.id, access, group.base_ref, head_ref) as reading:
        if reading.is_on_base(group.sha):
            return None
        found = Members(gatherer, repository, reading).find(group.sha, group.head_ref)
        members, unresolved = found
        gaps.add(unresolved)
        policy = gatherer.policy(reading)
        query = check_query(policy.value) if isinstance(policy.value, Policy) else CheckQuery()
        read = partial(reader.checks, group.sha, query)
        checks = gaps.attempt(Part.CHECKS, read, ChecksReading(Checks(), ())).checks
        facts = Facts(
            subject=Subject(
                repository_id=repository.id,
                repository=repository.full_name,
                pull_request=None,
                base_ref=group.base_ref,
                base_sha=reading.tips.base,
                merge_base=reading.merge_base,
                head_sha=group.sha,
            ),
            group=MergeGroup(group.head_ref, group.base_ref, members),
            checks=checks,
            gaps=tuple(gaps.found),
        )
        return Gathered(facts, policy)
