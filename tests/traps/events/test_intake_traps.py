"""Traps of taking events in, by their number in the catalogue."""

import json
from datetime import timedelta

import pytest

from app.service.sync import standing_orders
from app.store import registry
from app.web.signature import sign
from tests.sandbox.client import REPO, build_stage
from tests.traps.events.conftest import CHECKS, look, seen, sweep, want
from tests.web import payloads
from tests.web.gate import PREVIOUS, SECRET, Fittings, open_gate, signed


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
