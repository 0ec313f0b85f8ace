"""Feature flags: switched off by a signed hook before a rollback, which no hook can stop."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from app.flags import IDEMPOTENCY, SIGNATURE, signature
from app.service.chatops.deploying.outside import Outside
from tests.bot import running_bot
from tests.service.chatops.acting import push, recorded, status_comments, to_dev, wake
from tests.service.chatops.conftest import set_policy
from tests.service.chatops.test_rollback import moving

SECRET = "the operator's secret of a test"
POLICY = """\
version: 1
deployments:
  environments:
    - name: dev
      tier: development
      workflow: deploy.yml
      peer_review: false
      strategy: {kind: feature_flag, flag_webhook: checkout}
"""


class Receiver:
    """A server on loopback that keeps what it is sent; `answers` are its next statuses."""

    def __init__(self, repositories: list[str]) -> None:
        self.repositories = repositories
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.runs = lambda: 0
        self.started: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((dict(self.headers), body))
                receiver.started.append(receiver.runs())
                status = receiver.answers.pop(0) if receiver.answers else 204
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST  # noqa: N815 - a redirect that was followed would come as GET

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/off"


@pytest.fixture
def receiver(request) -> Iterator[Receiver]:
    made = Receiver(getattr(request, "param", ["Acme/Widgets"]))
    Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def bot(box, database, tmp_path, scanners, receiver):
    hook = {"url": receiver.url, "secret": SECRET, "repositories": receiver.repositories}
    with running_bot(box, database, tmp_path, scanners, flag_hooks={"checkout": hook}) as made:
        box.install_app("acme")
        made.settle()
        yield made


@pytest.fixture
def flagged(play, receiver):
    """A second version with traffic, whose flag is on."""
    set_policy(play.box, POLICY)
    to_dev(play)
    push(play)
    play.say("bob", "/deploy dev")
    moving(play, "in_progress")
    receiver.runs = lambda: len(play.runs())
    return play


def outcomes(play) -> list[str]:
    return [each["out"] for each in recorded(play, "flag.switched")]


def test_the_flag_is_off_before_the_rollback_begins(flagged, receiver):
    flagged.finish("failure")
    bad = flagged.past()[1]
    ((headers, body),) = receiver.calls
    assert json.loads(body) == {
        "action": "switch_off",
        "deployment": bad.id,
        "environment": "dev",
        "reason": "run_failed",
        "repository": "acme/widgets",
        "sha": bad.sha,
        "since": bad.entered_at.isoformat(),
    }
    assert headers[SIGNATURE] == signature(SECRET.encode(), body)
    assert headers[IDEMPOTENCY] == f"{bad.id}:off"
    assert (receiver.started, len(flagged.runs())) == ([2], 3)
    assert flagged.states() == ["succeeded", "rolling_back", "deploying"]
    assert outcomes(flagged) == ["asked", "off"]


@pytest.mark.parametrize("status", [302, 500, 404])
def test_a_hook_that_fails_stops_nothing_and_is_called_again(flagged, receiver, status):
    receiver.answers = [status]
    flagged.finish("failure")
    assert flagged.states() == ["succeeded", "rolling_back", "deploying"]
    wake(flagged)
    wake(flagged)
    bodies = {body for _, body in receiver.calls}
    assert (len(bodies), flagged.past()[1].flag) == (1, "off")
    assert outcomes(flagged) == ["asked", "failed", "off"]
    assert all(headers.get(SIGNATURE) for headers, _ in receiver.calls)


def test_what_became_of_the_flag_is_shown(flagged, receiver):
    receiver.answers = [500] * 9
    flagged.finish("failure")
    assert flagged.past()[1].flag == "the hook `checkout` answers with status 500"
    flagged.finish()
    assert flagged.states()[1:] == ["review_required", "succeeded"]
    shown = "| flag | failed | the hook `checkout` answers with status 500 |"
    assert shown in status_comments(flagged)[-1]


class DeathError(Exception):
    """A worker dies here."""


def test_T71_a_worker_that_dies_while_it_asks_asks_again_and_the_key_is_the_same(
    flagged, receiver, monkeypatch
):
    real, lives = Outside.prepare, iter([True])

    def dying(self, stored):
        if stored.state.value == "rolling_back" and next(lives, False):
            flagged.bot.parts.database.engine.dispose()
            raise DeathError
        return real(self, stored)

    monkeypatch.setattr(Outside, "prepare", dying)
    flagged.finish("failure")
    wake(flagged)
    assert {headers[IDEMPOTENCY] for headers, _ in receiver.calls} == {
        f"{flagged.past()[1].id}:off"
    }
    assert flagged.states()[1:] == ["rolling_back", "deploying"]


@pytest.mark.parametrize("receiver", [["acme/other"]], indirect=True)
def test_only_the_repositories_that_the_operator_named_call_a_hook(flagged, receiver):
    flagged.finish("failure")
    assert receiver.calls == []
    assert flagged.states()[1:] == ["rolling_back", "deploying"]
    assert "no hook `checkout` for this repository" in flagged.past()[1].flag


def test_other_strategies_call_no_hook(flagged, receiver):
    set_policy(flagged.box, POLICY.replace("{kind: feature_flag, flag_webhook: checkout}", "{}"))
    flagged.finish("failure")
    assert (receiver.calls, flagged.states()[1:]) == ([], ["rolling_back", "deploying"])
