"""Pushes: a base branch that moves makes its pull requests stale."""

from collections.abc import Iterator

from app.core.facts import AccountKind
from app.service.intents import EvaluateBase, Ignore, Intent, RememberPusher, RememberRepository
from app.web.hooks.payloads import PushEvent, read
from app.web.router import Event, Router

router = Router()

_BRANCH = "refs/heads/"
_DELETED = "0" * 40


@router.on("push")
def push(event: Event) -> Iterator[Intent]:
    """Judge every open pull request into the branch, and keep who pushed."""
    found = read(PushEvent, event.payload)
    if not found.ref.startswith(_BRANCH):
        yield Ignore("not a branch")
        return
    repository = found.repository
    yield RememberRepository(repository.full_name, repository.default_branch, repository.archived)
    if found.sender is not None and found.after != _DELETED:
        kind = AccountKind.BOT if found.sender.type == "Bot" else AccountKind.USER
        yield RememberPusher(found.after, found.sender.id, found.sender.login, kind)
    yield EvaluateBase(found.ref.removeprefix(_BRANCH), event.full_name)
