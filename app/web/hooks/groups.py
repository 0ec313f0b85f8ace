"""The merge queue's groups."""

from collections.abc import Iterator

from app.service.intents import EvaluateGroup, ForgetGroup, Intent
from app.web.hooks.payloads import GroupEvent, read
from app.web.router import Event, Router

router = Router()

_BRANCH = "refs/heads/"


@router.on("merge_group", "checks_requested")
def requested(event: Event) -> Iterator[Intent]:
    """Judge the group on its own commit; without an answer the queue would wait for ever."""
    group = read(GroupEvent, event.payload).merge_group
    head, base = group.head_ref.removeprefix(_BRANCH), group.base_ref.removeprefix(_BRANCH)
    yield EvaluateGroup(group.head_sha, head, base, event.full_name)


@router.on("merge_group", "destroyed")
def destroyed(event: Event) -> Iterator[Intent]:
    """Stop work: nobody waits for an answer any more."""
    yield ForgetGroup(read(GroupEvent, event.payload).merge_group.head_sha)
