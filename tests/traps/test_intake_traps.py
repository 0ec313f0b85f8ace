"""Traps of taking events in and of what follows from them, by their number in the catalogue."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.sandbox.box import Sandbox
from app.scan.pool import ScannerPool
from app.service import keys
from app.service.sync import standing_orders
from app.store import registry
from app.store.database import Database
from app.store.subjects import Want
from app.store.tables import installation, repository
from app.web.signature import sign
from tests.bot import Bot, running_bot
from tests.builders import HEAD, OLD
from tests.sandbox.client import REPO, Stage, build_stage
from tests.web import payloads
from tests.web.gate import PREVIOUS, SECRET, Fittings, Gate, open_gate, signed

CHECKS = ("approval", "ci", "compliance", "freshness", "merge", "secrets")


@pytest.fixture
def database(sqlite_url) -> Iterator[Database]:
    opened = Database.open(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def gate(database) -> Gate:
    """A webhook alone: it stores and queues, and nobody works."""
    return open_gate(database)


@pytest.fixture(scope="module")
def scanners() -> Iterator[ScannerPool]:
    pool = ScannerPool(b"a key of these tests only", 1)
    yield pool
    pool.close()


@pytest.fixture
def bot(database, tmp_path, scanners) -> Iterator[Bot]:
    """A whole bot beside a sandbox."""
    with Sandbox() as box, running_bot(box, database, tmp_path, scanners) as made:
        yield made


@pytest.fixture
def stage(bot) -> Stage:
    """An organisation with a repository and pull request 1, everything at rest."""
    made = build_stage(bot.box)
    bot.settle()
    return made


def want(bot: Bot, *wants: Want) -> None:
    """Ask for work without any event."""
    with bot.parts.database.write() as connection:
        bot.parts.scheduler.want(connection, wants)


def sweep(bot: Bot, stage: Stage) -> None:
    """Do what the periodic sweep does."""
    installation_id = stage.installation.id
    want(bot, Want(keys.installation(installation_id), "installation", 0, installation_id, "sweep"))
    bot.settle()


def seen(bot: Bot, branch: str = "feature", repo: str = REPO) -> dict[str, str]:
    return bot.checks(repo, bot.box.sha(repo, branch))


def writes(bot: Bot) -> int:
    return sum(
        each.method in ("POST", "PATCH") and "check-runs" in each.path for each in bot.box.requests
    )


def look(bot: Bot, query):
    with bot.parts.database.read() as connection:
        return query(connection)


# -- intake


def test_trap_01_the_signature_is_over_the_raw_bytes(gate):
    body = b'{ "b": 1,\r\n  "a": "\\u00e9\xc3\xa9" }'
    again = json.dumps(json.loads(body)).encode()
    assert gate.send(body, signed(body)).status_code == 202
    wrong = {**signed(body), "X-Hub-Signature-256": sign(SECRET, again)}
    assert gate.send(body, wrong).status_code == 401


def test_trap_02_a_signature_beyond_ascii_is_wrong_not_a_crash(gate):
    assert gate.send(b"{}", {**signed(b"{}"), "X-Hub-Signature-256": "sha256=é"}).status_code == 401


@pytest.mark.parametrize("header", [{}, {"X-Hub-Signature": "sha1=" + "a" * 40}])
def test_trap_03_no_signature_and_sha1_alone_are_refused(gate, header):
    headers = {name: text for name, text in signed(b"{}").items() if "Signature" not in name}
    assert gate.send(b"{}", {**headers, **header}).status_code == 401


def test_trap_04_a_form_is_refused_with_a_hint(gate):
    body = b"payload=%7B%7D"
    answer = gate.send(body, signed(body, Content_Type="application/x-www-form-urlencoded"))
    assert answer.status_code == 415
    assert "application/json" in answer.json["error"]


def test_trap_05_the_answer_does_not_wait_for_the_work(gate):
    assert gate.deliver("pull_request", payloads.pull_request()).status_code == 202
    assert gate.work() == ["pull_request:1001#7"]


def test_trap_06_the_redeliver_button_does_the_work_again(bot, stage):
    (delivery,) = [each for each in bot.box.deliveries if each.event == "pull_request"]
    bot.box.redeliver(delivery)
    bot.box.wait_idle()
    assert bot.queue.tickets != []
    assert bot.box.deliveries[0].status_code == 202


def test_trap_07_a_locked_database_is_503_and_the_delivery_comes_back(bot, stage, monkeypatch):
    with bot.parts.database.write():
        bot.box.review(REPO, 1, "alice")
        bot.box.wait_idle(timeout=5)
    assert bot.box.deliveries[0].status_code == 503
    assert seen(bot)["approval"] == "in_progress"
    monkeypatch.setattr("app.service.redelivery._ON_THE_WAY", timedelta(days=-1))
    want(bot, *standing_orders())
    bot.settle()
    assert [each.status_code for each in bot.box.deliveries if each.redelivery] == [202]
    assert seen(bot)["approval"] == "success"


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("event_of_tomorrow", payloads.about(action="invented")),
        ("pull_request", payloads.pull_request("action_of_tomorrow")),
    ],
)
def test_trap_08_new_events_and_actions_are_stored_and_counted(gate, event, payload):
    assert gate.deliver(event, payload).status_code == 202
    assert len(gate.ledger()) == 1


def test_trap_09_only_the_fields_that_are_read_have_to_be_there(gate):
    payload = payloads.pull_request()
    payload["pull_request"] = {
        name: payload["pull_request"][name] for name in ("number", "state", "head", "base")
    }
    payload["invented"] = {"by": ["GitHub", None]}
    del payload["sender"]
    assert gate.deliver("pull_request", payload).status_code == 202
    assert "EvaluatePullRequest" in gate.decisions()[0]


@pytest.mark.parametrize(
    ("event", "payload", "decision"),
    [
        ("ping", {"zen": "x", "hook_id": 1}, "ignored: ping"),
        ("installation", payloads.installation(), "RememberInstallation, SyncInstallation"),
        ("meta", {"action": "deleted"}, "ignored: no handler for meta.deleted"),
    ],
)
def test_trap_10_events_without_a_repository_are_routed_first(gate, event, payload, decision):
    assert gate.deliver(event, payload).status_code == 202
    assert gate.decisions() == [decision]


def test_trap_11_a_sweep_finds_what_no_event_told(bot):
    bot.box.disturb_webhooks("drop", count=1000)
    stage = build_stage(bot.box)
    bot.settle()
    assert seen(bot) == {}
    want(bot, *standing_orders())
    bot.settle()
    assert sorted(seen(bot)) == list(CHECKS)
    assert stage.pull.number == 1


def test_trap_12_a_sweep_finds_a_head_that_was_pushed_without_an_event(bot, stage):
    bot.box.disturb_webhooks("drop", count=1000)
    bot.box.commit(REPO, "feature", {"b": "1"}, author="bob")
    bot.settle()
    assert seen(bot) == {}
    sweep(bot, stage)
    assert sorted(seen(bot)) == list(CHECKS)


def test_trap_13_an_older_event_that_comes_later_does_not_win(bot, stage):
    bot.box.disturb_webhooks("reorder", event="pull_request", count=3)
    old = bot.box.commit(REPO, "feature", {"b": "1"}, author="bob")
    new = bot.box.commit(REPO, "feature", {"b": "2"}, author="bob")
    bot.box.edit_pull_request(REPO, 1, {"title": "Change x and b"})
    bot.settle()
    heads = [
        each.payload["pull_request"]["head"]["sha"]
        for each in reversed(bot.box.deliveries)
        if each.event == "pull_request"
    ]
    assert heads[-1] == old
    assert sorted(bot.checks(REPO, new)) == list(CHECKS)
    known = look(bot, lambda c: registry.known_pull_request(c, bot.box.find_repo(REPO).id, 1))
    assert known.head_sha == new


def test_trap_14_the_previous_secret_opens_the_door_and_is_counted(database):
    gate = open_gate(database, Fittings(secrets=(SECRET, PREVIOUS)))
    assert gate.send(b"{}", signed(b"{}", secret=PREVIOUS)).status_code == 202
    assert gate.count("previous_secret") == 1


# -- pull requests and forks


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


# -- checks


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


# -- installations


def test_trap_75_a_suspended_installation_is_left_alone_until_it_wakes(bot, stage):
    bot.box.suspend(stage.installation)
    bot.settle()
    (row,) = look(bot, lambda c: c.execute(sa.select(installation)).all())
    assert row.suspended
    bot.box.forget_requests()
    want(bot, Want(keys.installation(row.id), "installation", 0, row.id, "sweep"))
    bot.settle()
    assert bot.box.requests == []
    bot.box.commit(REPO, "feature", {"b": "1"}, author="bob")
    bot.box.unsuspend(stage.installation)
    bot.settle()
    assert sorted(seen(bot)) == list(CHECKS)


def test_trap_75_work_for_a_suspended_installation_ends(bot, stage):
    bot.box.disturb_webhooks("drop", event="installation", count=9)
    bot.box.suspend(stage.installation)
    key = keys.pull_request(bot.box.find_repo(REPO).id, 1)
    outcomes = [bot.runner.run(key) for _ in range(9)]
    assert outcomes == ["done"] * 9
    bot.box.calm()
    bot.box.unsuspend(stage.installation)
    bot.settle()
    assert bot.standings() == ()


def test_trap_76_accepted_permissions_are_used_at_once(bot, stage):
    rights = {**stage.installation.permissions, "issues": "write"}
    bot.box.set_permissions(stage.installation, rights)
    bot.settle()
    (row,) = look(bot, lambda c: c.execute(sa.select(installation)).all())
    assert json.loads(row.permissions)["issues"] == "write"


def test_trap_77_a_transferred_repository_keeps_its_id_and_changes_installation(bot, stage):
    bot.box.add_org("beta", {"alice": "admin"})
    other = bot.box.install_app("beta")
    bot.settle()
    number = bot.box.find_repo(REPO).id
    bot.box.transfer_repo(REPO, "beta")
    bot.box.review("beta/widgets", 1, "alice", "COMMENT")
    bot.settle()
    found = look(bot, lambda c: registry.repository_ref(c, number))
    owner = bot.box.find_account("beta")
    assert (found.full_name, found.installation_id, found.account_id) == (
        "beta/widgets",
        other.id,
        owner.id,
    )


def test_trap_78_an_installation_that_no_event_told_of_is_found_by_the_list(bot):
    bot.box.disturb_webhooks("drop", count=1000)
    build_stage(bot.box)
    bot.settle()
    want(bot, *standing_orders())
    bot.settle()
    rows = look(bot, lambda c: c.execute(sa.select(repository.c.full_name)).scalars().all())
    assert rows == [REPO]


def test_trap_a_rename_without_its_event_is_learned_from_any_payload(bot, stage):
    bot.box.disturb_webhooks("drop", event="repository", count=9)
    bot.box.rename_repo(REPO, "gadgets")
    bot.box.review("acme/gadgets", 1, "alice")
    bot.settle()
    number = bot.box.find_repo("acme/gadgets").id
    assert look(bot, lambda c: registry.repository_ref(c, number)).full_name == "acme/gadgets"
    assert seen(bot, repo="acme/gadgets")["approval"] == "success"


def test_trap_a_repository_taken_out_of_the_installation_is_not_worked_on(bot, stage):
    bot.box.add_repo("acme/other", {"a": "1"})
    bot.settle()
    bot.box.select_repos(stage.installation, ["acme/other"])
    bot.settle()
    number = bot.box.find_repo(REPO).id
    assert look(bot, lambda c: registry.repository_ref(c, number)) is None
    bot.box.forget_requests()
    want(bot, Want(keys.pull_request(number, 1), "pull_request", 0, 0, "an old wish"))
    bot.settle()
    assert bot.box.requests == []
