"""Comments on pull requests, and on issues of incidents, that may hold commands."""

import re
from collections.abc import Iterator

from app.service.intents import Ignore, Intent, ReadComment
from app.web.hooks.payloads import CommentEvent, read
from app.web.router import Event, Router

router = Router()

# Wide on purpose, and cheap: Markdown is read by the worker, not while GitHub waits.
_BEGINS = re.compile(r"(?:\A|(?<=[\r\n]))(?:[^\S\r\n]|[\u200b-\u200f\u2060\ufeff])*/[^\r\n]*")
_LONGEST = 65_536
_EDITED = "edited"
_NOBODY = "no person wrote the comment"


@router.on("issue_comment")
def commented(event: Event) -> Iterator[Intent]:
    """Keep a person's comment if a line of it begins as commands do (T01-T03, T13, T14)."""
    found = read(CommentEvent, event.payload)
    comment, is_edit = found.comment, event.action == _EDITED
    body = _text(comment.body)
    why = _unfit(event, found)
    if not why and is_edit:
        why = _says_nothing_new(found, body)
    if why or comment.user is None:
        yield Ignore(why or _NOBODY)
        return
    app = comment.performed_via_github_app
    yield ReadComment(
        comment_id=comment.id,
        number=found.issue.number,
        author_id=comment.user.id,
        author_login=comment.user.login,
        body=body,
        created_at=comment.created_at,
        app_id=app.id if app else None,
        is_edit=is_edit,
        on_issue=found.issue.pull_request is None,
    )


def _text(body: str | None) -> str:
    return (body or "")[:_LONGEST].replace("\0", "")


def _unfit(event: Event, found: CommentEvent) -> str:
    """Return why a comment is none of ours; empty if it may hold a command."""
    if not _beginnings(_text(found.comment.body)):
        return "no command in the comment"
    if event.action not in ("created", _EDITED):
        return "only a new comment is a command"
    user = found.comment.user
    return "" if user is not None and user.type == "User" else _NOBODY


def _says_nothing_new(found: CommentEvent, body: str) -> str:
    """Return why an edit is not worth an answer: none of its commands is another than before."""
    before = found.changes.body if found.changes else None
    same = before is not None and _beginnings(_text(before.text)) == _beginnings(body)
    return "the edit changed no command" if before is None or same else ""


def _beginnings(body: str) -> list[str]:
    """Return the lines that begin as commands do."""
    return [line.strip() for line in _BEGINS.findall(body)]
