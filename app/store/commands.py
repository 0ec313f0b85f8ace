"""Comments that may hold a command: kept once for ever, with what became of them."""

import json
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.store.deployment_tables import command
from app.store.times import moment, stamp
from app.store.upsert import insert_missing

REPLY_INTENDED = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered to the command of one line, kept with what the command changed."""

    line: int
    code: str
    reaction: str
    text: str


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
    is_edit: bool = False
    answers: tuple[Answered, ...] = ()
    run_ref: str | None = None

    @property
    def is_comment(self) -> bool:
        """Whether a person wrote a comment; else a workflow run asked in the person's name."""
        return self.comment_id > 0

    @property
    def name(self) -> str:
        """What ids of requests are made of."""
        return str(self.comment_id) if self.is_comment else f"r{-self.comment_id}"


def keep(connection: sa.Connection, seen: Commented) -> bool:
    """Store a comment; False when it is there already, whatever its event's GUID (T69)."""
    return insert_missing(
        connection,
        command,
        repository_id=seen.repository_id,
        comment_id=seen.comment_id,
        is_edit=seen.is_edit,
        number=seen.number,
        author_id=seen.author_id,
        author_login=seen.author_login,
        app_id=seen.app_id,
        run_ref=seen.run_ref,
        body=seen.body,
        head_sha=seen.head_sha,
        created_at=stamp(seen.created_at),
        received_at=stamp(seen.received_at),
    )


def read(
    connection: sa.Connection, repository_id: int, comment_id: int, *, is_edit: bool = False
) -> Commented | None:
    """Return a comment, or its first edit."""
    query = sa.select(command).where(*_is(repository_id, comment_id, is_edit))
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
        is_edit=row.is_edit,
        run_ref=row.run_ref,
        answers=tuple(Answered(*each) for each in json.loads(row.answers)),
    )


def _is(repository_id: int, comment_id: int, is_edit: bool) -> tuple[sa.ColumnElement[bool], ...]:  # noqa: FBT001
    return (
        command.c.repository_id == repository_id,
        command.c.comment_id == comment_id,
        command.c.is_edit == is_edit,
    )


def _change(connection: sa.Connection, seen: Commented, **values: object) -> None:
    where = _is(seen.repository_id, seen.comment_id, seen.is_edit)
    connection.execute(command.update().where(*where).values(**values))


def keep_answer(connection: sa.Connection, seen: Commented, answered: Answered) -> None:
    """Keep an answer in the transaction of what it tells, so that nothing is done twice (T71)."""
    where = _is(seen.repository_id, seen.comment_id, seen.is_edit)
    kept = connection.execute(sa.select(command.c.answers).where(*where)).scalar_one()
    new = [answered.line, answered.code, answered.reaction, answered.text]
    _change(connection, seen, answers=json.dumps([*json.loads(kept), new]))


def was_answered(
    connection: sa.Connection, place: tuple[int, int], code: str, since: datetime
) -> bool:
    """Tell whether a comment on a pull request was answered so since a moment."""
    repository_id, number = place
    query = sa.select(command.c.answers).where(
        command.c.repository_id == repository_id,
        command.c.number == number,
        command.c.received_at > stamp(since),
    )
    found = connection.execute(query).scalars()
    return any(each[1] == code for answers in found for each in json.loads(answers))


def intend_reply(connection: sa.Connection, seen: Commented) -> None:
    """Note that a reply is about to be written, so that whoever comes next looks for it."""
    _change(connection, seen, reply_id=REPLY_INTENDED)


def settle(
    connection: sa.Connection, seen: Commented, code: str, reply_id: int | None = None
) -> None:
    """Keep what became of a comment; a reply that was written stays known."""
    reply = {} if reply_id is None else {"reply_id": reply_id}
    _change(connection, seen, code=code, **reply)
