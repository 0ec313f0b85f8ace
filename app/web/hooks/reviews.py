"""Reviews, review comments and review threads."""

from collections.abc import Iterator

from app.service.intents import EvaluatePullRequest, Intent
from app.web.hooks.payloads import PullRequestEvent, ReviewPart, read
from app.web.hooks.pull_requests import remembered
from app.web.router import Event, Router

router = Router()


@router.on("pull_request_review")
@router.on("pull_request_review_thread")
def reviewed(event: Event) -> Iterator[Intent]:
    """Judge the pull request anew; a dismissal or an edit may have taken an approval away."""
    found = read(PullRequestEvent, event.payload)
    yield from remembered(found)
    opposes = (found.review or ReviewPart()).state.lower() == "changes_requested"
    bad_news = opposes or event.action in ("dismissed", "edited")
    yield EvaluatePullRequest(found.pull_request.number, event.full_name, bad_news)
