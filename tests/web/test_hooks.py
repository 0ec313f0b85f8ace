"""What each event asks for: one row an event, whole values compared."""

import pytest

from app.core.facts import AccountKind
from app.service.intents import (
    EvaluateBase,
    EvaluateGroup,
    EvaluateHead,
    EvaluatePullRequest,
    ForgetGroup,
    GainRepository,
    Ignore,
    LoseRepository,
    ObserveMerge,
    RememberInstallation,
    RememberPullRequest,
    RememberPusher,
    RememberRepository,
    SweepInstallation,
    SweepRepository,
    SyncInstallation,
)
from app.web.hooks import ROUTER
from app.web.router import Event
from tests.builders import HEAD
from tests.web import payloads
from tests.web.gate import APP_ID

REPOSITORY = RememberRepository("acme/widgets", "main")
PUSHER = RememberPusher(HEAD, 1, "ann", AccountKind.USER)
OPEN = RememberPullRequest(7, HEAD, "main", is_open=True)
CLOSED = RememberPullRequest(7, HEAD, "main", is_open=False)
INSTALLED = RememberInstallation(77, "acme")
ROBOT = {"id": 90, "login": "robot[bot]", "type": "Bot"}


def asked(name: str, payload: payloads.Payload) -> set[object]:
    event = Event(name, payload.get("action"), payload, APP_ID)
    return {intent for handler in ROUTER.handlers(event) for intent in handler(event)}


def judged(cause: str, *, bad_news: bool = False) -> EvaluatePullRequest:
    return EvaluatePullRequest(7, cause, bad_news)


PULL_REQUESTS = {
    "opened": {REPOSITORY, OPEN, PUSHER, judged("pull_request.opened")},
    "synchronize": {REPOSITORY, OPEN, PUSHER, judged("pull_request.synchronize", bad_news=True)},
    "reopened": {REPOSITORY, OPEN, judged("pull_request.reopened", bad_news=True)},
    "converted_to_draft": {
        REPOSITORY,
        OPEN,
        judged("pull_request.converted_to_draft", bad_news=True),
    },
    **{
        action: {REPOSITORY, OPEN, judged(f"pull_request.{action}")}
        for action in (
            "auto_merge_enabled",
            "dequeued",
            "edited",
            "labeled",
            "ready_for_review",
            "review_requested",
            "unlabeled",
            "an_action_of_tomorrow",
        )
    },
}


@pytest.mark.parametrize("action", PULL_REQUESTS)
def test_F10_every_action_on_a_pull_request_has_it_judged(action):
    assert asked("pull_request", payloads.pull_request(action)) == PULL_REQUESTS[action]


def test_F09_a_retarget_is_bad_news_and_an_edited_title_is_not():
    changes = {"changes": {"base": {"ref": {"from": "develop"}, "sha": {"from": "0" * 40}}}}
    retargeted = payloads.pull_request("edited", event=changes)
    assert judged("pull_request.edited", bad_news=True) in asked("pull_request", retargeted)
    renamed = payloads.pull_request("edited", event={"changes": {"title": {"from": "x"}}})
    assert judged("pull_request.edited") in asked("pull_request", renamed)


def test_a_push_by_a_bot_is_remembered_as_such():
    pushed = payloads.pull_request("synchronize", event={"sender": ROBOT})
    wanted = RememberPusher(HEAD, 90, "robot[bot]", AccountKind.BOT)
    assert wanted in asked("pull_request", pushed)


def test_a_merge_is_observed():
    closed = payloads.pull_request("closed", state="closed", merged=True, merge_commit_sha="f" * 40)
    expected = {REPOSITORY, CLOSED, judged("pull_request.closed"), ObserveMerge(7, HEAD, "f" * 40)}
    assert asked("pull_request", closed) == expected


def test_a_pull_request_closed_without_merging_is_no_merge():
    closed = payloads.pull_request("closed", state="closed", merge_commit_sha="e" * 40)
    assert asked("pull_request", closed) == {REPOSITORY, CLOSED, judged("pull_request.closed")}


@pytest.mark.parametrize(
    ("event", "action", "state", "bad_news"),
    [
        ("pull_request_review", "submitted", "approved", False),
        ("pull_request_review", "submitted", "commented", False),
        ("pull_request_review", "submitted", "changes_requested", True),
        ("pull_request_review", "submitted", "CHANGES_REQUESTED", True),
        ("pull_request_review", "edited", "approved", True),
        ("pull_request_review", "dismissed", "dismissed", True),
        ("pull_request_review_thread", "resolved", "", False),
        ("pull_request_review_thread", "unresolved", "", False),
    ],
)
def test_reviews_have_the_pull_request_judged(event, action, state, bad_news):
    wanted = judged(f"{event}.{action}", bad_news=bad_news)
    assert asked(event, payloads.review(action, state)) == {REPOSITORY, OPEN, wanted}


def head(cause: str, *, bad_news: bool = False) -> set[object]:
    return {EvaluateHead(HEAD, cause, bad_news)}


@pytest.mark.parametrize("conclusion", ["success", "neutral", "skipped"])
def test_a_good_check_of_others_has_the_commit_judged(conclusion):
    run = payloads.check_run(conclusion=conclusion)
    assert asked("check_run", run) == head("check_run.completed")


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "stale", "odd", None])
def test_A21_any_other_check_of_others_is_bad_news(conclusion):
    run = payloads.check_run(conclusion=conclusion)
    assert asked("check_run", run) == head("check_run.completed", bad_news=True)


def test_A22_a_check_of_others_that_runs_again_is_bad_news():
    run = payloads.check_run("created", status="queued", conclusion=None)
    assert asked("check_run", run) == head("check_run.created", bad_news=True)


@pytest.mark.parametrize("action", ["created", "completed"])
def test_F17_our_own_check_runs_are_echoes(action):
    run = payloads.check_run(action, app_id=APP_ID, conclusion="failure")
    assert asked("check_run", run) == {Ignore("our own check run")}


def test_our_own_check_run_is_judged_anew_when_somebody_asks():
    run = payloads.check_run("rerequested", app_id=APP_ID)
    assert asked("check_run", run) == head("check_run.rerequested")


def test_F16_a_button_that_no_check_of_ours_has_does_nothing():
    run = payloads.check_run("requested_action", app_id=APP_ID)
    assert asked("check_run", run) == {Ignore("no check of ours offers such a button")}


def test_a_check_run_of_a_deleted_app_is_read():
    run = payloads.check_run(app=None)
    assert asked("check_run", run) == head("check_run.completed")


@pytest.mark.parametrize("action", ["rerequested", "completed"])
def test_a_suite_of_others_has_the_commit_judged(action):
    found = asked("check_suite", payloads.check_suite(action))
    assert found == head(f"check_suite.{action}")


def test_58_a_suite_that_was_only_just_made_says_nothing():
    reason = "the pull request's own event says more than a new suite"
    assert asked("check_suite", payloads.check_suite("requested")) == {Ignore(reason)}


def test_our_own_suite_matters_only_when_it_is_asked_for_again():
    done = payloads.check_suite("completed", app_id=APP_ID)
    assert asked("check_suite", done) == {Ignore("our own check suite")}
    again = payloads.check_suite("rerequested", app_id=APP_ID)
    assert asked("check_suite", again) == head("check_suite.rerequested")


def test_a_suite_without_a_commit_is_ignored():
    suite = payloads.check_suite(head_sha=None)
    assert asked("check_suite", suite) == {Ignore("our own check suite")}


@pytest.mark.parametrize("state", ["pending", "failure", "error", "expected"])
def test_A20_a_status_that_is_not_success_is_bad_news(state):
    assert asked("status", payloads.status(state)) == head("status", bad_news=True)


def test_a_good_status_has_the_commit_judged():
    assert asked("status", payloads.status("success")) == head("status")


def test_a_workflow_run_has_the_commit_judged():
    run = payloads.about(action="requested", workflow_run={"head_sha": HEAD, "conclusion": None})
    assert asked("workflow_run", run) == head("workflow_run.requested")


@pytest.mark.parametrize("ref", ["main", "release/1.0", "refs/heads/odd"])
def test_a_push_to_a_branch_has_its_pull_requests_judged(ref):
    expected = {REPOSITORY, PUSHER, EvaluateBase(ref, "push")}
    assert asked("push", payloads.push(f"refs/heads/{ref}")) == expected


def test_a_deleted_branch_has_no_pusher():
    deleted = payloads.push(after="0" * 40)
    assert asked("push", deleted) == {REPOSITORY, EvaluateBase("main", "push")}


def test_a_pushed_tag_is_ignored():
    assert asked("push", payloads.push("refs/tags/v1")) == {Ignore("not a branch")}


def test_F19_a_merge_group_is_judged_on_its_own_commit():
    group = EvaluateGroup(
        HEAD, "gh-readonly-queue/main/pr-7-abc", "main", "merge_group.checks_requested"
    )
    assert asked("merge_group", payloads.merge_group()) == {group}


def test_a_merge_group_that_is_gone_is_forgotten():
    assert asked("merge_group", payloads.merge_group("destroyed")) == {ForgetGroup(HEAD)}


@pytest.mark.parametrize("action", ["unarchived", "transferred", "renamed", "publicized"])
def test_a_repository_that_comes_to_life_is_swept(action):
    found = asked("repository", payloads.about(action=action))
    assert found == {REPOSITORY, SweepRepository(f"repository.{action}")}


def test_a_deleted_repository_is_remembered_as_gone():
    gone = RememberRepository("acme/widgets", "main", removed=True)
    assert asked("repository", payloads.about(action="deleted")) == {gone}


def test_an_archived_repository_is_remembered_as_such():
    archived = {**payloads.REPOSITORY, "archived": True}
    expected = RememberRepository("acme/widgets", "main", archived=True)
    assert asked("repository", payloads.about(archived, action="archived")) == {expected}


@pytest.mark.parametrize("event", ["member", "membership", "team", "team_add", "organization"])
def test_changed_rights_have_everything_open_judged(event):
    found = asked(event, payloads.about(action="removed"))
    assert found == {SweepRepository(f"{event}.removed")}


@pytest.mark.parametrize("event", ["membership", "team", "organization"])
def test_rights_changed_in_the_organisation_have_all_its_repositories_judged(event):
    found = asked(event, {"action": "removed", "installation": payloads.INSTALLATION})
    assert found == {SweepInstallation(f"{event}.removed")}


@pytest.mark.parametrize(
    ("event", "action"), [("organization", "member_invited"), ("team", "created")]
)
def test_an_invitation_or_an_empty_team_changes_nobodys_rights(event, action):
    payload = {"action": action, "installation": payloads.INSTALLATION}
    assert asked(event, payload) == {Ignore("nobody's rights changed")}


def test_a_repository_event_without_repository_is_no_error():
    found = asked("repository", {"action": "edited", "installation": payloads.INSTALLATION})
    assert found == {Ignore("no repository in the payload")}


SYNC = SyncInstallation


@pytest.mark.parametrize(
    ("action", "changes", "expected"),
    [
        ("created", {}, {INSTALLED, SYNC("installation.created", judges_all=True)}),
        (
            "new_permissions_accepted",
            {},
            {INSTALLED, SYNC("installation.new_permissions_accepted", judges_all=True)},
        ),
        ("suspend", {}, {RememberInstallation(77, "acme", suspended=True)}),
        (
            "unsuspend",
            {"suspended_at": "2026-11-20T12:00:00Z"},
            {INSTALLED, SYNC("installation.unsuspend", judges_all=True)},
        ),
        ("deleted", {}, {RememberInstallation(77, "acme", removed=True)}),
        (
            "new_permissions_accepted",
            {"suspended_at": "2026-11-20T12:00:00Z"},
            {RememberInstallation(77, "acme", suspended=True)},
        ),
    ],
)
def test_the_life_of_an_installation(action, changes, expected):
    assert asked("installation", payloads.installation(action, **changes)) == expected


def test_an_installation_of_an_enterprise_has_a_slug_instead_of_a_login():
    found = payloads.installation(account={"id": 5, "slug": "big-corp"})
    assert RememberInstallation(5, "big-corp") in asked("installation", found)


def test_repositories_taken_away_are_let_go():
    payload = payloads.installation("removed")
    payload["repositories_removed"] = [{"id": 1002, "full_name": "acme/gears", "private": True}]
    expected = {
        INSTALLED,
        LoseRepository(1002, "acme/gears"),
        SYNC("installation_repositories.removed"),
    }
    assert asked("installation_repositories", payload) == expected


def test_repositories_given_to_the_app_are_taken_and_judged():
    payload = payloads.installation("added")
    payload["repositories_added"] = [{"id": 1002, "full_name": "acme/gears", "private": True}]
    cause = "installation_repositories.added"
    expected = {INSTALLED, GainRepository(1002, "acme/gears", cause), SYNC(cause)}
    assert asked("installation_repositories", payload) == expected


def test_a_renamed_account_is_read_anew():
    payload = {"action": "renamed", "installation": {"id": 9001}, "account": {"id": 77}}
    assert asked("installation_target", payload) == {SYNC("installation_target.renamed")}


def test_ping_is_ignored():
    assert asked("ping", {"zen": "Design for failure."}) == {Ignore("ping")}
