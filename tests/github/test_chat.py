"""Comments and reactions on the sandbox: written once, found again, never in the way."""

import pytest

from app.core.facts import Account, AccountKind
from app.errors import GitHubUnavailableError, RateLimitedError
from tests.sandbox.client import REPO

MARK = "<!-- gw:1:abc -->"
BODY = f"Deployed.\n{MARK}"


def bodies(hub) -> list[str]:
    found = hub.box.find_repo(REPO).issues[1].comments
    return [each.body for each in found]


def test_a_comment_is_written_and_edited_in_place(hub):
    made = hub.chat.say(1, BODY, MARK)
    assert hub.chat.edit(made, "Done.")
    assert bodies(hub) == ["Done."]


def test_a_comment_must_hold_its_marker(hub):
    with pytest.raises(ValueError, match="must hold its marker"):
        hub.chat.say(1, "Deployed.", MARK)


def test_a_comment_whose_answer_is_lost_is_not_written_twice(hub):
    hub.box.fail_api("after", "/issues/1/comments", "POST", 1)
    made = hub.chat.say(1, BODY, MARK)
    assert bodies(hub) == [BODY]
    assert hub.chat.edit(made, BODY)


def test_a_comment_that_was_not_written_is_tried_once_more(hub):
    hub.box.fail_api("status", "/issues/1/comments", "POST", 1, status=502)
    hub.chat.say(1, BODY, MARK)
    assert bodies(hub) == [BODY]


def test_T74_a_marker_that_somebody_else_wrote_is_not_ours(hub):
    hub.box.comment(REPO, 1, "mallory", BODY)
    hub.box.fail_api("status", "/issues/1/comments", "POST", 1, status=502)
    made = hub.chat.say(1, BODY, MARK)
    assert hub.chat.find(1, MARK) == made
    assert len(bodies(hub)) == 2


def test_a_comment_that_is_gone_cannot_be_edited(hub):
    assert not hub.chat.edit(99, BODY)


def test_a_comment_is_read_as_it_stands_now(hub):
    made = hub.box.comment(REPO, 1, "bob", "/deploy dev")
    before = hub.chat.comment(made.id)
    hub.box.edit_comment(REPO, made, "alice", "/deploy production")
    after = hub.chat.comment(made.id)
    assert before.author == Account(before.author.id, "bob", AccountKind.USER)
    assert (before.body, after.body) == ("/deploy dev", "/deploy production")
    assert after.author == before.author
    assert after.updated_at >= before.updated_at
    assert after.app_id is None


def test_T05_a_comment_that_was_deleted_is_nothing(hub):
    assert hub.chat.comment(99) is None


def reactions(hub, comment) -> list[str]:
    path = f"/repos/{REPO}/issues/comments/{comment.id}/reactions"
    return [each["content"] for each in hub.chat.client.get(path)]


def test_a_reaction_is_shown(hub):
    made = hub.box.comment(REPO, 1, "bob", "/deploy dev")
    hub.chat.react(made.id, "eyes")
    hub.chat.react(made.id, "eyes")
    assert reactions(hub, made) == ["eyes"]


def test_T05_a_reaction_to_what_is_gone_changes_nothing(hub):
    hub.chat.react(99, "eyes")


def test_T75_a_limit_hands_the_work_back(hub):
    made = hub.box.comment(REPO, 1, "bob", "/deploy dev")
    hub.box.fail_api("secondary_limit", "/reactions", "POST", 1)
    with pytest.raises(RateLimitedError):
        hub.chat.react(made.id, "eyes")


def test_an_outage_that_goes_on_is_told(hub):
    hub.box.fail_api("status", "/issues/1/comments", "POST", 2, status=502)
    with pytest.raises(GitHubUnavailableError):
        hub.chat.say(1, BODY, MARK)
