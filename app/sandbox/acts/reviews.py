"""Reviews: written, submitted, dismissed; and comments on lines."""

from dataclasses import dataclass
from typing import Any

from app.sandbox.acts.history import note
from app.sandbox.payloads.common import Json
from app.sandbox.payloads.pulls import event_pull, event_review, review_comment
from app.sandbox.problems import invalid, refused
from app.sandbox.world.accounts import Account
from app.sandbox.world.events import Event
from app.sandbox.world.pulls import Pull, Review, ReviewComment
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


@dataclass(frozen=True, slots=True)
class ReviewOrder:
    """What a review says; without an event it stays a draft that only its author sees."""

    event: str | None = None
    body: str = ""
    commit_id: str | None = None
    comments: tuple[Json, ...] = ()


def write(world: World, repo: Repo, pull: Pull, author: Account, order: ReviewOrder) -> Review:
    """Make a new review of the head, or of the commit that it names."""
    commit = order.commit_id or pull.head_sha
    if not repo.git.has_commit(commit):
        raise refused("Commit not found")
    if order.event is not None:
        _check(pull, author, order.event, has_text=bool(order.body or order.comments))
    elif any(r.state == "PENDING" and r.user is author for r in pull.reviews):
        raise refused("User can only have one pending review per pull request")
    review = Review(world.new_id("review"), author, order.body, "PENDING", commit, world.now())
    pull.reviews.append(review)
    for each in order.comments:
        line = comment_on_line(world, pull, author, {**each, "commit_id": commit})
        line.review_id = review.id
    if order.event is not None:
        submit(world, repo, pull, review, order)
    return review


def submit(world: World, repo: Repo, pull: Pull, review: Review, order: ReviewOrder) -> None:
    """Make a draft review count."""
    event = order.event or "COMMENT"
    has_text = bool(order.body or review.body) or _has_comments(pull, review)
    _check(pull, review.user, event, has_text=has_text)
    if review.state != "PENDING":
        raise refused("Can not submit a review that is not pending")
    review.state, review.body = STATES[event], order.body or review.body
    review.submitted_at = pull.issue.updated_at = world.now()
    asked = [each for each in pull.requested_reviewers if each is not review.user]
    pull.requested_reviewers = asked
    _tell(world, repo, pull, review, ("submitted", review.user))


def dismiss(world: World, repo: Repo, pull: Pull, review: Review, by: tuple[Account, str]) -> None:
    """Take away a review's weight; `by` is who does it and why."""
    actor, message = by
    if review.state not in {"APPROVED", "CHANGES_REQUESTED"}:
        raise refused(f"Can not dismiss a {review.state.lower()} pull request review")
    dismissed = {
        "state": review.state.lower(),
        "review_id": review.id,
        "dismissal_message": message,
    }
    review.state = "DISMISSED"
    note(world, pull.issue, "review_dismissed", actor, dismissed_review=dismissed)
    _tell(world, repo, pull, review, ("dismissed", actor))


def dismiss_stale(world: World, repo: Repo, pull: Pull, actor: Account) -> None:
    """Branch protection can take approvals back when new commits come."""
    rules = repo.protections.get(pull.base_ref)
    if rules is not None and rules.dismiss_stale:
        for review in [each for each in pull.reviews if each.state == "APPROVED"]:
            dismiss(world, repo, pull, review, (actor, ""))


def change_body(world: World, repo: Repo, pull: Pull, review: Review, body: str) -> None:
    """Edit the text of a review."""
    before, review.body = review.body, body
    changes = {"body": {"from": before}}
    _tell(world, repo, pull, review, ("edited", review.user), changes=changes)


def comment_on_line(world: World, pull: Pull, author: Account, fields: Json) -> ReviewComment:
    """Comment on the difference; the caller emits or submits."""
    now = world.now()
    made = ReviewComment(
        id=world.new_id("review_comment"),
        review_id=None,
        user=author,
        body=fields["body"],
        path=fields["path"],
        line=fields.get("line"),
        side=fields.get("side", "RIGHT"),
        commit_id=fields.get("commit_id") or pull.head_sha,
        created_at=now,
        updated_at=now,
        start_line=fields.get("start_line"),
        position=fields.get("position"),
        in_reply_to=fields.get("in_reply_to"),
    )
    pull.review_comments.append(made)
    return made


def tell_comment(world: World, repo: Repo, pull: Pull, comment: ReviewComment, action: str) -> None:
    """Emit a `pull_request_review_comment` event."""
    body = {
        "comment": review_comment(world, repo, pull, comment),
        "pull_request": event_pull(world, repo, pull, simple=True),
    }
    world.emit(Event("pull_request_review_comment", action, comment.user, body, repo))


def resolve_thread(
    world: World, repo: Repo, pull: Pull, comment: ReviewComment, by: tuple[Account, bool]
) -> None:
    """Mark a conversation, named by its first comment, as resolved or not."""
    actor, comment.resolved = by
    thread = [c for c in pull.review_comments if comment.id in (c.id, c.in_reply_to)]
    body = {
        "pull_request": event_pull(world, repo, pull, simple=True),
        "thread": {
            "node_id": f"PRRT_{comment.id}",
            "comments": [review_comment(world, repo, pull, each) for each in thread],
        },
    }
    action = "resolved" if comment.resolved else "unresolved"
    world.emit(Event("pull_request_review_thread", action, actor, body, repo))


def _check(pull: Pull, author: Account, event: str, *, has_text: bool) -> None:
    if event not in STATES:
        raise invalid("PullRequestReview", "event", "invalid")
    if author is pull.issue.user and event != "COMMENT":
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise refused(f"Can not {verb} your own pull request")
    if event != "APPROVE" and not has_text:
        raise refused(f"Body can't be blank for {event}")


def _has_comments(pull: Pull, review: Review) -> bool:
    return any(comment.review_id == review.id for comment in pull.review_comments)


def _tell(
    world: World,
    repo: Repo,
    pull: Pull,
    review: Review,
    happened: tuple[str, Account],
    **extra: Any,
) -> None:
    action, sender = happened
    body = {
        "review": event_review(world, repo, pull, review),
        "pull_request": event_pull(world, repo, pull, simple=True),
    }
    world.emit(Event("pull_request_review", action, sender, body | extra, repo))
