"""Judges a merge queue's group on its own commit, from the verdicts of its pull requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from app.core.facts import Checks, Facts, MergeGroup, Part, Sha, Subject
from app.core.judge import judge
from app.core.policy.model import Policy
from app.engine.runner import Settled
from app.ports import CheckQuery, ChecksReading, Clock, RepositoryRef
from app.service import keys
from app.service.evaluate import wake_at
from app.service.gaps import Gaps
from app.service.gather import Gathered, Gatherer, check_query
from app.service.members import Members
from app.service.policies import read_policy
from app.service.publish import About, Publisher, Standing
from app.service.record import Evidence, Recorder
from app.service.standings import again_page, shown_standings
from app.service.withdraw import Withdrawer
from app.store import registry, subjects
from app.store.database import Database
from app.store.subjects import Taken


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
            return Settled(rests=True)
        if job.urgent:
            self.withdrawer.heads(job, repository, [sha], job.cause)
        if not self.gatherer.github.reader(repository).has_branch(head_ref):
            with self.database.write() as connection:
                subjects.forget(connection, job.key)
            return Settled()
        gathered = self._gather(repository, Sha(sha), head_ref, base_ref)
        if gathered is None:
            return Settled()
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
    ) -> Gathered | None:
        """Read all facts about the group; None when it has landed and nobody waits any more."""
        reader = self.gatherer.github.reader(repository)
        gaps = Gaps(self.gatherer.settings_page.format(installation=repository.installation_id))
        access = reader.git_access()
        with self.gatherer.changes.open(
            repository.id, access, base_ref, f"refs/heads/{head_ref}"
        ) as reading:
            if reading.is_on_base(sha):
                return None
            members, unresolved = Members(self.gatherer, repository, reading).find(sha, head_ref)
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
