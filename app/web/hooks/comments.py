"""Comments on pull requests that may hold commands."""

import re
from collections.abc import Iterator

from app.service.intents import Ignore, Intent, ReadComment
from app.web.hooks.payloads import CommentEvent, read
from app.web.router import Event, Router

router = Router()

# Wide on purpose, and cheap: Markdown is read by the worker, not while GitHub waits.
_BEGINS = re.compile(r"^[^\S\r\n]*/", re.MULTILINE)
_LONGEST = 65_536


@router.on("issue_comment")
def commented(event: Event) -> Iterator[Intent]:
    """Keep a person's new comment if a line of it begins as commands do (T01-T03, T13, T14)."""
    found = read(CommentEvent, event.payload)
    comment = found.comment
    body = (comment.body or "")[:_LONGEST].replace("\0", "")
    if _BEGINS.search(body) is None:
        yield Ignore("no command in the comment")
        return
    if event.action != "created":
        yield Ignore("only a new comment is a command")
        return
    if found.issue.pull_request is None:
        yield Ignore("the comment stands on no pull request")
        return
    if comment.user is None or comment.user.type != "User":
        yield Ignore("no person wrote the comment")
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
    )
