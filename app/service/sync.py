"""Jobs about the App itself: its installations and their repositories."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.engine.runner import Settled
from app.engine.scheduler import Scheduler
from app.ports import (
    AppAccount,
    Clock,
    InstallationSeen,
    RepositoryRef,
    RepositorySeen,
)
from app.service import keys
from app.service.reach import Reach
from app.store import registry
from app.store.database import Database
from app.store.subjects import SWEEP, Taken, Want

# How many things that a list leaves out are looked into in one go; the next sweep does more.
_LOOKED_INTO = 50
_GIVEN_BACK = "access that was given back"


@dataclass(frozen=True, slots=True)
class Synchroniser:
    """Brings our picture of the installations to GitHub's."""

    database: Database
    app: AppAccount
    scheduler: Scheduler
    now: Clock
    reach: Reach
    sweep_every: timedelta

    def installation(self, job: Taken) -> Settled:
        """Read an installation's repositories and sweep each of them.

        Where the App may do something from now on, whatever is open is judged.
        """
        installation_id = int(job.key.partition(":")[2])
        with self.database.read() as connection:
            known = registry.known_installation(connection, installation_id)
            before = registry.repositories_through(connection, installation_id)
        if known is not None and not known.usable:
            return Settled(rests=True)
        self.app.forget(installation_id)
        found = tuple(self.app.repositories(installation_id))
        granted = json.dumps(self.app.granted(installation_id), sort_keys=True)
        has_new_rights = job.urgent or known is None or known.permissions != granted
        old = frozenset[int]() if has_new_rights else frozenset(each.id for each in before)
        with self.database.write() as connection:
            registry.set_permissions(connection, installation_id, granted)
            for repository in found:
                self._remember_repository(connection, installation_id, repository)
            live = [each for each in found if not each.archived]
            self.scheduler.want(connection, [_sweep(installation_id, each, old) for each in live])
        self._let_go(before, found)
        return Settled()

    def _let_go(self, before: Sequence[RepositoryRef], found: Sequence[RepositorySeen]) -> None:
        """Look into what the list leaves out: it may have shifted while its pages were read."""
        listed = {each.id for each in found}
        left_out = [each for each in before if each.id not in listed]
        for repository in left_out[:_LOOKED_INTO]:
            self.reach.has_lost(repository)

    def installations(self, job: Taken) -> Settled:
        """Read the list of installations: an approval or a transfer may come without an event."""
        del job
        found = tuple(self.app.installations())
        with self.database.write() as connection:
            known = registry.installations(connection)
            wants = [self._sync(connection, each) for each in found if not each.suspended]
            for each in found:
                self._remember_installation(connection, each)
            self.scheduler.want(connection, wants)
        listed = {each.id for each in found}
        left_out = [number for number in known if number not in listed]
        for installation_id in left_out[:_LOOKED_INTO]:
            self.reach.has_lost_installation(installation_id)
        return Settled(self.now() + self.sweep_every)

    def _sync(self, connection: sa.Connection, seen: InstallationSeen) -> Want:
        """Wish for an installation to be read; one that may be used again is judged anew."""
        known = registry.known_installation(connection, seen.id)
        is_back = known is not None and not known.usable
        return Want(
            key=keys.installation(seen.id),
            kind=keys.INSTALLATION,
            account_id=seen.account_id,
            installation_id=seen.id,
            cause=_GIVEN_BACK if is_back else SWEEP,
            urgent=is_back,
        )

    def _remember_repository(
        self, connection: sa.Connection, installation_id: int, seen: RepositorySeen
    ) -> None:
        registry.remember_repository(
            connection,
            self.now(),
            id=seen.id,
            installation_id=installation_id,
            account_id=seen.owner_id,
            full_name=seen.full_name,
            default_branch=seen.default_branch,
            archived=seen.archived,
            removed=False,
        )

    def _remember_installation(self, connection: sa.Connection, seen: InstallationSeen) -> None:
        registry.remember_installation(
            connection,
            self.now(),
            id=seen.id,
            account_id=seen.account_id,
            account_login=seen.account_login,
            suspended=seen.suspended,
            removed=False,
        )


def _sweep(installation_id: int, seen: RepositorySeen, old: frozenset[int]) -> Want:
    """Wish for a look at a repository; a regular one leaves out what cannot have changed."""
    return Want(
        key=keys.repository(seen.id),
        kind=keys.REPOSITORY,
        account_id=seen.owner_id,
        installation_id=installation_id,
        cause=SWEEP if seen.id in old else _GIVEN_BACK,
    )


def standing_orders() -> tuple[Want, ...]:
    """Return the jobs that every instance keeps going: installations and lost deliveries."""
    return tuple(
        Want(key=f"{kind}:0", kind=kind, account_id=0, installation_id=0, cause="start")
        for kind in (keys.APP, keys.DELIVERIES)
    )
