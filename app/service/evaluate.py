"""Judges one pull request: read, decide, record, publish; the heart of every job."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.canonical import canonical, digest, judgement_document
from app.core.facts import Facts
from app.core.judge import judge
from app.core.verdict import Judgement, Outcome
from app.engine.runner import Settled
from app.engine.scheduler import Scheduler
from app.errors import NotFoundError
from app.ports import Clock, PullRequestReading, RepositoryRef
from app.service import keys, siblings
from app.service.gather import Gathered, Gatherer
from app.service.publish import About, Publisher, Standing
from app.service.reach import Reach
from app.service.record import Evidence, Recorder
from app.service.standings import again_page, governed, shown_standings
from app.service.withdraw import Withdrawer
from app.store import registry, subjects, verdicts
from app.store.database import Database
from app.store.subjects import Taken, Want
from app.store.verdicts import Recorded

_RETRY_GAPS_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Evaluator:
    """The use case behind every event about a pull request."""

    database: Database
    gatherer: Gatherer
    recorder: Recorder
    publisher: Publisher
    withdrawer: Withdrawer
    scheduler: Scheduler
    now: Clock
    reach: Reach

    def pull_request(self, job: Taken) -> Settled:
        """Judge the pull request as it is now; nothing is taken from the event but its number."""
        key = keys.parse(job.key)
        with self.database.read() as connection:
            repository = registry.repository_ref(connection, key.repository_id)
            archived = registry.is_archived(connection, key.repository_id)
            standing = verdicts.current(connection, key.repository_id, [int(key.rest)])
        if repository is None or archived:
            return Settled(rests=True)
        number = int(key.rest)
        if job.urgent:
            self.withdrawer.pull_request(job, repository, job.cause)
        try:
            pull = self.gatherer.pull_request(repository, number)
        except NotFoundError:
            if self.reach.has_lost(repository):
                return Settled(rests=True)
            return self._gone(job, repository, number)
        if not pull.pull_request.is_open:
            return self._closed(job, repository, pull)
        return self._judge(job, repository, pull, standing.get(number))

    def _judge(
        self,
        job: Taken,
        repository: RepositoryRef,
        pull: PullRequestReading,
        standing: Recorded | None,
    ) -> Settled:
        if job.urgent or not _is_about(standing, pull):
            # A success on this head was earned by somebody else, or is in doubt.
            self.withdrawer.heads(job, repository, [pull.head_sha], job.cause)
        gathered = self.gatherer.gather(repository, pull)
        judgement = self._judgement(gathered, standing)
        evidence = Evidence(judgement, gathered.facts, gathered.policy)
        own = self.recorder.draft(job, evidence)

        def record(connection: sa.Connection) -> tuple[About, Sequence[Standing]]:
            self.recorder.issue(connection, job, evidence)
            return About.of(own), self._standings(connection, job, judgement, gathered, own)

        self.publisher.publish(job, repository, pull.head_sha, record)
        self._want_others(job, own, gathered.facts)
        return Settled(wake_at(judgement, gathered.facts, self.now()))

    def _standings(
        self,
        connection: sa.Connection,
        job: Taken,
        judgement: Judgement,
        gathered: Gathered,
        own: Recorded,
    ) -> Sequence[Standing]:
        """Return what this pull request writes on its head, which may be nothing."""
        found = siblings.judged(connection, gathered.facts)
        if not siblings.speaks(own, found):
            return ()
        shown = shown_standings(judgement, gathered, siblings.outcomes(found))
        if shown[0].verdict.outcome is Outcome.PASS and subjects.has_bad_news(connection, job):
            return (again_page("news that came in between"),)
        if job.again:
            shown = tuple(replace(each, again=True) for each in shown)
        stands = verdicts.publications(connection, own.repository_id, own.head_sha)
        return shown if stands else governed(shown)

    def _judgement(self, gathered: Gathered, standing: Recorded | None) -> Judgement:
        """Judge now; a standing verdict that comes out the same to the letter is kept."""
        fresh = _judge_at(gathered, self.now())
        if standing is None or standing.facts_sha256 != fresh.facts_digest:
            return fresh
        earlier = _judge_at(gathered, datetime.fromisoformat(standing.decided_at))
        same = (earlier.verdicts, earlier.rollup) == (fresh.verdicts, fresh.rollup)
        kept = digest(canonical(judgement_document(earlier))) == standing.judgement_sha256
        return earlier if same and kept else fresh

    def _want_others(self, job: Taken, own: Recorded, facts: Facts) -> None:
        """Have siblings judged that have to be, and merge groups that rest on this verdict."""
        with self.database.write() as connection:
            found = siblings.judged(connection, facts)
            numbers = siblings.to_judge(connection, own, found)
            groups = subjects.keys_starting(connection, keys.groups(own.repository_id))
            wants = [_sibling(job, own.repository_id, number) for number in numbers]
            wants += [_group(job, key) for key in groups if key.endswith(f" {own.base_ref}")]
            self.scheduler.want(connection, wants)

    def _gone(self, job: Taken, repository: RepositoryRef, number: int) -> Settled:
        with self.database.write() as connection:
            known = registry.known_pull_request(connection, repository.id, number)
            if known is not None:
                registry.forget_pull_request(connection, repository.id, number)
                self._want_siblings(connection, job, repository, known.head_sha, number)
        return Settled()

    def _closed(self, job: Taken, repository: RepositoryRef, pull: PullRequestReading) -> Settled:
        """Let its siblings be judged anew: a closed pull request holds them back no longer."""
        with self.database.write() as connection:
            number = pull.pull_request.number
            self._want_siblings(connection, job, repository, pull.head_sha, number)
        return Settled()

    def _want_siblings(
        self,
        connection: sa.Connection,
        job: Taken,
        repository: RepositoryRef,
        head_sha: str,
        number: int,
    ) -> None:
        others = registry.open_with_head(connection, repository.id, head_sha)
        wants = [
            _sibling(job, repository.id, other.number) for other in others if other.number != number
        ]
        self.scheduler.want(connection, wants)


def _judge_at(gathered: Gathered, now: datetime) -> Judgement:
    policy = gathered.policy
    return judge(gathered.facts, policy.value, policy.digest, policy.source, now)


def _sibling(job: Taken, repository_id: int, number: int) -> Want:
    return Want(
        key=keys.pull_request(repository_id, number),
        kind=keys.PULL_REQUEST,
        account_id=job.account_id,
        installation_id=job.installation_id,
        cause="it shares its head with another pull request",
    )


def _group(job: Taken, key: str) -> Want:
    return Want(
        key=key,
        kind=keys.GROUP,
        account_id=job.account_id,
        installation_id=job.installation_id,
        cause="one of its pull requests was judged anew",
    )


def _is_about(standing: Recorded | None, pull: PullRequestReading) -> bool:
    place = (pull.head_sha, pull.base_ref)
    return standing is not None and (standing.head_sha, standing.base_ref) == place


def wake_at(judgement: Judgement, facts: Facts, now: datetime) -> datetime | None:
    """Return when to look again: a gate's own time, or soon when something could not be read."""
    times = [each.recheck_at for each in (*judgement.verdicts, judgement.rollup)]
    moments = [moment for moment in times if moment is not None]
    if any(gap.temporary for gap in facts.gaps):
        moments.append(now + _RETRY_GAPS_AFTER)
    return max(min(moments), now + timedelta(seconds=1)) if moments else None
