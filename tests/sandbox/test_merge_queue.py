"""The merge queue: groups, their events, and what lands."""

import pytest

from app.sandbox.problems import ProblemError
from tests.sandbox.client import REPO, Stage
from tests.sandbox.receiver import receiving

R = f"/repos/{REPO}"


def second_pull(stage: Stage) -> int:
    stage.box.commit(REPO, "other", {"o.txt": "o\n"}, author="bob")
    return stage.box.open_pull_request(REPO, "other", author="bob").number


def test_61_group_asks_for_checks_on_its_own_commit(stage: Stage) -> None:
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        group = stage.box.enqueue(REPO, 1)
        stage.box.wait_idle()
    base = stage.box.sha(REPO, "main")
    assert group.ref == f"refs/heads/gh-readonly-queue/main/pr-1-{base}"
    (hook,) = receiver.named("merge_group.checks_requested")
    told = hook.payload["merge_group"]
    assert (told["head_sha"], told["base_sha"]) == (group.head_sha, base)
    assert (told["head_ref"], told["base_ref"]) == (group.ref, "refs/heads/main")
    assert stage.bob.get(f"{R}/commits/{group.head_sha}/pulls") == []


def test_group_lands_when_the_required_check_is_green(stage: Stage) -> None:
    number = second_pull(stage)
    stage.box.require_checks(REPO, "main", "gate")
    group = stage.box.enqueue(REPO, 1, number)
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        body = {"name": "gate", "head_sha": group.head_sha, "conclusion": "success"}
        stage.bot.post(f"{R}/check-runs", body)
        stage.box.wait_idle()
    assert stage.box.sha(REPO, "main") == group.head_sha
    assert [stage.bob.get(f"{R}/pulls/{n}")["merged"] for n in (1, number)] == [True, True]
    (ended,) = receiver.named("merge_group.destroyed")
    assert ended.payload["reason"] == "merged"
    assert len(receiver.named("pull_request.closed")) == 2
    assert stage.box.sha(REPO, group.ref.removeprefix("refs/heads/")) == ""


def test_group_waits_while_the_check_is_red(stage: Stage) -> None:
    stage.box.require_checks(REPO, "main", "gate")
    group = stage.box.enqueue(REPO, 1)
    stage.box.post_check(REPO, group.head_sha, "gate", conclusion="failure")
    assert stage.bob.get(f"{R}/pulls/1")["state"] == "open"


def test_later_group_stands_on_the_earlier_one(stage: Stage) -> None:
    number = second_pull(stage)
    stage.box.require_checks(REPO, "main", "gate")
    first, second = stage.box.enqueue(REPO, 1), stage.box.enqueue(REPO, number)
    assert second.base_sha == first.head_sha
    stage.box.post_check(REPO, second.head_sha, "gate", conclusion="success")
    assert stage.box.sha(REPO, "main") != second.head_sha
    stage.box.post_check(REPO, first.head_sha, "gate", conclusion="success")
    assert stage.box.sha(REPO, "main") == second.head_sha


def test_destroyed_group_says_why(stage: Stage) -> None:
    group = stage.box.enqueue(REPO, 1)
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        stage.box.destroy_group(REPO, group, "invalidated")
        stage.box.wait_idle()
    assert receiver.named("merge_group.destroyed")[0].payload["reason"] == "invalidated"
    assert receiver.named("pull_request.dequeued")[0].payload["reason"] == "CI_FAILURE"


def test_conflicting_pull_request_does_not_get_in(stage: Stage) -> None:
    stage.box.commit(REPO, "main", {"src/a.py": "x = 9\n"}, author="alice")
    with pytest.raises(ProblemError, match="not mergeable"):
        stage.box.enqueue(REPO, 1)


def test_F18_without_the_permission_nothing_is_told(stage: Stage) -> None:
    stage.installation.permissions.pop("merge_queues")
    with receiving() as receiver:
        stage.box.webhook_url = receiver.url
        stage.box.enqueue(REPO, 1)
        stage.box.wait_idle()
    assert receiver.named("merge_group.checks_requested") == []


def test_F23_base_with_slashes_is_in_the_middle_of_the_name(stage: Stage) -> None:
    stage.box.set_branch(REPO, "release/1.2", stage.box.sha(REPO, "main"))
    stage.bob.patch(f"{R}/pulls/1", {"base": "release/1.2"})
    group = stage.box.enqueue(REPO, 1)
    assert group.ref.startswith("refs/heads/gh-readonly-queue/release/1.2/pr-1-")
