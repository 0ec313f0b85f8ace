"""Deployments: rows with a version, their transitions and approvals, and what is shown of them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.commands.scales import Tier
from app.core.deploy.machine import Move
from app.core.deploy.observed import Kind, RunState
from app.core.deploy.states import STATES, State
from app.core.facts import Sha
from app.store.deployment_tables import (
    approval,
    deployment,
    status_comment,
    transition,
)
from app.store.times import moment, stamp
from app.store.upsert import insert_missing, put

_FINAL = [state for state in State if STATES[state].is_final]
_ON_THEIR_WAY = [each for each in State if each not in (*_FINAL, State.SUCCEEDED)]
_REMEMBERED = [*_ON_THEIR_WAY, State.CLEARED]
_place = sa.func.lower(deployment.c.environment)


@dataclass(frozen=True, slots=True)
class Stored:
    """A deployment as its row says; `told` is the GitHub status that stands there already.

    `begun_at` is when it got the environment: what is live follows from that, not from who asked
    first. `schema` counts the migrations that it brings, `floor` is the least that code needs then,
    `fencing` is the number of the lock that it got, `flag` what became of switching its flag off.
    `rollback_to` is the deployment that people chose to go back to, `review_after` names in JSON
    the roles that look at it afterwards.
    """

    id: str
    account_id: int
    repository_id: int
    installation_id: int
    environment: str
    kind: Kind
    tier: Tier
    sha: Sha
    tree: str
    state: State
    version: int
    entered_at: datetime
    requested_at: datetime
    requested_by: int
    requested_login: str
    policy_sha256: str
    begun_at: datetime | None = None
    number: int | None = None
    comment_id: int | None = None
    params: str = "{}"
    ended_by: str = ""
    detail: str = ""
    replaces: str | None = None
    github_id: int | None = None
    github_sha: Sha | None = None
    run_id: int | None = None
    run_state: RunState = RunState.ABSENT
    run_sha: Sha | None = None
    has_moved_traffic: bool = False
    cancelled_by: str | None = None
    aborted_by: str | None = None
    paused_by: str | None = None
    promoted_by: str | None = None
    promoted_anyway: bool = False
    flag: str = ""
    fencing: int | None = None
    schema: int | None = None
    floor: int | None = None
    told: str = ""
    cleared_by: Sha | None = None
    rollback_to: str | None = None
    review_after: str = "[]"


@dataclass(frozen=True, slots=True)
class Step:
    """A change of state that was made."""

    version: int
    state: State
    code: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person said about a deployment, and about which commit under which policy."""

    account_id: int
    login: str
    approves: bool
    sha: Sha
    tree: str
    params: str
    policy_sha256: str
    comment_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """What one status comment is about."""

    repository_id: int
    number: int
    environment: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A status comment and the digest of its text."""

    comment_id: int
    digest: str


_MOMENTS = ("entered_at", "requested_at")
_KEPT = 50
_KINDS: dict[str, Any] = {"kind": Kind, "tier": Tier, "state": State, "run_state": RunState}


def create(connection: sa.Connection, made: Stored) -> bool:
    """Store a new deployment and its first state; False when its comment asked before."""
    if not insert_missing(connection, deployment, **_values(made)):
        return False
    _record(connection, made)
    return True


def _values(made: Stored) -> dict[str, Any]:
    values = {each.name: getattr(made, each.name) for each in fields(Stored)}
    begun = {"begun_at": stamp(made.begun_at) if made.begun_at else None}
    return values | begun | {name: stamp(values[name]) for name in _MOMENTS}


def _record(connection: sa.Connection, at: Stored) -> None:
    connection.execute(
        transition.insert(),
        {
            "deployment_id": at.id,
            "version": at.version,
            "state": at.state,
            "code": at.ended_by,
            "detail": at.detail,
            "at": stamp(at.entered_at),
        },
    )


def read(connection: sa.Connection, deployment_id: str) -> Stored | None:
    """Return a deployment."""
    query = sa.select(deployment).where(deployment.c.id == deployment_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _stored(row)


def _stored(row: sa.RowMapping) -> Stored:
    values = {each.name: row[each.name] for each in fields(Stored)}
    values |= {name: moment(values[name]) for name in _MOMENTS}
    values["begun_at"] = moment(row["begun_at"]) if row["begun_at"] else None
    return Stored(**(values | {name: kind(values[name]) for name, kind in _KINDS.items()}))


def move(connection: sa.Connection, seen: Stored, step: Move, now: datetime) -> Stored | None:
    """Change the state as it was seen; None when somebody else changed it since."""
    values: dict[str, Any] = {
        "state": step.to,
        "version": seen.version + 1,
        "ended_by": str(step.code),
        "detail": step.detail,
    }
    begun_at = now if step.to is State.GATING else seen.begun_at
    changed = connection.execute(
        deployment.update()
        .where(deployment.c.id == seen.id, deployment.c.version == seen.version)
        .values(**values, entered_at=stamp(now), begun_at=stamp(begun_at) if begun_at else None)
    )
    if changed.rowcount != 1:
        return None
    moved = replace(seen, **values, entered_at=now, begun_at=begun_at)
    _record(connection, moved)
    return moved


def note(connection: sa.Connection, deployment_id: str, **facts: Any) -> None:
    """Keep what was learnt about a deployment; its state is changed by `move` alone."""
    if {"state", "version", "entered_at"} & set(facts):
        raise ValueError("a state is changed by `move` alone")
    connection.execute(deployment.update().where(deployment.c.id == deployment_id).values(**facts))


def steps(connection: sa.Connection, deployment_id: str) -> tuple[Step, ...]:
    """Return every change of state, oldest first."""
    query = (
        sa.select(transition)
        .where(transition.c.deployment_id == deployment_id)
        .order_by(transition.c.version)
    )
    return tuple(
        Step(row.version, State(row.state), row.code, row.detail, moment(row.at))
        for row in connection.execute(query)
    )


def history(connection: sa.Connection, repository_id: int) -> tuple[Stored, ...]:
    """Return a repository's deployments in the order in which they got their environment.

    Of each environment these are the newest that began, the newest that did not, and all that are
    on their way or were taken back: no number of requests lets an incident be forgotten. Each part
    is the end of an index, so that no number of requests makes it slow either.
    """
    mine = deployment.c.repository_id == repository_id
    kept = sa.select(deployment).where(mine, deployment.c.state.in_(_REMEMBERED))
    found = list(connection.execute(kept).mappings())
    for name in _environments(connection, repository_id):
        here = sa.select(deployment).where(mine, _place == name)
        for is_begun in (True, False):
            order = deployment.c.begun_at if is_begun else deployment.c.requested_at
            newest = here.where(
                deployment.c.begun_at.is_not(None) if is_begun else deployment.c.begun_at.is_(None)
            )
            ordered = newest.order_by(order.desc(), deployment.c.id.desc()).limit(_KEPT)
            found += connection.execute(ordered).mappings()
    every = {each.id: each for each in map(_stored, found)}.values()
    return tuple(sorted(every, key=lambda each: (each.begun_at or each.requested_at, each.id)))


def _environments(connection: sa.Connection, repository_id: int) -> Iterator[str]:
    """Yield every environment that a repository ever named, from one to the next in the index."""
    following = sa.select(sa.func.min(_place)).where(deployment.c.repository_id == repository_id)
    name: str | None = connection.execute(following).scalar_one()
    while name is not None:
        yield name
        name = connection.execute(following.where(_place > name)).scalar_one()


def unfinished(
    connection: sa.Connection, repository_id: int, number: int | None = None
) -> tuple[Stored, ...]:
    """Return deployments that are on their way, of one pull request if given, oldest first."""
    query = sa.select(deployment).where(
        deployment.c.repository_id == repository_id,
        deployment.c.state.in_(_ON_THEIR_WAY),
    )
    if number is not None:
        query = query.where(deployment.c.number == number)
    ordered = query.order_by(deployment.c.requested_at, deployment.c.id)
    return tuple(_stored(row) for row in connection.execute(ordered).mappings())


def behind(
    connection: sa.Connection,
    repository_id: int,
    github_id: int | None = None,
    run_id: int | None = None,
) -> Stored | None:
    """Return the deployment behind GitHub's record or behind a run; None for anybody else's."""
    column = deployment.c.github_id if github_id is not None else deployment.c.run_id
    number = github_id if github_id is not None else run_id
    query = sa.select(deployment).where(
        deployment.c.repository_id == repository_id, column == number, column.is_not(None)
    )
    row = connection.execute(query.limit(1)).mappings().one_or_none()
    return None if row is None else _stored(row)


def say(connection: sa.Connection, deployment_id: str, said: Approval) -> None:
    """Keep what a person said last about a deployment."""
    put(
        connection,
        approval,
        deployment_id=deployment_id,
        account_id=said.account_id,
        login=said.login,
        approves=said.approves,
        sha=said.sha,
        tree=said.tree,
        params=said.params,
        policy_sha256=said.policy_sha256,
        comment_id=said.comment_id,
        at=stamp(said.at),
    )


def said(connection: sa.Connection, deployment_id: str) -> tuple[Approval, ...]:
    """Return what each person said last about a deployment, in the order in which they did."""
    query = (
        sa.select(approval)
        .where(approval.c.deployment_id == deployment_id)
        .order_by(approval.c.at, approval.c.account_id)
    )
    return tuple(
        Approval(
            row.account_id,
            row.login,
            row.approves,
            Sha(row.sha),
            row.tree,
            row.params,
            row.policy_sha256,
            row.comment_id,
            moment(row.at),
        )
        for row in connection.execute(query)
    )


def unsay(connection: sa.Connection, request_id: str, account_id: int, comment_id: int) -> bool:
    """Forget an approval; False when the person has said something else since."""
    changed = connection.execute(
        approval.delete().where(
            approval.c.deployment_id == request_id,
            approval.c.account_id == account_id,
            approval.c.comment_id == comment_id,
        )
    )
    return changed.rowcount == 1


def said_in(connection: sa.Connection, comment_id: int) -> tuple[str, int] | None:
    """Return which request a comment approved, and whose comment it is."""
    query = sa.select(approval.c.deployment_id, approval.c.account_id).where(
        approval.c.comment_id == comment_id, approval.c.approves
    )
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else (row.deployment_id, row.account_id)


def newest_of(connection: sa.Connection, place: Place) -> str | None:
    """Return the request that was made last in a place."""
    query = (
        sa.select(deployment.c.id)
        .where(
            deployment.c.repository_id == place.repository_id,
            deployment.c.number == place.number,
            sa.func.lower(deployment.c.environment) == place.environment.casefold(),
        )
        .order_by(deployment.c.requested_at.desc(), deployment.c.id.desc())
        .limit(1)
    )
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def shown(connection: sa.Connection, place: Place) -> Shown | None:
    """Return what the status comment shows; None when there is none yet."""
    query = sa.select(status_comment.c.comment_id, status_comment.c.digest).where(
        status_comment.c.repository_id == place.repository_id,
        status_comment.c.number == place.number,
        status_comment.c.environment == place.environment.casefold(),
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Shown(row.comment_id, row.digest)


def remember_shown(connection: sa.Connection, place: Place, now_shown: Shown) -> None:
    """Keep which comment shows what."""
    put(
        connection,
        status_comment,
        repository_id=place.repository_id,
        number=place.number,
        environment=place.environment.casefold(),
        comment_id=now_shown.comment_id,
        digest=now_shown.digest,
    )
