import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.service.intents import Ignore
from app.store import deliveries
from app.store.database import Database
from app.web.router import Router
from app.web.signature import sign
from tests.builders import HEAD
from tests.web import payloads
from tests.web.gate import APP_ID, PREVIOUS, SECRET, Fittings, Gate, open_gate, signed

GUID = "0b9d2f2a-6a4e-11ef-9c1d-0242ac120002"
PING = b'{"zen": "Keep it logically awesome."}'


def refused(gate: Gate, answer) -> tuple[int, bool]:
    """Return the status of an answer that says why, and whether nothing was stored."""
    assert answer.json["error"]
    return answer.status_code, gate.ledger() == [] and gate.work() == []


def test_a_signed_delivery_is_stored_with_its_very_bytes_and_answered_202(any_gate):
    body = json.dumps(payloads.pull_request(), indent=3, ensure_ascii=False).encode()
    headers = signed(body, X_GitHub_Event="pull_request", X_GitHub_Delivery=GUID)
    answer = any_gate.send(body, headers)
    assert (answer.status_code, answer.json) == (202, {"delivery": GUID})
    (row,) = any_gate.ledger()
    assert (row.guid, row.event, row.action) == (GUID, "pull_request", "opened")
    assert (row.account_id, row.installation_id, row.repository_id) == (77, 9001, 1001)
    with any_gate.database.read() as connection:
        assert deliveries.body_of(connection, GUID) == ("pull_request", body)
    assert any_gate.work() == ["pull_request:1001#7"]


@pytest.fixture
def stuck_commit(database):
    """Make the next commit wait; returns when it has begun and how to let it go on."""
    begun, let_go = threading.Event(), threading.Event()

    def wait(_connection: sa.Connection) -> None:
        begun.set()
        assert let_go.wait(20)

    sa.event.listen(database.engine, "commit", wait)
    return begun, let_go


def test_the_answer_waits_for_the_commit(database, stuck_commit):
    gate = open_gate(database)
    begun, let_go = stuck_commit
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(gate.deliver, "ping", {})
        assert begun.wait(20)
        assert not answer.done()
        let_go.set()
        assert answer.result(20).status_code == 202


def failing_commit(database: Database, error: Exception) -> None:
    def fail(_connection: sa.Connection) -> None:
        raise error

    sa.event.listen(database.engine, "commit", fail)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (sa.exc.OperationalError("COMMIT", {}, OSError("disk full")), 503),
        (sa.exc.InterfaceError("COMMIT", {}, OSError("connection closed")), 503),
        (sa.exc.TimeoutError("the pool is empty"), 503),
        (AssertionError("nobody expected this"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_when_the_commit_fails_the_answer_is_no_promise(sqlite, error, status):
    gate = open_gate(sqlite)
    failing_commit(sqlite, error)
    answer = gate.deliver("pull_request", payloads.pull_request())
    assert answer.status_code == status
    assert answer.json["error"]
    assert gate.ledger() == []


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X-Hub-Signature-256": ""}, id="unsigned"),
        pytest.param({"X-Hub-Signature-256": sign(b"guessed", PING)}, id="forged"),
        pytest.param({"X-Hub-Signature-256": sign(SECRET, PING + b" ")}, id="another body's"),
        pytest.param({"X-Hub-Signature-256": "sha256=é"}, id="not ASCII"),
        pytest.param({"X-Hub-Signature-256": sign(b"", PING)}, id="made with an empty secret"),
    ],
)
def test_a_delivery_without_the_right_signature_is_401(gate, headers):
    assert refused(gate, gate.send(PING, {**signed(PING), **headers})) == (401, True)


def test_a_delivery_signed_with_sha1_only_is_401(gate):
    headers = signed(PING, X_Hub_Signature="sha1=1c3b1d6a5d2c1e3f4a5b6c7d8e9f00112233aabb")
    del headers["X-Hub-Signature-256"]
    assert refused(gate, gate.send(PING, headers)) == (401, True)


@pytest.mark.parametrize("secrets", [(), (b"",)], ids=["no secret", "an empty secret"])
def test_an_instance_without_a_secret_accepts_nothing(sqlite, secrets):
    gate = open_gate(sqlite, Fittings(secrets=secrets))
    assert refused(gate, gate.send(PING, signed(PING, secret=b""))) == (401, True)


def test_the_signature_is_checked_before_the_body_is_read_as_json(gate):
    headers = {**signed(PING), "X-Hub-Signature-256": "sha256=0"}
    assert refused(gate, gate.send(b"{", headers)) == (401, True)


@pytest.mark.parametrize(
    "media", ["application/x-www-form-urlencoded", "text/plain", "application/jsonp", ""]
)
def test_a_body_that_is_not_declared_as_json_is_415_and_says_what_to_set(gate, media):
    answer = gate.send(PING, signed(PING, Content_Type=media))
    assert refused(gate, answer) == (415, True)
    assert "application/json" in answer.json["error"]


def test_a_charset_beside_the_content_type_does_no_harm(gate):
    answer = gate.send(PING, signed(PING, Content_Type="application/json; charset=utf-8"))
    assert answer.status_code == 202


def test_a_body_over_the_limit_is_413_even_when_it_is_signed(sqlite):
    gate = open_gate(sqlite, Fittings(max_body_bytes=len(PING) - 1))
    answer = gate.send(PING, signed(PING))
    assert refused(gate, answer) == (413, True)
    assert str(len(PING) - 1) in answer.json["error"]


def test_a_body_of_just_the_limit_is_stored(sqlite):
    gate = open_gate(sqlite, Fittings(max_body_bytes=len(PING)))
    assert gate.send(PING, signed(PING)).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="the beginning of an object"),
        pytest.param(b"payload=%7B%7D", id="a form"),
        pytest.param(b'{"a": "\xff"}', id="bytes that are not UTF-8"),
        pytest.param(b"[" * 100_000, id="a hundred thousand open brackets"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="objects in objects"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", id="a number of 5,000 digits"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'"text"', id="a text"),
        pytest.param(b"null", id="null"),
    ],
)
def test_a_body_that_is_no_json_object_is_400(gate, body):
    assert refused(gate, gate.send(body, signed(body))) == (400, True)


@pytest.mark.parametrize("name", ["X-GitHub-Event", "X-GitHub-Delivery"])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param("a\tb", id="with a tab"),
        pytest.param("\x1b[2J", id="with a terminal's control sequence"),
        pytest.param("x" * 201, id="too long"),
    ],
)
def test_a_delivery_whose_headers_cannot_be_used_is_400(gate, name, value):
    headers = {key: text for key, text in signed(PING).items() if key != name}
    answer = gate.send(PING, headers if value is None else {**headers, name: value})
    assert refused(gate, answer) == (400, True)
    assert name in answer.json["error"]


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("sub_issues", payloads.about(action="sub_issue_added")),
        ("pull_request", payloads.pull_request("something_new")),
        ("star", {"action": None}),
        ("star", {"action": 7}),
        ("star", {"action": ["created"]}),
    ],
)
def test_an_event_or_action_that_does_not_exist_yet_is_stored_and_counted(gate, event, payload):
    assert gate.deliver(event, payload).status_code == 202
    assert [row.event for row in gate.ledger()] == [event]


def test_the_previous_secret_is_accepted_and_counted(sqlite):
    gate = open_gate(sqlite, Fittings(secrets=(SECRET, PREVIOUS)))
    assert gate.send(PING, signed(PING)).status_code == 202
    assert gate.count("previous_secret") == 0
    assert gate.send(PING, signed(PING, secret=PREVIOUS)).status_code == 202
    assert gate.count("previous_secret") == 1


def test_a_redelivery_is_answered_202_does_its_work_again_and_is_on_record(any_gate):
    for _ in range(3):
        answer = any_gate.deliver("pull_request", payloads.pull_request(), GUID)
        assert answer.status_code == 202
        any_gate.queue.tickets.clear()
        with any_gate.database.write() as connection:
            connection.execute(sa.text("UPDATE subject SET taken = wanted, done = wanted"))
    any_gate.deliver("pull_request", payloads.pull_request(), GUID)
    assert any_gate.work() == ["pull_request:1001#7"]
    assert [(row.guid, row.repeats) for row in any_gate.ledger()] == [(GUID, 3)]
    kinds = [entry["type"] for entry in any_gate.log()]
    assert kinds == ["delivery.accepted"] + ["delivery.duplicate"] * 3


@pytest.mark.parametrize(
    ("target", "kind", "status"),
    [
        (str(APP_ID), "integration", 202),
        ("999", "integration", 400),
        ("1001", "repository", 202),
        ("77", "organization", 202),
    ],
)
def test_a_delivery_for_another_app_is_refused(gate, target, kind, status):
    headers = signed(
        PING,
        X_GitHub_Hook_Installation_Target_Type=kind,
        X_GitHub_Hook_Installation_Target_ID=target,
    )
    assert gate.send(PING, headers).status_code == status
    assert len(gate.ledger()) == (1 if status == 202 else 0)


def test_a_delivery_that_names_no_target_is_accepted(gate):
    headers = {name: value for name, value in signed(PING).items() if "Target" not in name}
    assert gate.send(PING, headers).status_code == 202


def test_a_locked_database_is_503_and_the_next_delivery_is_fine(database, database_url):
    door = Database.open(database_url, timedelta(milliseconds=20))
    gate = open_gate(door)
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE"))
        answer = gate.deliver("ping", {})
    assert (answer.headers["Retry-After"], refused(gate, answer)) == ("60", (503, True))
    assert gate.deliver("ping", {}).status_code == 202
    door.close()


@pytest.mark.postgres
def test_github_is_answered_long_before_it_gives_up(postgres_url):
    """Ten seconds are GitHub's: what is locked one after the other must not add up to that."""
    door = Database.open(postgres_url, timedelta(seconds=0.5))
    gate = open_gate(door)
    gate.deliver("ping", {})
    with door.write() as connection, ThreadPoolExecutor() as pool:
        connection.execute(sa.text("LOCK TABLE log_state IN ACCESS EXCLUSIVE MODE"))
        started = time.monotonic()
        answers = list(pool.map(lambda _: gate.deliver("ping", {}).status_code, range(6)))
        took = time.monotonic() - started
    assert (set(answers), took < 9) == ({503}, True)
    door.close()


def test_a_database_that_is_away_is_503(sqlite, tmp_path):
    away = Database.open(f"sqlite:///{tmp_path}")  # a folder cannot be opened as a database
    gate = open_gate(away)
    assert gate.deliver("ping", {}).status_code == 503


def test_too_many_waiting_deliveries_are_503_until_the_others_are_stored(sqlite):
    begun, let_go = threading.Event(), threading.Event()

    def slowly(accept):
        def wait(batch):
            begun.set()
            assert let_go.wait(20)
            accept(batch)

        return wait

    gate = open_gate(sqlite, Fittings(limit=1, wrap=slowly))
    with ThreadPoolExecutor() as pool:
        first = pool.submit(gate.deliver, "ping", {})
        assert begun.wait(20)
        others = [pool.submit(gate.deliver, "ping", {}) for _ in range(3)]
        turned_away = {each.result(20).status_code for each in others if wait_for(each)}
        let_go.set()
        statuses = sorted(each.result(20).status_code for each in (first, *others))
    assert turned_away == {503}
    assert statuses == [202, 202, 503, 503]
    assert len(gate.ledger()) == 2


def wait_for(future) -> bool:
    """Tell whether an answer came while the first delivery was still being stored."""
    try:
        future.result(0.5)
    except TimeoutError:
        return False
    return True


def broken(_event):
    raise LookupError("a handler of another package has a bug")


def test_a_broken_handler_neither_loses_the_delivery_nor_stops_the_others(gate, sqlite):
    router = Router()
    router.on("pull_request")(broken)
    router.on("pull_request")(lambda event: [Ignore(f"seen {event.action}")])
    gate = open_gate(sqlite, Fittings(router=router))
    assert gate.deliver("pull_request", payloads.pull_request()).status_code == 202
    assert gate.decisions() == ["SweepRepository, ignored: seen opened"]
    assert gate.count("unreadable", event="pull_request") == 1


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(payloads.about(action="opened"), id="no pull request"),
        pytest.param(payloads.about(action="opened", pull_request=None), id="null"),
        pytest.param(payloads.pull_request(number="7"), id="a number that is text"),
        pytest.param(payloads.pull_request(number=2**70), id="a number beyond the database"),
        pytest.param(payloads.pull_request(head={"ref": "x"}), id="a head without commit"),
        pytest.param(
            payloads.pull_request(base={"ref": "a\x00b", "sha": HEAD}), id="a branch with a NUL"
        ),
        pytest.param(
            payloads.pull_request(head={"ref": "x", "sha": "\ud800"}), id="half a character"
        ),
    ],
)
def test_a_payload_that_cannot_be_read_makes_us_look_at_the_repository(gate, payload):
    assert gate.deliver("pull_request", payload).status_code == 202
    assert gate.decisions() == ["SweepRepository"]
    assert gate.work() == ["repository:1001"]
    assert gate.count("unreadable", event="pull_request") == 1


def test_text_that_no_database_can_hold_stops_neither_of_them(any_gate):
    for text in ("a\x00b", "\ud800", "x" * 20_000):
        payload = payloads.pull_request(text, base={"ref": text, "sha": HEAD})
        assert any_gate.deliver("pull_request", payload).status_code == 202
        assert any_gate.deliver("push", payloads.push(f"refs/heads/{text}")).status_code == 202
    assert {row.action for row in any_gate.ledger()} == {None}
    assert "repository:1001" in any_gate.work()


@pytest.mark.parametrize(
    "found",
    [
        pytest.param({"id": 9001, "account": {"id": "seventy"}}, id="an account id that is text"),
        pytest.param({"id": 9001, "suspended_at": 7}, id="a moment that is a number"),
    ],
)
def test_an_installation_that_cannot_be_read_is_read_from_github(gate, found):
    payload = {"action": "created", "installation": found}
    assert gate.deliver("installation", payload).status_code == 202
    assert gate.work() == ["installation:9001"]


@pytest.mark.parametrize(
    "action",
    [
        pytest.param("opened\nforged=1", id="two lines"),
        pytest.param("a\x00b", id="a NUL"),
        pytest.param("\ud800", id="half a character"),
        pytest.param("x" * 5000, id="too long"),
        pytest.param("", id="empty"),
        pytest.param("any words", id="a sentence of repository_dispatch"),
    ],
)
def test_an_action_that_is_no_name_is_kept_in_the_body_only(gate, action):
    answer = gate.deliver("pull_request", payloads.pull_request(action))
    assert answer.status_code == 202
    assert [row.action for row in gate.ledger()] == [None]
    assert gate.work() == ["pull_request:1001#7"]


@pytest.mark.parametrize("broken_id", [-1, 2**63, True, "1001", 1.5, None, [1]], ids=str)
def test_a_repository_whose_id_is_no_id_is_looked_for_on_github(gate, broken_id):
    repository = {**payloads.REPOSITORY, "id": broken_id}
    assert gate.deliver("push", payloads.push(repository=repository)).status_code == 202
    assert [row.repository_id for row in gate.ledger()] == [None]
    assert gate.work() == ["installation:9001"]


def test_other_methods_and_paths_are_not_served(gate):
    client = gate.application.test_client()
    assert client.get("/webhook").status_code == 405
    assert client.post("/").status_code == 404
