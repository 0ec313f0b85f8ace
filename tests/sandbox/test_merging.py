"""Merges: guards, methods, and trees that git itself would make."""

import pytest

from app.sandbox.world.repos import RequiredCheck
from tests.sandbox.client import REPO, Stage
from tests.sandbox.receiver import receiving
from tests.sandbox.test_repositories import git

R = f"/repos/{REPO}"
ONE = f"{R}/pulls/1"
MERGE = f"{ONE}/merge"


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_merge_keeps_later_changes_of_the_base(stage: Stage, method: str) -> None:
    stage.box.commit(REPO, "feature", {"f.txt": "f\n"}, author="bob", message="Second")
    tip = stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    wanted = git(stage, "merge-tree", "--write-tree", "main", "feature")
    made = stage.bob.put(MERGE, {"merge_method": method})
    assert git(stage, "rev-parse", "main") == made["sha"]
    assert git(stage, "rev-parse", "main^{tree}") == wanted
    commits = int(git(stage, "rev-list", "--count", f"{tip}..main"))
    assert commits == {"merge": 3, "squash": 1, "rebase": 2}[method]


def test_squash_has_one_parent_and_the_number_in_its_title(stage: Stage) -> None:
    stage.bob.put(MERGE, {"merge_method": "squash"})
    assert git(stage, "log", "-1", "--format=%s", "main") == "Change x (#1)"
    assert len(git(stage, "log", "-1", "--format=%P", "main").split()) == 1


def test_merge_commit_is_committed_by_github(stage: Stage) -> None:
    stage.alice.put(MERGE, {})
    who = git(stage, "log", "-1", "--format=%an <%ae> / %cn <%ce>", "main")
    assert who == "Alice <alice@example.com> / GitHub <noreply@github.com>"


def test_head_that_moved_is_a_conflict(stage: Stage) -> None:
    answer = stage.bob.send("PUT", MERGE, {"sha": "1" * 40})
    assert answer.status == 409


@pytest.mark.parametrize("why", ["conflict", "draft", "closed", "method not allowed"])
def test_what_cannot_be_merged_is_405(stage: Stage, why: str) -> None:
    if why == "conflict":
        stage.box.commit(REPO, "main", {"src/a.py": "x = 9\n"}, author="alice")
    if why == "draft":
        stage.box.set_draft(REPO, 1, draft=True)
    if why == "closed":
        stage.bob.patch(ONE, {"state": "closed"})
    if why == "method not allowed":
        stage.alice.patch(R, {"allow_merge_commit": False})
    assert stage.bob.send("PUT", MERGE, {}).status == 405


@pytest.mark.parametrize(
    ("conclusion", "status"),
    [("success", 200), ("neutral", 200), ("skipped", 200), ("failure", 405), (None, 405)],
    ids=["success", "neutral passes", "skipped passes", "failure", "not reported"],
)
def test_53_required_check_is_obeyed_as_github_does(
    stage: Stage, conclusion: str | None, status: int
) -> None:
    stage.box.require_checks(REPO, "main", "ci")
    if conclusion is not None:
        stage.box.post_check(REPO, stage.head, "ci", conclusion=conclusion)
    assert stage.bob.send("PUT", MERGE, {}).status == status


def test_55_pinned_check_of_another_app_does_not_count(stage: Stage) -> None:
    stage.box.require_checks(REPO, "main", RequiredCheck("gate", stage.box.app_id))
    stage.box.post_check(REPO, stage.head, "gate", conclusion="success")
    assert stage.bob.send("PUT", MERGE, {}).status == 405
    stage.box.post_check(REPO, stage.head, "gate", "gatewright", conclusion="success")
    assert stage.bob.send("PUT", MERGE, {}).status == 200


def test_A16_check_and_status_of_one_name_must_both_pass(stage: Stage) -> None:
    stage.box.require_checks(REPO, "main", "ci")
    stage.box.post_check(REPO, stage.head, "ci", conclusion="success")
    stage.box.post_status(REPO, stage.head, "ci", "failure")
    assert stage.bob.send("PUT", MERGE, {}).status == 405


def test_A10_newest_run_of_a_name_counts(stage: Stage) -> None:
    stage.box.require_checks(REPO, "main", "ci")
    stage.box.post_check(REPO, stage.head, "ci", conclusion="success")
    stage.box.post_check(REPO, stage.head, "ci", conclusion="failure")
    assert stage.bob.send("PUT", MERGE, {}).status == 405


def test_ruleset_requires_checks_too(stage: Stage) -> None:
    parameters = {
        "required_status_checks": [{"context": "gate", "integration_id": stage.box.app_id}],
        "strict_required_status_checks_policy": False,
    }
    body = {
        "name": "Main",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [{"type": "required_status_checks", "parameters": parameters}],
    }
    made = stage.alice.post(f"{R}/rulesets", body)
    assert stage.bob.get(ONE)["mergeable_state"] == "blocked"
    stage.alice.put(f"{R}/rulesets/{made['id']}", {"enforcement": "evaluate"})
    assert stage.bob.get(ONE)["mergeable_state"] == "clean"


def test_strict_checks_want_an_updated_branch(stage: Stage) -> None:
    stage.box.require_checks(REPO, "main", strict=True)
    stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    assert stage.bob.get(ONE)["mergeable_state"] == "behind"
    assert stage.bob.send("PUT", MERGE, {}).status == 405
    assert stage.bob.send("PUT", f"{ONE}/update-branch", {}).status == 202
    assert stage.bob.send("PUT", MERGE, {}).status == 200


def test_update_branch_has_the_merged_tree_and_synchronizes(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    wanted = git(stage, "merge-tree", "--write-tree", "feature", "main")
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        body = {"expected_head_sha": stage.head}
        assert stage.bob.send("PUT", f"{ONE}/update-branch", body).status == 202
        stage.box.wait_idle()
    assert git(stage, "rev-parse", "feature^{tree}") == wanted
    assert "pull_request.synchronize" in receiver.names
    assert stage.bob.send("PUT", f"{ONE}/update-branch", body).status == 422


def test_46_app_cannot_update_the_branch_of_a_fork(stage: Stage) -> None:
    fork = stage.box.fork(REPO, "mallory")
    stage.box.commit(fork, "patch", {"p.txt": "p\n"}, author="mallory")
    pull = stage.box.open_pull_request(REPO, "mallory:patch", author="mallory")
    stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    assert stage.bot.send("PUT", f"{R}/pulls/{pull.number}/update-branch", {}).status == 403


@pytest.mark.parametrize(
    ("who", "status"), [("bot", 403), ("outsider", 403), ("bob", 200)], ids=str
)
def test_merge_needs_the_right_to_push(stage: Stage, who: str, status: int) -> None:
    assert getattr(stage, who).send("PUT", MERGE, {}).status == status


def test_merge_tells_push_then_closed(stage: Stage) -> None:
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        sha = stage.bob.put(MERGE, {})["sha"]
        stage.box.wait_idle()
    told = [name for name in receiver.names if not name.startswith("check_suite")]
    assert told == ["push", "pull_request.closed"]
    closed = receiver.named("pull_request.closed")[0].payload["pull_request"]
    assert (closed["merged"], closed["merge_commit_sha"]) == (True, sha)
    events = [each["event"] for each in stage.bob.get(f"{R}/issues/1/events")]
    assert events == ["merged", "closed"]


def test_head_branch_goes_when_the_setting_says_so(stage: Stage) -> None:
    stage.alice.patch(R, {"delete_branch_on_merge": True})
    stage.bob.put(MERGE, {})
    assert stage.bob.send("GET", f"{R}/git/ref/heads/feature").status == 404
    assert len(stage.bob.get(f"{ONE}/files")) == 1


def test_rebase_that_conflicts_half_way_is_405(stage: Stage) -> None:
    stage.box.commit(REPO, "feature", {"src/a.py": "x = 1\ny = 2\nz = 3\n"}, author="bob")
    stage.box.commit(REPO, "main", {"src/a.py": "x = 9\ny = 2\nz = 3\n"}, author="alice")
    assert stage.bob.get(ONE)["mergeable"] is True
    assert stage.bob.send("PUT", MERGE, {"merge_method": "rebase"}).status == 405


def test_rebase_keeps_authors(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"m.txt": "m\n"}, author="alice")
    stage.alice.put(MERGE, {"merge_method": "rebase"})
    assert git(stage, "log", "-1", "--format=%an / %cn", "main") == "Bob / GitHub"
