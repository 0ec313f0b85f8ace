"""Comments that may hold a command: kept once for ever, with what became of them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.store.deployment_tables import command
from app.store.times import moment, stamp
from app.store.upsert import insert_missing

REPLY_INTENDED = 0


@dataclass(frozen=True, slots=True)
class Commented:
    """A comment as its own event showed it; `code` is None until it was worked on."""

    repository_id: int
    comment_id: int
    number: int
    author_id: int
    author_login: str
    body: str
    created_at: datetime
    received_at: datetime
    head_sha: str | None = None
    app_id: int | None = None
    code: str | None = None
    reply_id: int | None = None


def keep(connection: sa.Connection, seen: Commented) -> bool:
    """Store a comment; False when it is there already, whatever its event's GUID (T69)."""
    return insert_missing(
        connection,
        command,
        repository_id=seen.repository_id,
        comment_id=seen.comment_id,
        number=seen.number,
        author_id=seen.author_id,
        author_login=seen.author_login,
        app_id=seen.app_id,
        body=seen.body,
        head_sha=seen.head_sha,
        created_at=stamp(seen.created_at),
        received_at=stamp(seen.received_at),
    )


def read(connection: sa.Connection, repository_id: int, comment_id: int) -> Commented | None:
    """Return a comment."""
    query = sa.select(command).where(
        command.c.repository_id == repository_id, command.c.comment_id == comment_id
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Commented(
        repository_id=row.repository_id,
        comment_id=row.comment_id,
        number=row.number,
        author_id=row.author_id,
        author_login=row.author_login,
        app_id=row.app_id,
        body=row.body,
        head_sha=row.head_sha,
        created_at=moment(row.created_at),
        received_at=moment(row.received_at),
        code=row.code,
        reply_id=row.reply_id,
    )


def intend_reply(connection: sa.Connection, repository_id: int, comment_id: int) -> None:
    """Note that a reply is about to be written, so that whoever comes next looks for it."""
    where = (command.c.repository_id == repository_id, command.c.comment_id == comment_id)
    connection.execute(command.update().where(*where).values(reply_id=REPLY_INTENDED))


def settle(
    connection: sa.Connection,
    repository_id: int,
    comment_id: int,
    code: str,
    reply_id: int | None = None,
) -> None:
    """Keep what became of a comment; a reply that was written stays known."""
    values: dict[str, object] = {"code": code}
    if reply_id is not None:
        values["reply_id"] = reply_id
    where = (command.c.repository_id == repository_id, command.c.comment_id == comment_id)
    connection.execute(command.update().where(*where).values(**values))
