"""Issues: those of incidents that somebody touched, and those that may report an incident."""

from collections.abc import Iterator

from app.service.intents import Ignore, Intent, ReadReport, WakeIncident
from app.web.hooks.payloads import IssueEvent, read
from app.web.router import Event, Router

router = Router()

_BOT = "Bot"


@router.on("issues", "opened", "labeled")
def labelled(event: Event) -> Iterator[Intent]:
    """Keep who gave an issue labels; an issue of our own reports nothing."""
    found = read(IssueEvent, event.payload)
    opener = found.issue.performed_via_github_app
    app_id = opener.id if opener else None
    if found.sender is None or app_id == event.app_id or not found.issue.labels:
        yield Ignore("the issue reports no incident")
        return
    if found.sender.type == _BOT and (event.action != "opened" or app_id is None):
        yield Ignore("a bot gave an issue a label")
        return
    yield ReadReport(
        number=found.issue.number,
        label=found.label.name if found.label and event.action == "labeled" else "",
        sender_id=found.sender.id,
        sender_login=found.sender.login,
        reported_at=found.issue.created_at,
        app_id=app_id if found.sender.type == _BOT else None,
    )


@router.on("issues", "closed", "deleted", "edited", "reopened")
def touched(event: Event) -> Iterator[Intent]:
    """Look at the incident whose page stands there, if one does."""
    found = read(IssueEvent, event.payload)
    sender = found.sender
    if event.action == "edited" and sender is not None and sender.type == _BOT:
        yield Ignore("a bot edited an issue")
        return
    yield WakeIncident(number=found.issue.number)
