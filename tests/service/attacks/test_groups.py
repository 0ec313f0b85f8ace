"""Attacks on merge groups: what must not be carried by a queue."""

from app.store import subjects
from tests.service.attacks.staging import (
    EASY_SANDBOX,
    UNIT,
    out_of_reach,
    sandbox_branch,
    set_policy,
    wake,
)
from tests.service.conftest import REPO
from tests.service.test_evaluate import approved, open_fix


def test_a_member_judged_for_another_base_does_not_carry_a_group(box, bot):
    set_policy(box, EASY_SANDBOX)
    sandbox_branch(box)
    pull = open_fix(box, base="sandbox")
    bot.settle()
    box.disturb_webhooks("drop", "pull_request", count=9)
    box.edit_pull_request(REPO, pull, {"base": "main"})
    group = box.enqueue(REPO, pull)
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] != "success"


def test_a_group_that_holds_more_than_its_name_says_does_not_pass(box, bot):
    good = approved(box, bot)
    box.commit(REPO, "more", {"src/b.py": "b = 2\n"}, author="ann")
    bad = box.open_pull_request(REPO, "more", author="ann", title="fix: b")
    bot.settle()
    group = box.enqueue(REPO, bad, good)
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] != "success"


def test_a_group_loses_its_success_with_its_member(box, bot):
    pull = open_fix(box)
    review = box.review(REPO, pull, "bob")
    bot.settle()
    group = box.enqueue(REPO, pull)
    bot.settle()
    out_of_reach(box, pull, 100)
    box.dismiss(REPO, pull, review, "carol", "no")
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] != "success"


def test_a_group_that_cannot_be_judged_again_loses_its_success(box, bot):
    pull = open_fix(box)
    review = box.review(REPO, pull, "bob")
    bot.settle()
    group = box.enqueue(REPO, pull)
    bot.settle()
    box.fail_api("status", "/branches/gh-readonly", "GET", 3, status=502)
    box.dismiss(REPO, pull, review, "carol", "no")
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] != "success"


def test_a_group_is_judged_again_after_a_passing_fault(box, bot):
    set_policy(box, UNIT)
    pull = open_fix(box)
    box.post_check(REPO, pull.head_sha, "unit", status="completed", conclusion="success")
    box.review(REPO, pull, "bob")
    bot.settle()
    group = box.enqueue(REPO, pull)
    box.fail_api("status", f"/commits/{group.head_sha}/statuses", "GET", 3, status=502)
    bot.settle()
    wake(bot)
    assert bot.checks(REPO, group.head_sha)["ci"] == "in_progress"


def test_a_group_whose_branch_is_gone_is_forgotten(box, bot):
    pull = approved(box, bot)
    group = box.enqueue(REPO, pull)
    bot.settle()
    box.disturb_webhooks("drop", "merge_group")
    box.destroy_group(REPO, group)
    box.set_labels(REPO, pull.number, ["docs"], "ann")
    bot.settle()
    with bot.parts.database.read() as connection:
        found = subjects.standings(connection, include_done=True)
    assert [each.key for each in found if each.kind == "group"] == []
