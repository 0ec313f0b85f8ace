"""Judges a merge queue's group on its own commit, from the verdicts of its pull requests."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.facts import Sha
from app.core.judge import judge
from app.engine.runner import Settled
from app.ports import Clock
from app.service import keys
from app.service.evaluate import wake_at
from app.service.gather import Gatherer
from app.service.group_facts import Queued, gather_group
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
        gathered = gather_group(self.gatherer, repository, Queued(Sha(sha), head_ref, base_ref))
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
