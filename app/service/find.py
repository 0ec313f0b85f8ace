"""Jobs that find work: whose head a commit is, whom a moved base concerns, what is open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.facts import Sha
from app.core.verdict import GateName, Outcome
from app.engine.runner import Settled
from app.engine.scheduler import Scheduler
from app.errors import NotFoundError
from app.ports import Clock, GitHub, PullRequestReading, RepositoryRef
from app.service import keys
from app.service.reach import Reach
from app.store import registry, subjects, verdicts
from app.store.database import Database
from app.store.registry import KnownPullRequest
from app.store.subjects import SWEEP, Taken, Want
from app.store.verdicts import Recorded

_YOUNG = timedelta(days=1)
_WAITING = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Finder:
    """Turns events about commits, branches and repositories into work on pull requests."""

    database: Database
    github: GitHub
    scheduler: Scheduler
    now: Clock
    reach: Reach

    def head(self, job: Taken) -> Settled:
        """Find the open pull requests of a commit that our index does not know."""
        key = keys.parse(job.key)
        repository = self._repository(key.repository_id)
        if repository is not None:
            try:
                found = self.github.reader(repository).siblings(Sha(key.rest))
            except NotFoundError:
                return Settled(rests=self.reach.has_lost(repository))
            self._want(job, repository, [sibling.number for sibling in found])
        return Settled()

    def base(self, job: Taken) -> Settled:
        """Have every open pull request into a branch judged anew."""
        key = keys.parse(job.key)
        self._look(job, self._repository(key.repository_id), key.rest)
        return Settled()

    def repository(self, job: Taken) -> Settled:
        """Have every open pull request of a repository judged anew, and its merge groups."""
        repository = self._repository(keys.parse(job.key).repository_id)
        self._look(job, repository, None)
        if repository is not None and job.cause != SWEEP:
            self._want_groups(job, repository)
        return Settled()

    def _want_groups(self, job: Taken, repository: RepositoryRef) -> None:
        with self.database.write() as connection:
            found = subjects.keys_starting(connection, keys.groups(repository.id))
            wants = [_wish(job, repository, key, keys.GROUP) for key in found]
            self.scheduler.want(connection, wants)

    def _due(
        self, job: Taken, repository: RepositoryRef, found: Sequence[PullRequestReading]
    ) -> list[int]:
        """Return whom a look concerns: a regular sweep leaves out what cannot have changed."""
        numbers = [pull.pull_request.number for pull in found]
        if job.cause != SWEEP:
            return numbers
        with self.database.read() as connection:
            recorded = verdicts.current(connection, repository.id, numbers)
        reader = self.github.reader(repository)
        tips = {base: reader.branch_tip(base) for base in sorted({pull.base_ref for pull in found})}
        return [
            pull.pull_request.number
            for pull in found
            if _may_have_changed(
                pull, recorded.get(pull.pull_request.number), tips[pull.base_ref], self.now()
            )
        ]

    def _closed_unseen(
        self, repository: RepositoryRef, found: Sequence[PullRequestReading], base: str | None
    ) -> list[int]:
        """Return what we take for open and GitHub does not list: its closing was never told."""
        listed = {pull.pull_request.number for pull in found}
        with self.database.read() as connection:
            known = registry.open_in_repository(connection, repository.id)
        return [
            each.number
            for each in known
            if each.number not in listed and base in (None, each.base_ref)
        ]

    def _repository(self, repository_id: int) -> RepositoryRef | None:
        with self.database.read() as connection:
            return registry.repository_ref(connection, repository_id)

    def _look(self, job: Taken, repository: RepositoryRef | None, base: str | None) -> None:
        if repository is None:
            return
        try:
            found = self.github.reader(repository).open_pull_requests(base)
        except NotFoundError:
            self.reach.has_lost(repository)
            return
        self._remember(repository, found)
        due = self._due(job, repository, found)
        self._want(job, repository, [*due, *self._closed_unseen(repository, found, base)])

    def _remember(self, repository: RepositoryRef, found: Iterable[PullRequestReading]) -> None:
        """Keep what the list shows, so that later events find their pull requests."""
        with self.database.write() as connection:
            for pull in found:
                seen = KnownPullRequest(
                    number=pull.pull_request.number,
                    head_sha=pull.head_sha,
                    base_ref=pull.base_ref,
                    is_open=True,
                    head_seen_at=self.now(),
                    verdict_id=None,
                )
                registry.remember_pull_request(connection, repository.id, seen)

    def _want(self, job: Taken, repository: RepositoryRef, numbers: list[int]) -> None:
        wants = [
            _wish(job, repository, keys.pull_request(repository.id, number), keys.PULL_REQUEST)
            for number in numbers
        ]
        with self.database.write() as connection:
            self.scheduler.want(connection, wants)


def _wish(job: Taken, repository: RepositoryRef, key: str, kind: str) -> Want:
    return Want(
        key=key,
        kind=kind,
        account_id=repository.account_id,
        installation_id=repository.installation_id,
        cause=job.cause,
        urgent=job.urgent,
    )


def _may_have_changed(
    pull: PullRequestReading, recorded: Recorded | None, base_sha: Sha | None, now: datetime
) -> bool:
    """Tell whether a pull request is worth a look in a sweep.

    Checks leave no trace on the pull request itself, so the young ones and those that wait are
    always looked at, the others when GitHub shows a change.
    """
    place = (pull.head_sha, pull.base_ref, base_sha)
    if recorded is None or (recorded.head_sha, recorded.base_ref, recorded.base_sha) != place:
        return True
    decided = datetime.fromisoformat(recorded.decided_at)
    waits = recorded.outcome(GateName.MERGE) in (Outcome.PENDING, Outcome.ERROR)
    is_young = now - decided < (_WAITING if waits else _YOUNG)
    return is_young or pull.updated_at is None or pull.updated_at > decided
