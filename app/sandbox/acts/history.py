"""Writing down what happened to an issue or pull request."""

from typing import Any

from app.sandbox.world.accounts import Account
from app.sandbox.world.issues import Issue, IssueEvent
from app.sandbox.world.world import World


def note(world: World, issue: Issue, kind: str, actor: Account, **extra: Any) -> IssueEvent:
    """Add an event to the history; `commit_id` is set apart, the rest is the kind's own."""
    event = IssueEvent(
        id=world.new_id("issue_event"),
        kind=kind,
        actor=actor,
        created_at=world.now(),
        commit_id=extra.pop("commit_id", None),
        extra=extra,
    )
    issue.events.append(event)
    issue.updated_at = event.created_at
    return event
