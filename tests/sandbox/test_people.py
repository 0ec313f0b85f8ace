"""Roles, teams and conversations."""

import pytest

from tests.sandbox.client import REPO, Stage
from tests.sandbox.receiver import receiving

R = f"/repos/{REPO}"


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("admin", "admin"),
        ("maintain", "write"),
        ("write", "write"),
        ("triage", "read"),
        ("read", "read"),
    ],
)
def test_41_old_word_for_each_role(stage: Stage, role: str, permission: str) -> None:
    stage.box.grant(REPO, "mallory", role)
    found = stage.bob.get(f"{R}/collaborators/mallory/permission")
    assert (found["permission"], found["role_name"]) == (permission, role)


@pytest.mark.parametrize(("private", "permission"), [(True, "none"), (False, "read")])
def test_outsiders_have_what_the_public_has(
    stage: Stage, *, private: bool, permission: str
) -> None:
    stage.box.find_repo(REPO).private = private
    found = stage.bob.get(f"{R}/collaborators/mallory/permission")
    assert found["permission"] == permission


def test_best_of_team_and_organisation_rights_counts(stage: Stage) -> None:
    team = stage.box.add_team("acme", "Core Team", ["carol"])
    stage.box.grant(REPO, team, "maintain")
    stage.box.grant(REPO, "carol", "triage")
    path = f"{R}/collaborators/carol/permission"
    assert stage.bob.get(path)["role_name"] == "maintain"
    stage.box.set_team_member(team, "carol", "pending")
    assert stage.bob.get(path)["role_name"] == "triage"
    assert stage.bob.get(f"{R}/collaborators/alice/permission")["role_name"] == "admin"


def test_unknown_user_is_404(stage: Stage) -> None:
    assert stage.bob.send("GET", f"{R}/collaborators/nobody/permission").status == 404


@pytest.mark.parametrize(
    ("who", "status", "state"),
    [("carol", 200, "active"), ("mallory", 200, "pending"), ("bob", 404, None)],
    ids=["member", "invited", "not in the team"],
)
def test_team_membership_has_three_answers(
    stage: Stage, who: str, status: int, state: str | None
) -> None:
    team = stage.box.add_team("acme", "Core", ["carol"])
    stage.box.set_team_member(team, "mallory", "pending")
    answer = stage.bot.send("GET", f"/orgs/acme/teams/core/memberships/{who}")
    assert (answer.status, answer.body.get("state")) == (status, state)


def test_teams_are_for_members_eyes(stage: Stage) -> None:
    stage.box.add_team("acme", "Core")
    assert stage.outsider.send("GET", "/orgs/acme/teams/core").status == 404
    assert stage.bob.send("GET", "/orgs/acme/teams/core").status == 200


def test_app_without_members_permission_cannot_read_teams(stage: Stage) -> None:
    stage.box.add_team("acme", "Core")
    stage.installation.permissions.pop("members")
    assert stage.bot.send("GET", "/orgs/acme/teams/core").status == 403


def test_removed_member_is_out_of_the_teams(stage: Stage) -> None:
    team = stage.box.add_team("acme", "Core", ["carol"])
    stage.box.grant(REPO, team, "write")
    stage.box.remove_member("acme", "carol")
    assert stage.bob.get(f"{R}/collaborators/carol/permission")["role_name"] == "read"


def test_65_comment_on_a_pull_request_says_so(stage: Stage) -> None:
    issue = stage.box.open_issue(REPO, "Bug", "carol")
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        stage.box.comment(REPO, 1, "carol", "/merge")
        stage.box.comment(REPO, issue.number, "carol", "/merge")
        stage.box.wait_idle()
    on_pull, on_issue = (hook.payload["issue"] for hook in receiver.hooks)
    assert "pull_request" in on_pull
    assert "pull_request" not in on_issue


def test_66_edited_comment_names_the_editor_and_the_past(stage: Stage) -> None:
    comment = stage.box.comment(REPO, 1, "carol", "hello")
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        stage.box.edit_comment(REPO, comment, "alice", "/deploy")
        stage.box.wait_idle()
    (hook,) = receiver.hooks
    assert hook.payload["sender"]["login"] == "alice"
    assert hook.payload["comment"]["user"]["login"] == "carol"
    assert hook.payload["changes"] == {"body": {"from": "hello"}}


def test_comment_of_an_app_names_the_app(stage: Stage) -> None:
    made = stage.bot.post(f"{R}/issues/1/comments", {"body": "Hi"})
    assert made["user"]["login"] == "gatewright[bot]"
    assert made["performed_via_github_app"]["id"] == stage.box.app_id


def test_comment_of_somebody_else_is_changed_by_triage_only(stage: Stage) -> None:
    comment = stage.box.comment(REPO, 1, "carol", "hello")
    path = f"{R}/issues/comments/{comment.id}"
    assert stage.outsider.send("PATCH", path, {"body": "x"}).status == 403
    assert stage.alice.send("PATCH", path, {"body": "x"}).status == 200


def test_empty_comment_is_422(stage: Stage) -> None:
    assert stage.bob.send("POST", f"{R}/issues/1/comments", {"body": " "}).status == 422


def test_same_reaction_twice_is_one(stage: Stage) -> None:
    comment = stage.box.comment(REPO, 1, "carol", "hello")
    path = f"{R}/issues/comments/{comment.id}/reactions"
    statuses = [stage.bot.send("POST", path, {"content": "eyes"}).status for _ in range(2)]
    assert (statuses, len(stage.bob.get(path))) == ([201, 200], 1)


def test_labels_of_a_pull_request_are_its_own_events(stage: Stage) -> None:
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        stage.box.set_labels(REPO, 1, ["a/b", "c"], "alice")
        stage.box.set_labels(REPO, 1, ["c"], "alice")
        stage.box.wait_idle()
    names = [(hook.name, hook.payload["label"]["name"]) for hook in receiver.hooks]
    assert names == [
        ("pull_request.labeled", "a/b"),
        ("pull_request.labeled", "c"),
        ("pull_request.unlabeled", "a/b"),
    ]


def test_label_with_a_slash_is_found(stage: Stage) -> None:
    stage.box.set_labels(REPO, 1, ["a/b"], "alice")
    assert stage.bob.send("DELETE", f"{R}/issues/1/labels/a%2Fb").status == 200
