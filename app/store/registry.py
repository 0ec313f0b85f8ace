"""What we remember of GitHub's world so that events find their subjects: ids, names, heads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from app.core.facts import Account, AccountKind, Sha
from app.ports import RepositoryRef
from app.store.tables import installation, pull_request, pusher, repository
from app.store.times import moment, stamp
from app.store.upsert import insert_in, insert_missing, parameters, put


@dataclass(frozen=True, slots=True)
class KnownPullRequest:
    """A pull request as we saw it last."""

    number: int
    head_sha: str
    base_ref: str
    is_open: bool
    head_seen_at: datetime
    verdict_id: str | None
    siblings_of: str | None = None
    watches_checks: bool = True


@dataclass(frozen=True, slots=True)
class KnownInstallation:
    """An installation and whether it may be used."""

    id: int
    account_id: int
    account_login: str
    usable: bool
    permissions: str = "{}"


def remember_repository(connection: sa.Connection, now: datetime, **values: Any) -> None:
    """Keep the present name and state of a repository under its id."""
    put(connection, repository, updated_at=stamp(now), **values)


def remember_installation(connection: sa.Connection, now: datetime, **values: Any) -> None:
    """Keep an installation's account, rights and state."""
    put(connection, installation, updated_at=stamp(now), **values)


def set_permissions(connection: sa.Connection, installation_id: int, permissions: str) -> None:
    """Keep what an installation grants now, as JSON."""
    connection.execute(
        installation.update()
        .where(installation.c.id == installation_id)
        .values(permissions=permissions)
    )


def remember_pull_request(
    connection: sa.Connection, repository_id: int, seen: KnownPullRequest
) -> None:
    """Keep head, base and state; the moment a head was first seen survives later sightings."""
    now = stamp(seen.head_seen_at)
    values = {
        "repository_id": repository_id,
        "number": seen.number,
        "head_sha": seen.head_sha,
        "base_ref": seen.base_ref,
        "is_open": seen.is_open,
        "head_seen_at": now,
        "updated_at": now,
    }
    connection.execute(_remember_pull_request(connection.dialect.name, tuple(values)), values)


@cache
def _remember_pull_request(dialect: str, names: tuple[str, ...]) -> sa.Insert:
    statement = insert_in(dialect, pull_request).values(parameters(names))
    new = statement.excluded
    same_head = pull_request.c.head_sha == new.head_sha
    changes = {
        "head_sha": new.head_sha,
        "base_ref": new.base_ref,
        "is_open": new.is_open,
        "head_seen_at": sa.case((same_head, pull_request.c.head_seen_at), else_=new.head_seen_at),
        "updated_at": new.updated_at,
    }
    keys = ["repository_id", "number"]
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def remember_pusher(
    connection: sa.Connection, repository_id: int, head_sha: str, person: Account
) -> None:
    """Keep who pushed a commit; several people may push the same one to several branches."""
    insert_missing(
        connection,
        pusher,
        repository_id=repository_id,
        head_sha=head_sha,
        account_id=person.id,
        login=person.login,
        kind=person.kind.value,
    )


def pushers_of(
    connection: sa.Connection, repository_id: int, commits: Iterable[Sha]
) -> tuple[Account, ...]:
    """Return the recorded pushers of any of the commits, by id."""
    query = sa.select(pusher).where(
        pusher.c.repository_id == repository_id, pusher.c.head_sha.in_(tuple(commits))
    )
    found = {
        row.account_id: Account(row.account_id, row.login, AccountKind(row.kind))
        for row in connection.execute(query)
    }
    return tuple(found[key] for key in sorted(found))


def known_pull_request(
    connection: sa.Connection, repository_id: int, number: int
) -> KnownPullRequest | None:
    """Return a pull request as we saw it last."""
    query = sa.select(pull_request).where(
        pull_request.c.repository_id == repository_id, pull_request.c.number == number
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _known(row)


def open_with_head(
    connection: sa.Connection, repository_id: int, head_sha: str
) -> tuple[KnownPullRequest, ...]:
    """Return the open pull requests that had this head when we saw them last."""
    return _open(connection, repository_id, pull_request.c.head_sha == head_sha)


def open_in_repository(
    connection: sa.Connection, repository_id: int
) -> tuple[KnownPullRequest, ...]:
    """Return every pull request of a repository that was open when we saw it last."""
    return _open(connection, repository_id, sa.true())


def open_into_base(
    connection: sa.Connection, repository_id: int, base_ref: str
) -> tuple[KnownPullRequest, ...]:
    """Return the open pull requests into a branch, as we saw them last."""
    return _open(connection, repository_id, pull_request.c.base_ref == base_ref)


def _open(
    connection: sa.Connection, repository_id: int, condition: sa.ColumnElement[bool]
) -> tuple[KnownPullRequest, ...]:
    query = (
        sa.select(pull_request)
        .where(pull_request.c.repository_id == repository_id, pull_request.c.is_open, condition)
        .order_by(pull_request.c.number)
    )
    return tuple(_known(row) for row in connection.execute(query))


def _known(row: sa.Row[Any]) -> KnownPullRequest:
    return KnownPullRequest(
        number=row.number,
        head_sha=row.head_sha,
        base_ref=row.base_ref,
        is_open=bool(row.is_open),
        head_seen_at=moment(row.head_seen_at),
        verdict_id=row.verdict_id,
        siblings_of=row.siblings_of,
        watches_checks=bool(row.watches_checks),
    )


def forget_pull_request(connection: sa.Connection, repository_id: int, number: int) -> None:
    """Treat a pull request that GitHub no longer shows as closed."""
    connection.execute(
        pull_request.update()
        .where(pull_request.c.repository_id == repository_id)
        .where(pull_request.c.number == number)
        .values(is_open=False)
    )


def set_siblings_read(
    connection: sa.Connection, repository_id: int, number: int, head_sha: str
) -> None:
    """Note that the siblings of a head were read in full; from then on events tell of new ones."""
    connection.execute(
        pull_request.update()
        .where(pull_request.c.repository_id == repository_id)
        .where(pull_request.c.number == number)
        .values(siblings_of=head_sha)
    )


def set_watches_checks(
    connection: sa.Connection,
    repository_id: int,
    number: int,
    watches: bool,  # noqa: FBT001 - a column's value
) -> None:
    """Note whether checks of others bear on the verdict, so that only these are bad news."""
    connection.execute(
        pull_request.update()
        .where(pull_request.c.repository_id == repository_id)
        .where(pull_request.c.number == number)
        .values(watches_checks=watches)
    )


def set_verdict(
    connection: sa.Connection, repository_id: int, number: int, verdict_id: str | None
) -> None:
    """Point a pull request at its newest verdict; None while an older one is in doubt."""
    connection.execute(
        pull_request.update()
        .where(pull_request.c.repository_id == repository_id)
        .where(pull_request.c.number == number)
        .values(verdict_id=verdict_id)
    )


def repository_ref(connection: sa.Connection, repository_id: int) -> RepositoryRef | None:
    """Return a repository by id; None when it is unknown or may not be reached.

    It is reached through its installation, which may have come to our ears by its id alone.
    """
    through = installation.c.id == repository.c.installation_id
    query = (
        sa.select(repository)
        .join(installation, through, isouter=True)
        .where(
            repository.c.id == repository_id,
            repository.c.installation_id.is_not(None),
            sa.not_(repository.c.removed),
            sa.not_(sa.func.coalesce(installation.c.removed, sa.false())),
            sa.not_(sa.func.coalesce(installation.c.suspended, sa.false())),
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _ref(row)


def repository_named(connection: sa.Connection, full_name: str) -> RepositoryRef | None:
    """Return the repository that has a name now, whatever its case; None when nobody does."""
    query = (
        sa.select(repository.c.id)
        .where(sa.func.lower(repository.c.full_name) == full_name.lower())
        .order_by(repository.c.removed, repository.c.updated_at.desc())
        .limit(1)
    )
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else repository_ref(connection, found)


def _ref(row: sa.Row[Any]) -> RepositoryRef:
    return RepositoryRef(row.id, row.full_name, row.installation_id, row.account_id)


def default_branch(connection: sa.Connection, repository_id: int) -> str:
    """Return the name of a repository's default branch as we heard it last."""
    query = sa.select(repository.c.default_branch).where(repository.c.id == repository_id)
    return connection.execute(query).scalar_one_or_none() or "main"


def is_archived(connection: sa.Connection, repository_id: int) -> bool:
    """Tell whether the repository is read-only, so that nothing can be published."""
    query = sa.select(repository.c.archived).where(repository.c.id == repository_id)
    return bool(connection.execute(query).scalar())


def repositories(connection: sa.Connection) -> tuple[RepositoryRef, ...]:
    """Return every repository of a usable installation."""
    query = (
        sa.select(repository)
        .join(installation, installation.c.id == repository.c.installation_id)
        .where(
            sa.not_(repository.c.removed),
            sa.not_(repository.c.archived),
            sa.not_(installation.c.removed),
            sa.not_(installation.c.suspended),
        )
        .order_by(repository.c.id)
    )
    return tuple(_ref(row) for row in connection.execute(query))


def repositories_through(
    connection: sa.Connection, installation_id: int
) -> tuple[RepositoryRef, ...]:
    """Return every repository that an installation covered when we looked last."""
    query = (
        sa.select(repository)
        .where(repository.c.installation_id == installation_id, sa.not_(repository.c.removed))
        .order_by(repository.c.id)
    )
    return tuple(_ref(row) for row in connection.execute(query))


def lose_repository(connection: sa.Connection, lost: RepositoryRef) -> None:
    """Note that an installation covers a repository no more; another one may by now."""
    connection.execute(
        repository.update()
        .where(repository.c.id == lost.id, repository.c.installation_id == lost.installation_id)
        .values(removed=True)
    )


def lose_installation(
    connection: sa.Connection, installation_id: int, *, suspended: bool, removed: bool
) -> None:
    """Note that an installation may not be used."""
    connection.execute(
        installation.update()
        .where(installation.c.id == installation_id)
        .values(suspended=suspended, removed=removed)
    )


def installations(connection: sa.Connection) -> tuple[int, ...]:
    """Return the ids of every installation that was not removed."""
    query = sa.select(installation.c.id).where(sa.not_(installation.c.removed))
    return tuple(connection.execute(query.order_by(installation.c.id)).scalars())


def known_installation(connection: sa.Connection, installation_id: int) -> KnownInstallation | None:
    """Return an installation; None when no event and no list ever named it."""
    query = sa.select(installation).where(installation.c.id == installation_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    usable = not (row.suspended or row.removed)
    return KnownInstallation(row.id, row.account_id, row.account_login, usable, row.permissions)
