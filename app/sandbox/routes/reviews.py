"""Reviews of pull requests and comments on lines."""

from typing import Any

from app.sandbox.acts import reviews
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads import pulls as show
from app.sandbox.payloads.common import Json
from app.sandbox.problems import ProblemError, not_found, refused
from app.sandbox.world.pulls import Pull, Review, ReviewComment


def list_reviews(call: Call) -> Any:
    """All reviews in the order of writing; drafts only for their author."""
    found = call.pull()
    seen = [r for r in found.reviews if r.state != "PENDING" or r.user is call.actor.account]
    return [_shown(call, found, each) for each in call.paged(seen)]


def create_review(call: Call) -> Any:
    """Write a review; with an event it is submitted at once."""
    found = call.pull()
    order = reviews.ReviewOrder(
        event=call.maybe("event", str) or None,
        body=call.maybe("body", str) or "",
        commit_id=call.maybe("commit_id", str),
        comments=tuple(call.maybe("comments", list) or ()),
    )
    made = reviews.write(call.world, call.repo, found, call.account, order)
    return _shown(call, found, made)


def get_review(call: Call) -> Any:
    """One review."""
    found, review = _review(call)
    return _shown(call, found, review)


def edit_review(call: Call) -> Any:
    """Change the text of one's own review."""
    found, review = _own_review(call)
    reviews.change_body(call.world, call.repo, found, review, call.need("body", str))
    return _shown(call, found, review)


def delete_review(call: Call) -> Any:
    """Throw a draft away."""
    found, review = _own_review(call)
    if review.state != "PENDING":
        raise refused("Can not delete a non-pending pull request review")
    made = _shown(call, found, review)
    found.reviews.remove(review)
    return made


def submit_review(call: Call) -> Any:
    """Make a draft count."""
    found, review = _own_review(call)
    order = reviews.ReviewOrder(call.need("event", str), call.maybe("body", str) or "")
    reviews.submit(call.world, call.repo, found, review, order)
    return _shown(call, found, review)


def dismiss_review(call: Call) -> Any:
    """Take a review's weight away."""
    found, review = _review(call)
    if call.actor.token is None and not call.world.can(call.repo, call.account, "write"):
        raise ProblemError(403, "Must have admin rights to Repository.")
    by = (call.account, call.need("message", str))
    reviews.dismiss(call.world, call.repo, found, review, by)
    return _shown(call, found, review)


def list_review_comments(call: Call) -> Any:
    """Show the comments on lines of one review."""
    found, review = _review(call)
    mine = [c for c in found.review_comments if c.review_id == review.id]
    return [_comment(call, found, each) for each in call.paged(mine)]


def list_comments(call: Call) -> Any:
    """All comments on lines of the pull request."""
    found = call.pull()
    return [_comment(call, found, each) for each in call.paged(found.review_comments)]


def create_comment(call: Call) -> Any:
    """Comment on a line."""
    found = call.pull()
    fields = call.fields | {"body": call.need("body", str), "path": call.need("path", str)}
    made = reviews.comment_on_line(call.world, found, call.account, fields)
    reviews.tell_comment(call.world, call.repo, found, made, "created")
    return Reply(201, _comment(call, found, made))


def reply_to_comment(call: Call) -> Any:
    """Answer in the conversation of a comment."""
    found = call.pull()
    first = _comment_by_id(found, call.number("comment_id"))
    fields: Json = {"body": call.need("body", str), "path": first.path, "line": first.line}
    fields |= {"commit_id": first.commit_id, "in_reply_to": first.id}
    made = reviews.comment_on_line(call.world, found, call.account, fields)
    reviews.tell_comment(call.world, call.repo, found, made, "created")
    return Reply(201, _comment(call, found, made))


def _review(call: Call) -> tuple[Pull, Review]:
    found = call.pull()
    for review in found.reviews:
        hidden = review.state == "PENDING" and review.user is not call.actor.account
        if review.id == call.number("review_id") and not hidden:
            return found, review
    raise not_found()


def _own_review(call: Call) -> tuple[Pull, Review]:
    found, review = _review(call)
    if review.user is not call.account:
        raise ProblemError(403, "Must have admin rights to Repository.")
    return found, review


def _comment_by_id(found: Pull, key: int) -> ReviewComment:
    for comment in found.review_comments:
        if comment.id == key:
            return comment
    raise not_found()


def _shown(call: Call, found: Pull, review: Review) -> Json:
    return show.review(call.world, call.repo, found, review)


def _comment(call: Call, found: Pull, comment: ReviewComment) -> Json:
    return show.review_comment(call.world, call.repo, found, comment)


_PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
_REVIEW = f"{_PULL}/reviews/{{review_id}}"
_READ, _WRITE = "pull_requests:read", "pull_requests:write"
ROUTES = (
    Route("GET", f"{_PULL}/reviews", list_reviews, _READ),
    Route("POST", f"{_PULL}/reviews", create_review, _WRITE),
    Route("GET", _REVIEW, get_review, _READ),
    Route("PUT", _REVIEW, edit_review, _WRITE),
    Route("DELETE", _REVIEW, delete_review, _WRITE),
    Route("POST", f"{_REVIEW}/events", submit_review, _WRITE),
    Route("PUT", f"{_REVIEW}/dismissals", dismiss_review, _WRITE),
    Route("GET", f"{_REVIEW}/comments", list_review_comments, _READ),
    Route("GET", f"{_PULL}/comments", list_comments, _READ),
    Route("POST", f"{_PULL}/comments", create_comment, _WRITE),
    Route("POST", f"{_PULL}/comments/{{comment_id}}/replies", reply_to_comment, _WRITE),
)
