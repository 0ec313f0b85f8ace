"""Tells what the App may not reach now from what is gone for good, and lets such subjects rest."""

from dataclasses import dataclass
from http import HTTPStatus

from app.engine.runner import Handler, Settled
from app.errors import GitHubError, RateLimitedError
from app.ports import Access, AccessCheck, RepositoryRef
from app.service import keys
from app.store import registry
from app.store.database import Database
from app.store.subjects import Taken

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


@dataclass(frozen=True, slots=True)
class Reach:
    """Asks GitHub what a refusal means; events and lists that give access back wake the rest."""

    database: Database
    github: AccessCheck

    def resting(self, handler: Handler) -> Handler:
        """Return the handler with its refusals looked into: a lost access is no failed attempt."""

        def run(job: Taken) -> Settled:
            try:
                return handler(job)
            except RateLimitedError:
                raise
            except GitHubError as error:
                if error.status not in _REFUSED or not self._is_lost_to(job):
                    raise
                return Settled(rests=True)

        return run

    def has_lost(self, repository: RepositoryRef) -> bool:
        """Ask whether the App lost the repository, and remember it if so."""
        access = self.github.repository_access(repository)
        if access is Access.REPOSITORY_LOST:
            with self.database.write() as connection:
                registry.lose_repository(connection, repository)
        else:
            self._remember(repository.installation_id, access)
        return access is not Access.OPEN

    def has_lost_installation(self, installation_id: int) -> bool:
        """Ask whether the installation is suspended or gone, and remember it if so."""
        access = self.github.installation_access(installation_id)
        self._remember(installation_id, access)
        return access is not Access.OPEN

    def _is_lost_to(self, job: Taken) -> bool:
        if job.kind == keys.INSTALLATION:
            return self.has_lost_installation(job.installation_id)
        with self.database.read() as connection:
            repository_id = keys.parse(job.key).repository_id
            repository = registry.repository_ref(connection, repository_id)
        return repository is None or self.has_lost(repository)

    def _remember(self, installation_id: int, access: Access) -> None:
        if access is Access.OPEN:
            return
        with self.database.write() as connection:
            registry.lose_installation(
                connection,
                installation_id,
                suspended=access is Access.SUSPENDED,
                removed=access is Access.UNINSTALLED,
            )
