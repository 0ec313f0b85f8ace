"""Takes a standing success back: before bad news is looked into, and whenever judging failed."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.facts import Sha
from app.core.render import check_name
from app.core.verdict import GateName, Outcome
from app.ports import RepositoryRef
from app.service import keys
from app.service.publish import About, Publisher, Standing
from app.service.standings import again_page, broken_page
from app.store import registry, subjects, verdicts
from app.store.database import Database
from app.store.subjects import SWEEP, Taken


@dataclass(frozen=True, slots=True)
class Withdrawer:
    """Works on what stands on a commit, whoever earned it; it reads nothing from GitHub."""

    database: Database
    publisher: Publisher

    def pull_request(self, job: Taken, repository: RepositoryRef, reason: str) -> None:
        """Take back every success that rests on the pull request, its merge groups' too.

        The verdict counts for nobody from then on: a sibling cannot bring the success back.
        """
        number = int(keys.parse(job.key).rest)
        with self.database.write() as connection:
            heads = self._heads(connection, repository, number)
            groups = self._groups(connection, repository, number)
            registry.set_verdict(connection, repository.id, number, None)
        self.heads(job, repository, (*heads, *groups), reason)

    def heads(
        self, job: Taken, repository: RepositoryRef, heads: Sequence[str], reason: str
    ) -> None:
        """Replace each success on these commits by a page that says what is going on."""
        for head in heads:
            if self._may_be_green(repository, head):
                self._show(job, repository, head, again_page(reason))

    def failure(self, job: Taken, reason: str, parked: bool) -> None:  # noqa: FBT001 - the runner's signature
        """Show that a subject could not be judged; an old success never stands on.

        A regular look that fails says nothing against what stands.
        """
        key = keys.parse(job.key)
        with self.database.read() as connection:
            repository = registry.repository_ref(connection, key.repository_id)
        if repository is None or (job.cause == SWEEP and not job.urgent and not parked):
            return
        if job.kind == keys.PULL_REQUEST:
            self.pull_request(job, repository, "a failed attempt")
        else:
            self.heads(job, repository, [_group_head(job.key)], "a failed attempt")
        if parked:
            for head in self._shown_on(job, repository):
                self._show(job, repository, head, broken_page(reason))

    def _shown_on(self, job: Taken, repository: RepositoryRef) -> list[str]:
        if job.kind != keys.PULL_REQUEST:
            return [_group_head(job.key)]
        with self.database.read() as connection:
            number = int(keys.parse(job.key).rest)
            known = registry.known_pull_request(connection, repository.id, number)
        return [known.head_sha] if known is not None and known.is_open else []

    def _heads(
        self, connection: sa.Connection, repository: RepositoryRef, number: int
    ) -> list[str]:
        """Return the heads it may be green on; a late event may have named an older one last."""
        known = registry.known_pull_request(connection, repository.id, number)
        recorded = verdicts.current(connection, repository.id, [number]).get(number)
        heads = [each.head_sha for each in (known, recorded) if each is not None]
        return list(dict.fromkeys(heads))

    def _groups(
        self, connection: sa.Connection, repository: RepositoryRef, number: int
    ) -> list[str]:
        known = registry.known_pull_request(connection, repository.id, number)
        found = subjects.keys_starting(connection, keys.groups(repository.id))
        return [_group_head(key) for key in found if known and key.endswith(f" {known.base_ref}")]

    def _may_be_green(self, repository: RepositoryRef, head: str) -> bool:
        with self.database.read() as connection:
            stands = verdicts.publications(connection, repository.id, head)
        page = stands.get(check_name(GateName.MERGE))
        return page is not None and not (page.posted and Outcome(page.outcome) is not Outcome.PASS)

    def _show(self, job: Taken, repository: RepositoryRef, head: str, page: Standing) -> None:
        about = About(repository.id, repository.account_id, Sha(head))
        self.publisher.publish(job, repository, head, lambda _connection: (about, (page,)))


def _group_head(key: str) -> str:
    return keys.parse(key).rest.partition(" ")[0]
