"""Judges now and keeps nothing: for doors that have neither queue nor record, such as an Action.

What the service would look up in its record is read from GitHub again and judged again: pull
requests that share a head, and those of a merge group.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.core.decide import is_governed, rollup_across
from app.core.facts import Account, Facts, GroupMember
from app.core.judge import Rule, judge_some
from app.core.policy.model import Policy
from app.core.verdict import Judgement, Verdict
from app.errors import GitHubUnavailableError, NotFoundError
from app.ports import Clock, PullRequestReading, RepositoryRef
from app.service import keys
from app.service.gather import Gathered, Gatherer
from app.service.group_facts import Queued, gather_group
from app.service.policies import LoadedPolicy
from app.store import registry, subjects
from app.store.registry import KnownPullRequest
from app.store.subjects import Want


@dataclass(frozen=True, slots=True)
class Ruling:
    """A judgement with what it was computed from, and those on others with the same head."""

    judgement: Judgement
    facts: Facts
    policy: LoadedPolicy
    others: Mapping[int, "Ruling"] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The worst of all open pull requests with this head: a check stands on the commit."""
        rollups = {number: other.judgement.rollup for number, other in self.others.items()}
        return rollup_across(self.judgement.rollup, rollups)

    @property
    def gates(self) -> tuple[Verdict, ...]:
        """Each gate, as the worst of all open pull requests with this head says it."""
        return tuple(
            rollup_across(own, {n: _same_gate(own, other) for n, other in self.others.items()})
            for own in self.judgement.verdicts
        )


def _same_gate(own: Verdict, other: Ruling) -> Verdict | None:
    return next((each for each in other.judgement.verdicts if each.gate is own.gate), None)


@dataclass(frozen=True, slots=True)
class Once:
    """Judges one subject at one moment."""

    gatherer: Gatherer
    now: Clock

    def pull_request(self, repository: RepositoryRef, number: int) -> Ruling:
        """Judge a pull request and every other one with its head; raises GitHubError."""
        own = self._judge(repository, number)
        others: dict[int, Ruling] = {}
        for sibling in own.facts.siblings:
            found = self._judge(repository, sibling.number)
            if found.facts.subject.head_sha != own.facts.subject.head_sha:
                raise GitHubUnavailableError("a head moved while it was judged")
            if _counts(found):
                others[sibling.number] = found
        return replace(own, others=others)

    def pushed(self, repository: RepositoryRef, head_sha: str, person: Account) -> None:
        """Take over who pushed a head, which nothing that is read later tells."""
        with self.gatherer.database.write() as connection:
            registry.remember_pusher(connection, repository.id, head_sha, person)

    def group(self, repository: RepositoryRef, group: Queued) -> Ruling | None:
        """Judge a merge group and each of its pull requests; None when it has landed."""
        self._look_around(repository, group)
        gathered = gather_group(self.gatherer, repository, group)
        if gathered is None:
            return None
        held = gathered.facts.group
        if held is not None:
            members = tuple(self._with_outcomes(repository, each) for each in held.members)
            facts = replace(gathered.facts, group=replace(held, members=members))
            gathered = replace(gathered, facts=facts)
        return self._ruling(gathered)

    def _look_around(self, repository: RepositoryRef, group: Queued) -> None:
        """Note the open pull requests and the other groups of the base, to follow the queue."""
        reader = self.gatherer.github.reader(repository)
        pulls = reader.open_pull_requests(group.base_ref)
        queued = reader.queue_branches(group.base_ref)
        with self.gatherer.database.write() as connection:
            for pull in pulls:
                registry.remember_pull_request(connection, repository.id, self._known(pull))
            for ref, sha in queued.items():
                key = keys.group(repository.id, sha, ref, group.base_ref)
                want = Want(key, keys.GROUP, repository.account_id, 0, "it is in the queue")
                subjects.mark(connection, want, self.now())

    def _known(self, pull: PullRequestReading) -> KnownPullRequest:
        is_open = pull.pull_request.is_open
        number, seen = pull.pull_request.number, self.now()
        return KnownPullRequest(number, pull.head_sha, pull.base_ref, is_open, seen, None)

    def _with_outcomes(self, repository: RepositoryRef, member: GroupMember) -> GroupMember:
        """Judge a member; one whose head has moved since keeps no outcome, which blocks."""
        if member.head_sha is None:
            return member
        try:
            found = self.pull_request(repository, member.number)
        except NotFoundError:
            return member
        if found.facts.subject.head_sha != member.head_sha:
            return member
        outcomes = ((each.gate.value, each.outcome.value) for each in found.gates)
        return replace(member, outcomes=tuple(sorted(outcomes)))

    def _judge(self, repository: RepositoryRef, number: int) -> Ruling:
        pull = self.gatherer.pull_request(repository, number)
        return self._ruling(self.gatherer.gather(repository, pull))

    def _ruling(self, gathered: Gathered) -> Ruling:
        policy = gathered.policy
        rule = Rule(policy.value, policy.digest, policy.source)
        judgement = judge_some(self.gatherer.gates, gathered.facts, rule, self.now())
        return Ruling(judgement, gathered.facts, policy)


def _counts(found: Ruling) -> bool:
    """Tell whether a pull request's base is governed; the others neither help nor hinder."""
    policy = found.policy.value
    return not isinstance(policy, Policy) or is_governed(found.facts.subject.base_ref, policy)
