"""From a webhook to what a person sees, on the sandbox: one test a situation."""

import pytest

from app.audit.leaf import decode
from app.audit.verify import entries, log_ids, verify
from app.core.verdict import GateName
from app.service.replay import replay
from app.store import verdicts
from app.store.subjects import Standing
from tests.service.conftest import REPO

ALL_GREEN = dict.fromkeys(
    ("merge", "ci", "compliance", "secrets", "approval", "freshness"), "success"
)


def open_fix(box, branch: str = "fix", **details):
    """Open a small pull request of ann's."""
    box.commit(REPO, branch, {"src/a.py": "a = 2\n"}, author="ann")
    details = {"author": "ann", "title": "fix: a"} | details
    return box.open_pull_request(REPO, branch, **details)


def approved(box, bot, **details):
    """Open a pull request, have it approved and judged green."""
    pull = open_fix(box, **details)
    box.review(REPO, pull, "bob")
    bot.settle()
    assert seen(box, bot) == ALL_GREEN
    return pull


def seen(box, bot, branch: str = "fix") -> dict[str, str]:
    return bot.checks(REPO, box.sha(REPO, branch))


def texts(box, branch: str = "fix") -> dict[str, str]:
    runs = box.check_runs(REPO, box.sha(REPO, branch))
    return {run.name.removeprefix("gatewright/"): run.output.summary or "" for run in runs}


def log_types(bot) -> list[str]:
    with bot.parts.database.read() as connection:
        return [
            str(decode(leaf)["type"])
            for log_id in log_ids(connection)
            for _, leaf, _ in entries(connection, log_id)
        ]


def test_a_new_pull_request_gets_five_gates_and_a_rollup(box, bot):
    open_fix(box)
    bot.settle()
    waiting = {"merge": "in_progress", "approval": "in_progress"}
    assert seen(box, bot) == ALL_GREEN | waiting


def test_an_approval_turns_it_green_and_a_dismissal_takes_that_back(box, bot):
    pull = open_fix(box)
    review = box.review(REPO, pull, "bob")
    bot.settle()
    green = seen(box, bot)
    box.dismiss(REPO, pull, review, "carol", "not yet")
    bot.settle()
    assert (green, seen(box, bot)["merge"]) == (ALL_GREEN, "in_progress")


def test_a_new_commit_ends_the_approval(box, bot):
    approved(box, bot)
    box.commit(REPO, "fix", {"src/a.py": "a = 3\n"}, author="ann")
    bot.settle()
    assert seen(box, bot)["approval"] == "in_progress"
    assert "APPROVAL_STALE_NEW_COMMITS" in texts(box)["approval"]


def test_B11_approval_survives_a_clean_update_of_the_branch(box, bot):
    pull = approved(box, bot)
    box.commit(REPO, "main", {"src/b.py": "b = 2\n"}, author="carol")
    bot.settle()
    stale = seen(box, bot)["freshness"]
    main, head = box.sha(REPO, "main"), box.sha(REPO, "fix")
    box.commit(
        REPO, "fix", {"src/b.py": "b = 2\n"}, author="ann", parents=(head, main), message="Merge"
    )
    bot.settle()
    assert (stale, seen(box, bot)) == ("failure", ALL_GREEN)
    assert pull.number == 1


def test_B12_a_line_smuggled_into_the_update_ends_the_approval(box, bot):
    approved(box, bot)
    box.commit(REPO, "main", {"src/b.py": "b = 2\n"}, author="carol")
    main, head = box.sha(REPO, "main"), box.sha(REPO, "fix")
    evil = {"src/b.py": "b = 2\nimport evil\n"}
    box.commit(REPO, "fix", evil, author="ann", parents=(head, main), message="Merge")
    bot.settle()
    assert seen(box, bot)["approval"] == "in_progress"
    assert "APPROVAL_STALE_EVIL_MERGE" in texts(box)["approval"]


def test_B16_F09_retargeting_takes_a_success_back_before_anything_is_read(box, bot):
    pull = approved(box, bot)
    box.set_branch(REPO, "release", box.sha(REPO, "main"), actor="carol")
    bot.settle()
    head = box.sha(REPO, "fix")
    box.forget_requests()
    box.edit_pull_request(REPO, pull, {"base": "release"})
    bot.settle()
    calls = [(call.method, call.path) for call in box.requests]
    writes = [path for method, path in calls if method in ("POST", "PATCH")]
    first_read = calls.index(("GET", f"/repos/{REPO}/pulls/1"))
    assert calls.index(("POST", writes[0])) < first_read
    assert bot.checks(REPO, head)["approval"] == "in_progress"
    assert "APPROVAL_STALE_RETARGET" in texts(box)["approval"]


def test_F11_the_worst_of_two_pull_requests_with_one_head_counts(box, bot):
    box.set_branch(REPO, "sandbox", box.sha(REPO, "main"), actor="carol")
    first = open_fix(box)
    second = box.open_pull_request(REPO, "fix", author="ann", base="sandbox", title="try")
    box.review(REPO, second, "bob")
    bot.settle()
    assert seen(box, bot)["merge"] == "in_progress"
    assert "#" in texts(box)["merge"]
    box.review(REPO, first, "bob")
    bot.settle()
    assert seen(box, bot)["merge"] == "success"


def test_F11_a_closed_sibling_holds_nobody_back(box, bot):
    box.set_branch(REPO, "sandbox", box.sha(REPO, "main"), actor="carol")
    first = open_fix(box)
    second = box.open_pull_request(REPO, "fix", author="ann", base="sandbox", title="try")
    box.review(REPO, first, "bob")
    bot.settle()
    held = seen(box, bot)["merge"]
    box.edit_pull_request(REPO, second, {"state": "closed"})
    bot.settle()
    assert (held, seen(box, bot)["merge"]) == ("in_progress", "success")


def test_F41_an_ungoverned_base_publishes_nothing(box, bot):
    policy = "version: 1\ngoverns:\n  branches: [main]\n"
    box.commit(REPO, "main", {".github/gatewright.yml": policy}, author="carol")
    box.set_branch(REPO, "playground", box.sha(REPO, "main"), actor="carol")
    open_fix(box, base="playground")
    bot.settle()
    assert seen(box, bot) == {}


def test_F28_an_invalid_policy_on_the_base_blocks_with_line_and_reason(box, bot):
    policy = "version: 1\ngates:\n  freshnes:\n    mode: strict\n"
    box.commit(REPO, "main", {".github/gatewright.yml": policy}, author="carol")
    open_fix(box)
    bot.settle()
    assert set(seen(box, bot).values()) == {"failure"}
    assert "line 3" in texts(box)["merge"]
    assert "freshness" in texts(box)["merge"]


def test_F32_the_policy_of_the_head_is_never_used(box, bot):
    loose = "version: 1\ngates:\n  approval:\n    rules: [{id: baseline, count: none}]\n"
    files = {".github/gatewright.yml": loose, "src/a.py": "a = 2\n"}
    box.commit(REPO, "fix", files, author="ann")
    box.open_pull_request(REPO, "fix", author="ann", title="loosen")
    bot.settle()
    assert seen(box, bot)["approval"] == "in_progress"


def test_a_failing_required_check_blocks_and_its_rerun_takes_a_success_back(box, bot):
    policy = "version: 1\ngates:\n  ci:\n    required: [{name: unit, app: github-actions}]\n"
    box.commit(REPO, "main", {".github/gatewright.yml": policy}, author="carol")
    pull = open_fix(box)
    box.review(REPO, pull, "bob")
    head = box.sha(REPO, "fix")
    states = []
    run = box.post_check(REPO, head, "unit", status="completed", conclusion="failure")
    bot.settle()
    states.append(seen(box, bot)["ci"])
    box.post_check(REPO, head, "unit", status="completed", conclusion="success")
    bot.settle()
    states.append(seen(box, bot)["ci"])
    box.post_check(REPO, head, "unit", status="in_progress")
    bot.settle()
    states.append(seen(box, bot)["merge"])
    assert (run.name, states) == ("unit", ["failure", "success", "in_progress"])


def test_a_foreign_app_cannot_stand_in_for_ci(box, bot):
    policy = "version: 1\ngates:\n  ci:\n    required: [{name: unit, app: github-actions}]\n"
    box.commit(REPO, "main", {".github/gatewright.yml": policy}, author="carol")
    box.add_app("mallory")
    open_fix(box)
    head = box.sha(REPO, "fix")
    box.post_check(REPO, head, "unit", "mallory", status="completed", conclusion="success")
    bot.settle()
    assert seen(box, bot)["ci"] == "in_progress"


def test_a_fork_is_judged_through_the_base_repository(box, bot):
    box.add_user("eve")
    fork = box.fork(REPO, "eve")
    box.commit(fork, "fix", {"src/a.py": "a = 9\n"}, author="eve")
    pull = box.open_pull_request(REPO, "eve:fix", author="eve", title="fix: a")
    box.review(REPO, pull, "bob")
    bot.settle()
    assert bot.checks(REPO, pull.head_sha) == ALL_GREEN


def test_a_draft_is_held_and_released(box, bot):
    pull = open_fix(box, draft=True)
    box.review(REPO, pull, "bob")
    bot.settle()
    held = seen(box, bot)["merge"]
    box.set_draft(REPO, pull, draft=False)
    bot.settle()
    assert (held, seen(box, bot)) == ("in_progress", ALL_GREEN)


def test_nothing_is_written_when_nothing_changed(box, bot):
    pull = approved(box, bot)
    before = log_types(bot)
    box.forget_requests()
    box.comment(REPO, pull.number, "ann", "ping")
    box.set_labels(REPO, pull.number, ["docs"], "ann")
    bot.settle()
    writes = [call for call in box.requests if call.method in ("POST", "PATCH")]
    assert [call.path for call in writes if "check-runs" in call.path] == []
    new = log_types(bot)[len(before) :]
    assert "check_run.intent" not in new


def test_every_success_on_github_has_its_verdict_and_intent_in_the_log_before(box, bot):
    approved(box, bot)
    types = [kind for kind in log_types(bot) if kind.startswith(("verdict", "check_run"))]
    assert types.index("verdict.issued") < types.index("check_run.intent")
    assert types.count("check_run.intent") == types.count("check_run.posted")
    with bot.parts.database.read() as connection:
        assert [verify(connection, each).flaws for each in log_ids(connection)] == [()]


def test_every_verdict_is_recomputed_byte_for_byte(box, bot):
    pull = open_fix(box)
    bot.settle()
    box.review(REPO, pull, "bob")
    bot.settle()
    with bot.parts.database.read() as connection:
        found = verdicts.newest(connection)
        assert [each.outcome(GateName.MERGE) for each in found] == ["pass", "pending"]
        assert all(replay(connection, each.id).is_equal for each in found)


def test_pressing_re_run_makes_a_new_run(box, bot):
    approved(box, bot)
    head = box.sha(REPO, "fix")
    before = len(box.check_runs(REPO, head))
    first = next(run for run in box.check_runs(REPO, head) if run.name == "gatewright/merge")
    box.rerequest_check(REPO, first, "ann")
    bot.settle()
    assert len(box.check_runs(REPO, head)) == before + 6
    assert seen(box, bot) == ALL_GREEN


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_outage_never_leaves_a_success_standing_on_unknown_ground(box, bot, status):
    pull = approved(box, bot)
    box.fail_api("status", rf"/repos/{REPO}/pulls/{pull.number}$", "GET", 3, status=status)
    box.comment(REPO, pull.number, "ann", "ping")
    review = box.review(REPO, pull, "carol", "COMMENT")
    bot.settle()
    assert review is not None
    assert seen(box, bot)["merge"] == "in_progress"
    [left] = [each for each in bot.standings() if each.kind == "pull_request"]
    assert isinstance(left, Standing)
    assert left.state == "sleeping"
    assert "GitHub answered" in (left.error or "")


def test_a_missing_permission_is_named_with_the_page_to_visit(box, bot):
    policy = "version: 1\ngates:\n  ci:\n    required: [{name: unit}]\n"
    box.commit(REPO, "main", {".github/gatewright.yml": policy}, author="carol")
    box.fail_api("status", r".*/commits/[0-9a-f]+/check-runs", "GET", 50, status=403)
    open_fix(box)
    bot.settle()
    assert seen(box, bot)["ci"] == "failure"
    assert "Checks: read" in texts(box)["ci"]
    assert "/settings/installations/" in texts(box)["ci"]


def test_a_suspended_installation_is_left_alone(box, bot):
    installation = next(iter(box.world.installations.values()))
    box.suspend(installation)
    bot.settle()
    open_fix(box)
    bot.settle()
    assert seen(box, bot) == {}


def test_a_merge_is_recorded(box, bot):
    pull = approved(box, bot)
    box.merge(REPO, pull, actor="bob")
    bot.settle()
    assert "merge.observed" in log_types(bot)
