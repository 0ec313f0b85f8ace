"""Pull requests: opened, pushed to, retargeted, closed, and everything else that may matter."""

from collections.abc import Iterator

from app.core.facts import AccountKind
from app.service.intents import (
    EvaluatePullRequest,
    Intent,
    ObserveMerge,
    RememberPullRequest,
    RememberPusher,
    RememberRepository,
)
from app.web.hooks.payloads import PullRequestEvent, read
from app.web.router import Event, Router

router = Router()

# A retarget can turn a verdict earned elsewhere into a hole; a new head has no verdict at all.
_BAD_NEWS = ("synchronize", "converted_to_draft", "reopened")


def remembered(event: PullRequestEvent) -> Iterator[Intent]:
    """Yield what is worth keeping of any payload that holds a pull request."""
    pull, repository = event.pull_request, event.repository
    yield RememberRepository(repository.full_name, repository.default_branch, repository.archived)
    yield RememberPullRequest(pull.number, pull.head.sha, pull.base.ref, pull.state == "open")


def _retargeted(event: Event, found: PullRequestEvent) -> bool:
    changed = found.changes is not None and found.changes.base is not None
    return event.action == "edited" and changed


@router.on("pull_request")
def changed(event: Event) -> Iterator[Intent]:
    """Judge the pull request anew; actions that do not exist yet are treated alike."""
    found = read(PullRequestEvent, event.payload)
    yield from remembered(found)
    bad_news = event.action in _BAD_NEWS or _retargeted(event, found)
    yield EvaluatePullRequest(found.pull_request.number, event.full_name, bad_news)


@router.on("pull_request", "opened", "synchronize")
def pushed(event: Event) -> Iterator[Intent]:
    """Keep who pushed this head."""
    found = read(PullRequestEvent, event.payload)
    if found.sender is not None:
        kind = AccountKind.BOT if found.sender.type == "Bot" else AccountKind.USER
        sender = found.sender
        yield RememberPusher(found.pull_request.head.sha, sender.id, sender.login, kind)


@router.on("pull_request", "closed")
def closed(event: Event) -> Iterator[Intent]:
    """Record a merge."""
    pull = read(PullRequestEvent, event.payload).pull_request
    if pull.merged:
        yield ObserveMerge(pull.number, pull.head.sha, pull.merge_commit_sha or "")
