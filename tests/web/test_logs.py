"""What stands in the log about deliveries: enough to find them, nothing of their content."""

import json

import pytest
import sqlalchemy as sa
import structlog

from app.logs import configure
from app.web.router import Router
from tests.web import payloads
from tests.web.gate import Fittings, open_gate, signed

GUID = "0b9d2f2a-6a4e-11ef-9c1d-0242ac120002"
SECRET_TEXT = "strangers-own-words"


@pytest.fixture(params=["json", "text"])
def log(request, capsys, monkeypatch):
    """The lines that a process writes, in either format."""
    before = structlog.get_config()
    configure(request.param)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory())

    def lines() -> list[str]:
        return capsys.readouterr().out.splitlines()

    yield lines
    structlog.configure(**before)


def strangers_words() -> payloads.Payload:
    """Return a payload in which everything that a stranger can choose is their own words."""
    head = {"ref": SECRET_TEXT, "sha": "d" * 40}
    found = payloads.pull_request(title=SECRET_TEXT, body=SECRET_TEXT, head=head)
    found["sender"] = {"id": 1, "login": SECRET_TEXT, "type": "User"}
    return found


def test_a_stored_delivery_is_one_line_with_its_id_and_decision(gate, log):
    gate.deliver("pull_request", strangers_words(), GUID)
    (line,) = log()
    for expected in (GUID, "delivery stored", "pull_request.opened", "EvaluatePullRequest"):
        assert expected in line
    assert SECRET_TEXT not in line


def test_a_refused_delivery_says_why_and_which(gate, log):
    gate.deliver("pull_request", strangers_words(), GUID, X_Hub_Signature_256="sha256=0")
    (line,) = log()
    assert GUID in line
    assert "401" in line
    assert "signature" in line
    assert SECRET_TEXT not in line


@pytest.mark.parametrize("guid", ["a b=c", "x" * 65, "{}", 'a"b', "id\u00a0event=forged"])
def test_what_is_no_id_stands_in_no_log(gate, log, guid):
    body = json.dumps(strangers_words()).encode()
    headers = {**signed(body), "X-GitHub-Delivery": guid, "X-Hub-Signature-256": "sha256=0"}
    assert gate.send(body, headers).status_code == 401
    (line,) = log()
    assert guid not in line


def test_an_action_cannot_forge_a_line(gate, log):
    action = 'opened\nlevel=critical event="forged"'
    gate.deliver("pull_request", payloads.pull_request(action), GUID)
    (line,) = log()
    assert "forged" not in line


def test_an_unreadable_payload_is_named_without_quoting_it(gate, log):
    gate.deliver("pull_request", payloads.pull_request("edited", number=SECRET_TEXT), GUID)
    unreadable, stored = log()
    assert "ValidationError" in unreadable
    assert GUID in unreadable
    assert SECRET_TEXT not in unreadable + stored


def test_an_internal_error_is_named_with_its_place_and_nothing_else(sqlite, log, capsys):
    def fail(_connection: sa.Connection) -> None:
        raise sa.exc.DataError(f"INSERT {SECRET_TEXT}", {"login": SECRET_TEXT}, ValueError())

    gate = open_gate(sqlite)
    sa.event.listen(sqlite.engine, "commit", fail)
    answer = gate.deliver("pull_request", strangers_words(), GUID)
    assert (answer.status_code, answer.json) == (500, {"error": "internal error, see the log"})
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    for expected in (GUID, "internal error", "DataError", "test_logs.py:"):
        assert expected in out
    assert SECRET_TEXT not in out + err


def test_the_id_of_one_delivery_does_not_stick_to_the_next(gate, log):
    gate.deliver("ping", {}, GUID)
    gate.send(b"{}", {"Content-Type": "application/json"})
    first, second = log()
    assert GUID in first
    assert GUID not in second
    assert structlog.contextvars.get_contextvars() == {}


def test_a_handler_of_another_package_can_log_with_the_id(sqlite, log):
    router = Router()

    @router.on("star")
    def starred(_event):
        structlog.get_logger().info("starred")
        yield from ()

    open_gate(sqlite, Fittings(router=router)).deliver("star", {}, GUID)
    assert [GUID in line for line in log()] == [True, True]
