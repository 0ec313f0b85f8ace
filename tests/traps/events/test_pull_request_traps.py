"""Traps of events about pull requests and checks, by their number in the catalogue."""

from tests.builders import HEAD, OLD
from tests.sandbox.client import REPO, build_stage
from tests.traps.events.conftest import CHECKS, seen, sweep, writes
from tests.web import payloads


def test_trap_40_an_approval_ends_with_its_authors_access(bot, stage):
    bot.box.grant(REPO, "carol", "write")
    bot.box.review(REPO, 1, "carol")
    bot.settle()
    assert seen(bot)["approval"] == "success"
    bot.box.grant(REPO, "carol", "none")
    bot.settle()
    assert seen(bot)["approval"] == "in_progress"


def test_trap_40_an_approval_ends_with_its_authors_place_in_the_team(bot, stage):
    team = bot.box.add_team("acme", "Core", ["alice"])
    rule = "{id: baseline, count: 1, by: {teams: [core]}}"
    policy = f"version: 1\ngates:\n  approval:\n    rules: [{rule}]\n"
    bot.box.commit(REPO, "main", {".github/gatewright.yml": policy}, author="alice")
    bot.box.review(REPO, 1, "alice")
    bot.settle()
    assert seen(bot)["approval"] == "success"
    bot.box.remove_team_member(team, "alice")
    bot.settle()
    assert seen(bot)["approval"] == "in_progress"


def test_trap_44_a_check_on_a_fork_finds_the_pull_request_by_its_commit(bot, stage):
    fork = bot.box.fork(REPO, "mallory")
    bot.box.commit(fork, "idea", {"new": "x"}, author="mallory")
    pull = bot.box.open_pull_request(REPO, "mallory:idea", author="mallory")
    bot.settle()
    bot.box.post_check(REPO, pull.head_sha, "unit", conclusion="failure")
    bot.box.wait_idle()
    (event,) = [
        each
        for each in bot.box.deliveries
        if each.event == "check_run" and each.payload["check_run"]["name"] == "unit"
    ][:1]
    assert event.payload["check_run"]["pull_requests"] == []
    number = bot.box.find_repo(REPO).id
    assert f"pull_request:{number}#{pull.number}" in [key for _, key in bot.queue.tickets]


def test_trap_44_a_commit_that_no_event_named_is_looked_up(gate):
    gate.deliver("check_run", payloads.check_run(head_sha=OLD))
    assert gate.work() == [f"head:1001@{OLD}"]


def test_trap_45_a_payload_without_a_head_repository_is_read(gate):
    head = {"ref": "gone", "sha": HEAD, "repo": None}
    gate.deliver("pull_request", payloads.pull_request(head=head))
    assert gate.work() == ["pull_request:1001#7"]


def test_trap_54_every_gate_is_published_even_where_it_has_nothing_to_judge(bot, stage):
    assert sorted(seen(bot)) == list(CHECKS)


def test_trap_57_our_own_events_cause_no_work(bot, stage):
    before = writes(bot)
    ours = [each for each in bot.box.deliveries if each.event == "check_run"]
    assert ours != []
    for each in ours:
        bot.box.redeliver(each)
    bot.settle()
    assert writes(bot) == before


def test_trap_58_the_suite_event_is_not_needed(bot):
    bot.box.disturb_webhooks("drop", event="check_suite", count=1000)
    bot.box.disturb_webhooks("drop", event="push", count=1000)
    build_stage(bot.box)
    bot.settle()
    assert sorted(seen(bot)) == list(CHECKS)


def test_trap_59_a_run_that_is_asked_for_again_ends_again(bot, stage):
    bot.box.review(REPO, 1, "alice")
    bot.settle()
    run = next(
        run
        for run in bot.box.check_runs(REPO, stage.head)
        if run.name == "gatewright/approval" and run.conclusion == "success"
    )
    bot.box.rerequest_check(REPO, run, "bob")
    assert run.suite.conclusion is None
    bot.settle()
    assert run.suite.conclusion == "success"
    assert set(seen(bot).values()) == {"success"}


def test_trap_60_a_button_press_by_anybody_does_nothing(bot, stage):
    before = writes(bot)
    (run, *_) = bot.box.check_runs(REPO, stage.head)
    bot.box.press_button(REPO, run, "approve-everything", "mallory")
    bot.settle()
    assert writes(bot) == before


def test_trap_61_a_merge_group_gets_its_checks_on_its_own_commit(bot, stage):
    bot.box.review(REPO, 1, "alice")
    bot.settle()
    group = bot.box.enqueue(REPO, 1, actor="alice")
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] == "success"


def test_trap_62_a_group_is_not_waved_through(bot, stage):
    group = bot.box.enqueue(REPO, 1, actor="alice")
    bot.settle()
    assert bot.checks(REPO, group.head_sha)["merge"] != "success"


def test_trap_63_nothing_is_written_when_nothing_changed(bot, stage):
    before = writes(bot)
    for number in range(3):
        bot.box.set_labels(REPO, 1, [f"label {number}"], "alice")
        bot.box.post_check(REPO, stage.head, "nobody asked for", conclusion="failure")
        sweep(bot, stage)
    assert writes(bot) == before


def test_trap_64_a_check_refused_for_an_unknown_commit_is_tried_again(bot, stage):
    bot.box.fail_api("status", path="check-runs$", method="POST", status=422, count=20)
    bot.box.commit(REPO, "feature", {"b": "1"}, author="bob")
    bot.settle()
    assert seen(bot) == {}
    assert [each.attempts for each in bot.standings()] == [1]
    bot.box.calm()
    bot.runner.run(bot.standings()[0].key)
    bot.settle()
    assert sorted(seen(bot)) == list(CHECKS)
