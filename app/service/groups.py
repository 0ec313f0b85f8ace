"""Judges a merge queue's group on its own commit, from the verdicts of its pull requests."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from app.core.facts import Checks, Facts, Gap, GroupMember, MergeGroup, Part, Sha, Subject
from app.core.judge import judge
from app.core.policy.model import Policy
from app.engine.runner import Settled
from app.errors import NotFoundError
from app.ports import ChangeReading, CheckQuery, ChecksReading, Clock, RepositoryRef
from app.service import keys
from app.service.evaluate import wake_at
from app.service.gaps import Gaps
from app.service.gather import Gathered, Gatherer, check_query
from app.service.policies import read_policy
from app.service.publish import About, Publisher, Standing
from app.service.record import Evidence, Recorder
from app.service.standings import again_page, shown_standings
from app.service.withdraw import Withdrawer
from app.store import registry, subjects, verdicts
from app.store.database import Database
from app.store.subjects import Taken

# From the right: the base branch may hold slashes and even "pr-".
_REF = re.compile(
    r"\Agh-readonly-queue/(?P<base>.+)/pr-(?P<number>[0-9]+)-(?P<parent>[0-9a-f]{40})\Z"
)
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class GroupEvaluator:
    """Answers `merge_group.checks_requested`; without an answer the queue waits for ever."""

    database: Database
    gatherer: Gatherer
    recorder: Recorder
    publisher: Publisher
    withdrawer: Withdrawer
    now: Clock

    def group(self, job: Taken) -> Settled:
        """Judge the group under the policy of its base and publish on the group's commit."""
        key = keys.parse(job.key)
        sha, head_ref, base_ref = key.rest.split(" ")
        with self.database.read() as connection:
            repository = registry.repository_ref(connection, key.repository_id)
        if repository is None:
            return Settled()
        if job.urgent:
            self.withdrawer.heads(job, repository, [sha], job.cause)
        if not self.gatherer.github.reader(repository).has_branch(head_ref):
            with self.database.write() as connection:
                subjects.forget(connection, job.key)
            return Settled()
        gathered = self._gather(repository, Sha(sha), head_ref, base_ref)
        policy = gathered.policy
        digest = policy.digest
        judgement = judge(gathered.facts, policy.value, digest, policy.source, self.now())
        evidence = Evidence(judgement, gathered.facts, policy)

        def record(connection: sa.Connection) -> tuple[About, Sequence[Standing]]:
            recorded = self.recorder.issue(connection, job, evidence)
            shown = shown_standings(judgement, gathered, {})
            if subjects.has_bad_news(connection, job):
                shown = (again_page("news that came in between"),)
            return About.of(recorded), shown

        self.publisher.publish(job, repository, sha, record)
        return Settled(wake_at(judgement, gathered.facts, self.now()))

    def _gather(
        self, repository: RepositoryRef, sha: Sha, head_ref: str, base_ref: str
    ) -> Gathered:
        reader = self.gatherer.github.reader(repository)
        gaps = Gaps(self.gatherer.settings_page.format(installation=repository.installation_id))
        access = reader.git_access()
        with self.gatherer.changes.open(
            repository.id, access, base_ref, f"refs/heads/{head_ref}"
        ) as reading:
            members, unresolved = self._members(repository, head_ref, reading)
            gaps.add(unresolved)
            policy = read_policy(reading.policy_files())
            query = check_query(policy.value) if isinstance(policy.value, Policy) else CheckQuery()
            read = partial(reader.checks, sha, query)
            checks = gaps.attempt(Part.CHECKS, read, ChecksReading(Checks(), ())).checks
            facts = Facts(
                subject=Subject(
                    repository_id=repository.id,
                    repository=repository.full_name,
                    pull_request=None,
                    base_ref=base_ref,
                    base_sha=reading.tips.base,
                    merge_base=reading.merge_base,
                    head_sha=sha,
                ),
                group=MergeGroup(head_ref, base_ref, members),
                checks=checks,
                gaps=tuple(gaps.found),
            )
            return Gathered(facts, policy)

    def _members(
        self, repository: RepositoryRef, head_ref: str, reading: ChangeReading
    ) -> tuple[tuple[GroupMember, ...], tuple[Gap, ...]]:
        """Follow the queue's refs from this group down to the base branch's tip."""
        numbers: list[int] = []
        ref = head_ref
        for _ in range(_DEPTH):
            found = _REF.match(ref)
            if found is None:
                break
            numbers.append(int(found["number"]))
            if reading.is_on_base(Sha(found["parent"])):
                return tuple(self._member(repository, number) for number in numbers), ()
            ref = self._ref_of(repository, found["parent"])
        detail = f"the pull requests behind {head_ref} cannot be worked out"
        return (), (Gap(Part.GROUP, "GROUP_UNRESOLVED", detail, temporary=False),)

    def _ref_of(self, repository: RepositoryRef, sha: str) -> str:
        """Return the ref of the group with this head, as its own event named it."""
        with self.database.read() as connection:
            found = subjects.keys_starting(connection, keys.group_start(repository.id, sha))
        return keys.parse(found[0]).rest.split(" ")[1] if found else ""

    def _member(self, repository: RepositoryRef, number: int) -> GroupMember:
        try:
            pull = self.gatherer.pull_request(repository, number)
        except NotFoundError:
            return GroupMember(number, None, "", is_open=False)
        with self.database.read() as connection:
            found = verdicts.current(connection, repository.id, [number]).get(number)
        place = (pull.head_sha, pull.base_ref)
        is_about = found is not None and (found.head_sha, found.base_ref) == place
        recorded = found.gates if found is not None and is_about else ()
        return GroupMember(
            number, pull.head_sha, pull.base_ref, pull.pull_request.is_open, recorded
        )
