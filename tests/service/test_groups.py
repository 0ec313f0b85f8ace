"""Merge groups on the sandbox: answered on the group's commit, from its members' verdicts."""

import pytest

from tests.service.conftest import REPO
from tests.service.test_evaluate import approved, open_fix, texts

POLICY = "version: 1\ngates:\n  ci:\n    required: [{name: unit, app: github-actions}]\n"


def group_state(box, bot, group) -> dict[str, str]:
    return bot.checks(REPO, group.head_sha)


def with_ci(box) -> None:
    box.commit(REPO, "main", {".github/gatewright.yml": POLICY}, author="carol")


def green(box, sha: str) -> None:
    box.post_check(REPO, sha, "unit", status="completed", conclusion="success")


def judged(box, bot, branch: str, path: str):
    """Open a pull request with green CI and an approval, and have it judged."""
    box.commit(REPO, branch, {path: "x = 2\n"}, author="ann")
    pull = box.open_pull_request(REPO, branch, author="ann", title=f"fix: {path}")
    green(box, box.sha(REPO, branch))
    box.review(REPO, pull, "bob")
    bot.settle()
    assert bot.checks(REPO, box.sha(REPO, branch))["merge"] == "success"
    return pull


def test_F21_a_group_is_judged_and_its_own_ci_counts(box, bot):
    with_ci(box)
    pull = judged(box, bot, "fix", "src/a.py")
    group = box.enqueue(REPO, pull)
    bot.settle()
    waiting = group_state(box, bot, group)
    green(box, group.head_sha)
    bot.settle()
    assert (waiting["ci"], waiting["merge"]) == ("in_progress", "in_progress")
    assert set(group_state(box, bot, group).values()) == {"success"}


def test_F22_a_group_of_several_pull_requests_needs_all_of_them(box, bot):
    first = approved(box, bot)
    box.commit(REPO, "more", {"src/b.py": "b = 2\n"}, author="ann")
    second = box.open_pull_request(REPO, "more", author="ann", title="fix: b")
    bot.settle()
    group = box.enqueue(REPO, first, second)
    bot.settle()
    assert group_state(box, bot, group)["merge"] == "failure"
    runs = {run.name: run.output.title for run in box.check_runs(REPO, group.head_sha)}
    assert "#2" in runs["gatewright/approval"]


def queued(box, pull, *commits: dict[str, str], merging: str = "") -> str:
    """Let a group's branch hold these commits, and a merge at the end; return its head."""
    base = box.sha(REPO, "main")
    branch = f"gh-readonly-queue/main/pr-{pull.number}-{base}"
    box.set_branch(REPO, branch, base, actor="carol")
    head = base
    for files in commits:
        head = box.commit(REPO, branch, files, author="ann", committer="carol")
    if merging:
        head = box.commit(REPO, branch, {"m": "1"}, author="carol", parents=(head, merging))
    body = {"head_sha": head, "head_ref": f"refs/heads/{branch}", "base_ref": "refs/heads/main"}
    sent = {"merge_group": {**body, "base_sha": base}}
    box.emit("merge_group", "checks_requested", sent, REPO, "carol")
    return head


ONE, TWO = {"src/a.py": "a = 2\n"}, {"src/a.py": "a = 3\n"}
STRANGE = {"src/b.py": "b = 2\n"}


@pytest.mark.parametrize(
    ("own", "held", "merge"),
    [
        pytest.param([ONE], [ONE], "success", id="a squash is one commit"),
        pytest.param([ONE, TWO], [TWO], "success", id="two commits squashed to one"),
        pytest.param([ONE, TWO], [ONE, TWO], "success", id="two commits put on the base anew"),
        pytest.param([ONE], [ONE, STRANGE], "failure", id="more commits than the pull request"),
    ],
)
def test_F22_a_group_holds_no_more_than_its_pull_request(box, bot, own, held, merge):
    for files in own:
        box.commit(REPO, "fix", files, author="ann")
    pull = box.open_pull_request(REPO, "fix", author="ann", title="fix: a")
    box.review(REPO, pull, "bob")
    bot.settle()
    head = queued(box, pull, *held)
    bot.settle()
    assert bot.checks(REPO, head)["merge"] == merge


def test_a_group_that_has_landed_is_not_answered_any_more(box, bot):
    pull = approved(box, bot)
    head = queued(box, pull, ONE)
    box.set_branch(REPO, "main", head, actor="carol")
    bot.settle()
    assert bot.checks(REPO, head) == {}


@pytest.mark.parametrize("before", [(), (STRANGE,)], ids=["alone", "after a commit of nobody"])
def test_F22_a_merge_of_a_commit_that_is_nobodys_head_explains_nothing(box, bot, before):
    pull = approved(box, bot)
    strange = box.commit(REPO, "strange", STRANGE, author="ann")
    head = queued(box, pull, *before, merging=strange)
    bot.settle()
    assert bot.checks(REPO, head)["merge"] == "failure"


def test_B50_an_approval_dismissed_after_queueing_fails_the_group(box, bot):
    pull = open_fix(box)
    review = box.review(REPO, pull, "bob")
    bot.settle()
    group = box.enqueue(REPO, pull)
    bot.settle()
    before = group_state(box, bot, group)["merge"]
    box.dismiss(REPO, pull, review, "carol", "not yet")
    bot.settle()
    assert (before, group_state(box, bot, group)["merge"]) == ("success", "failure")


def test_F23_a_base_with_slashes_is_read_from_the_right(box, bot):
    box.set_branch(REPO, "release/pr-1/x", box.sha(REPO, "main"), actor="carol")
    pull = approved(box, bot, base="release/pr-1/x")
    group = box.enqueue(REPO, pull)
    bot.settle()
    assert group_state(box, bot, group)["merge"] == "success"


def test_F20_a_group_nobody_can_explain_fails(box, bot):
    open_fix(box)
    bot.settle()
    strange = box.commit(REPO, "gh-readonly-queue/main/strange", {"x": "1"}, author="carol")
    box.emit(
        "merge_group",
        "checks_requested",
        {
            "merge_group": {
                "head_sha": strange,
                "head_ref": "refs/heads/gh-readonly-queue/main/strange",
                "base_ref": "refs/heads/main",
                "base_sha": box.sha(REPO, "main"),
            }
        },
        REPO,
        "carol",
    )
    bot.settle()
    state = bot.checks(REPO, strange)
    assert state["merge"] == "failure"
    assert "success" not in {state[name] for name in ("approval", "compliance", "secrets")}
    assert texts(box, "gh-readonly-queue/main/strange")["merge"]
