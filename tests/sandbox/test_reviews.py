"""Reviews under GitHub's rules."""

import pytest

from tests.sandbox.client import REPO, Stage
from tests.sandbox.receiver import receiving

R = f"/repos/{REPO}"
ONE = f"{R}/pulls/1"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("APPROVE", "Can not approve your own pull request"),
        ("REQUEST_CHANGES", "Can not request changes on your own pull request"),
    ],
)
def test_39_nobody_judges_their_own_change(stage: Stage, event: str, reason: str) -> None:
    answer = stage.bob.send("POST", f"{ONE}/reviews", {"event": event, "body": "x"})
    assert (answer.status, answer.body["errors"]) == (422, [reason])


def test_author_may_comment(stage: Stage) -> None:
    made = stage.bob.post(f"{ONE}/reviews", {"event": "COMMENT", "body": "Look here"})
    assert made["state"] == "COMMENTED"


def test_demand_for_changes_needs_words(stage: Stage) -> None:
    assert stage.alice.send("POST", f"{ONE}/reviews", {"event": "REQUEST_CHANGES"}).status == 422


def test_draft_is_seen_by_its_author_alone(stage: Stage) -> None:
    draft = stage.alice.post(f"{ONE}/reviews", {"body": "Later"})
    assert draft["state"] == "PENDING"
    assert "submitted_at" not in draft
    assert [each["id"] for each in stage.alice.get(f"{ONE}/reviews")] == [draft["id"]]
    assert stage.bob.get(f"{ONE}/reviews") == []
    assert stage.bob.send("GET", f"{ONE}/reviews/{draft['id']}").status == 404


def test_38_state_is_upper_case_in_rest_and_lower_case_in_webhooks(stage: Stage) -> None:
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        made = stage.alice.post(f"{ONE}/reviews", {"event": "APPROVE"})
        stage.box.wait_idle()
    (hook,) = receiver.named("pull_request_review.submitted")
    assert (made["state"], hook.payload["review"]["state"]) == ("APPROVED", "approved")


def test_37_review_stays_with_the_commit_it_saw(stage: Stage) -> None:
    stage.box.review(REPO, 1, "alice")
    seen = stage.head
    stage.box.commit(REPO, "feature", {"f.txt": "f\n"}, author="bob")
    (review,) = stage.bob.get(f"{ONE}/reviews")
    assert (review["commit_id"], review["state"]) == (seen, "APPROVED")


def test_review_answers_the_request(stage: Stage) -> None:
    stage.box.request_review(REPO, 1, "alice")
    stage.box.review(REPO, 1, "alice", "COMMENT")
    assert stage.bob.get(f"{ONE}/requested_reviewers")["users"] == []


def test_author_cannot_be_asked(stage: Stage) -> None:
    answer = stage.alice.send("POST", f"{ONE}/requested_reviewers", {"reviewers": ["bob"]})
    assert answer.status == 422


def test_dismissal_is_history_and_event(stage: Stage) -> None:
    review = stage.box.review(REPO, 1, "alice")
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        path = f"{ONE}/reviews/{review.id}/dismissals"
        assert stage.alice.put(path, {"message": "Oops"})["state"] == "DISMISSED"
        stage.box.wait_idle()
    (hook,) = receiver.named("pull_request_review.dismissed")
    assert hook.payload["review"]["state"] == "dismissed"
    (event,) = stage.bob.get(f"{R}/issues/1/events")
    assert event["dismissed_review"]["state"] == "approved"


def test_comment_review_cannot_be_dismissed(stage: Stage) -> None:
    review = stage.box.review(REPO, 1, "alice", "COMMENT")
    path = f"{ONE}/reviews/{review.id}/dismissals"
    assert stage.alice.send("PUT", path, {"message": "x"}).status == 422


def test_dismissal_needs_write_rights(stage: Stage) -> None:
    review = stage.box.review(REPO, 1, "alice")
    path = f"{ONE}/reviews/{review.id}/dismissals"
    assert stage.outsider.send("PUT", path, {"message": "x"}).status == 403


def test_protection_can_dismiss_approvals_on_a_push(stage: Stage) -> None:
    body = {
        "required_status_checks": None,
        "enforce_admins": None,
        "required_pull_request_reviews": {"dismiss_stale_reviews": True},
        "restrictions": None,
    }
    stage.alice.put(f"{R}/branches/main/protection", body)
    stage.box.review(REPO, 1, "alice")
    stage.box.commit(REPO, "feature", {"f.txt": "f\n"}, author="bob")
    assert [each["state"] for each in stage.bob.get(f"{ONE}/reviews")] == ["DISMISSED"]


def test_35_reviews_come_in_pages(stage: Stage) -> None:
    for _ in range(31):
        stage.box.review(REPO, 1, "alice", "COMMENT")
    first = stage.bob.send("GET", f"{ONE}/reviews")
    assert len(first.body) == 30
    assert f"{stage.box.url}{ONE}/reviews?page=2" in first.headers["Link"]
    assert len(stage.bob.get(f"{ONE}/reviews?page=2")) == 1


def test_conversation_is_resolved_and_reopened(stage: Stage) -> None:
    comment = stage.box.comment_on_line(REPO, 1, "alice", "src/a.py", "Why?")
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        stage.box.resolve(REPO, 1, comment, "bob")
        stage.box.resolve(REPO, 1, comment, "bob", resolved=False)
        stage.box.wait_idle()
    names = [f"pull_request_review_thread.{word}" for word in ("resolved", "unresolved")]
    assert receiver.names == names
    assert receiver.hooks[0].payload["thread"]["comments"][0]["id"] == comment.id


@pytest.mark.parametrize(
    ("opinions", "status"),
    [
        ([], 405),
        ([("alice", "APPROVE")], 200),
        ([("alice", "APPROVE"), ("carol", "REQUEST_CHANGES")], 405),
        ([("alice", "REQUEST_CHANGES"), ("alice", "APPROVE")], 200),
        ([("alice", "APPROVE"), ("alice", "COMMENT")], 200),
    ],
    ids=[
        "nobody",
        "one approval",
        "one demand outweighs",
        "last word counts",
        "36 a comment changes nothing",
    ],
)
def test_required_approvals_guard_the_merge(
    stage: Stage, opinions: list[tuple[str, str]], status: int
) -> None:
    body = {
        "required_status_checks": None,
        "enforce_admins": None,
        "required_pull_request_reviews": {"required_approving_review_count": 1},
        "restrictions": None,
    }
    stage.alice.put(f"{R}/branches/main/protection", body)
    for who, event in opinions:
        stage.box.review(REPO, 1, who, event)
    assert stage.bob.send("PUT", f"{ONE}/merge", {}).status == status
