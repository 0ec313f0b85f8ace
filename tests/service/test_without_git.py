"""When git cannot reach the repository, the API says what it can and the rest is named."""

import pytest

from app.changes.mirror import Mirror
from app.errors import GitError
from app.sandbox.http.faults import FaultKind
from app.sandbox.payloads import pulls
from tests.service.conftest import REPO
from tests.service.test_evaluate import open_fix, seen, texts


@pytest.fixture(autouse=True)
def _no_git(monkeypatch):
    def fetch(*_arguments, **_more):
        raise GitError("the remote end hung up")

    monkeypatch.setattr(Mirror, "fetch", fetch)


def test_gates_that_need_no_contents_are_judged_and_the_others_say_why(box, bot):
    pull = open_fix(box)
    box.review(REPO, pull, "bob")
    bot.settle()
    assert seen(box, bot) == {
        "merge": "failure",
        "ci": "success",
        "compliance": "success",
        "secrets": "failure",
        "approval": "success",
        "freshness": "success",
    }
    assert "git cannot read the repository: the remote end hung up" in texts(box)["secrets"]
    assert "Contents: read" in texts(box)["secrets"]


def test_the_policy_of_the_base_is_read_through_the_api(box, bot):
    policy = "version: 1\ngates:\n  approval:\n    rules: [{id: baseline, count: 2}]\n"
    box.commit(REPO, "main", {".github/gatewright.yml": policy}, author="carol")
    pull = open_fix(box)
    box.review(REPO, pull, "bob")
    bot.settle()
    assert seen(box, bot)["approval"] == "in_progress"


def test_a_branch_that_is_behind_fails_and_an_approval_of_an_older_commit_is_stale(box, bot):
    pull = open_fix(box)
    box.review(REPO, pull, "bob")
    box.commit(REPO, "fix", {"src/a.py": "a = 3\n"}, author="ann")
    box.commit(REPO, "main", {"README.md": "# new\n"}, author="carol")
    bot.settle()
    found = seen(box, bot)
    assert (found["freshness"], found["approval"]) == ("failure", "in_progress")


def test_a_changed_workflow_cannot_be_audited_and_does_not_pass(box, bot):
    box.commit(REPO, "fix", {".github/workflows/ci.yml": "on: push\n"}, author="ann")
    box.open_pull_request(REPO, "fix", author="ann", title="ci")
    bot.settle()
    assert seen(box, bot)["compliance"] == "failure"


def test_a_link_is_seen_by_the_modes_of_the_trees(box, bot):
    box.commit(REPO, "fix", {"120000:out": "/etc/passwd"}, author="ann")
    box.open_pull_request(REPO, "fix", author="ann", title="link")
    bot.settle()
    assert seen(box, bot)["compliance"] == "failure"


def test_files_that_github_neither_counts_nor_lists_are_missed_by_the_trees(box, bot, monkeypatch):
    monkeypatch.setattr(pulls, "pull_changes", lambda *_: [])
    open_fix(box)
    bot.settle()
    assert seen(box, bot)["compliance"] == "failure"
    assert "differs between the commits and is not listed so" in texts(box)["compliance"]


def test_a_list_of_files_that_lags_behind_the_head_is_not_judged(box, bot):
    open_fix(box)
    bot.settle()
    passed = seen(box, bot)["compliance"]
    box.commit(REPO, "fix", {"src/a.py": "a = 3\n"}, author="ann")
    box.fail_api(FaultKind.STALE, r"/pulls/1/files$", count=20)
    bot.settle()
    assert (passed, seen(box, bot)["compliance"]) == ("success", "failure")
    assert "differs between the commits and is not listed so" in texts(box)["compliance"]


def test_a_tree_that_github_cuts_short_proves_nothing(box, bot, monkeypatch):
    monkeypatch.setattr("app.sandbox.routes.git.TREE_LIMIT", 1)
    open_fix(box)
    bot.settle()
    assert seen(box, bot)["compliance"] == "failure"
