"""The action `deploy` with a server: a workflow's step asks, the bot decides and carries it out."""

import contextlib
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.action.door import run as run_action
from app.sandbox.acts.oidc import TokenOrder
from tests.action.jobs import Done, outputs_in
from tests.service.chatops.acting import APPROVERS, last, push, ready
from tests.service.chatops.conftest import POLICY, set_policy
from tests.service.conftest import REPO

RUNNER = "token of the runner, for asking alone"


@dataclass
class Step:
    """A step of a workflow that a person started; its runner proves who it is."""

    play: Any
    folder: Path
    who: str = "dora"
    event: str = "workflow_dispatch"
    audiences: list[str] = field(default_factory=list)

    @property
    def server(self) -> str:
        return self.play.box.webhook_url.removesuffix("/webhook")

    def run(self, environment: str, sha: str = "", **more: str) -> Done:
        main = self.play.box.sha(REPO, "main")
        path = ".github/workflows/ask.yml"
        made = self.play.box.start_workflow(REPO, main, self.who, path=path, event=self.event)
        order = TokenOrder("gatewright", "refs/heads/main", main)
        with issuer(self, self.play.box.workflow_token(REPO, made, order)) as url:
            given = self.variables(url, environment, sha or self.play.head)
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                status = run_action(["deploy"], given | more)
        outputs = outputs_in(Path(given["GITHUB_OUTPUT"]).read_text())
        return Done(
            status, outputs, Path(given["GITHUB_STEP_SUMMARY"]).read_text(), said.getvalue()
        )

    def variables(self, issuer_url: str, environment: str, sha: str) -> dict[str, str]:
        home = self.folder / f"step{len(list(self.folder.iterdir()))}"
        home.mkdir()
        for name in ("output", "summary"):
            (home / name).touch()
        return {
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_API_URL": self.play.box.url,
            "GITHUB_SERVER_URL": self.play.box.url,
            "GITHUB_OUTPUT": str(home / "output"),
            "GITHUB_STEP_SUMMARY": str(home / "summary"),
            "RUNNER_TEMP": str(home),
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{issuer_url}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": RUNNER,
            "GATEWRIGHT_TOKEN": "not asked for",
            "GATEWRIGHT_SERVER": self.server,
            "GATEWRIGHT_PULL_REQUEST": str(self.play.number),
            "GATEWRIGHT_ENVIRONMENT": environment,
            "GATEWRIGHT_SHA": sha,
        }


@contextlib.contextmanager
def issuer(step: Step, token: str) -> Iterator[str]:
    """Answer as the runner's own service does, whatever audience is asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.headers["Authorization"] == f"Bearer {RUNNER}"
            step.audiences.append(self.path.partition("audience=")[2])
            body = json.dumps({"value": token}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/token"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def step(play, tmp_path, monkeypatch) -> Step:
    """A step of a workflow that the policy lists, whose pauses are the bot's time to work."""
    set_policy(play.box, f"{POLICY}  workflows: [ask.yml]\ngates: {{freshness: {{mode: none}}}}\n")
    monkeypatch.setattr("app.action.asking.sleep", lambda _seconds: play.bot.settle())
    folder = tmp_path / "steps"
    folder.mkdir()
    return Step(play, folder)


def test_the_bot_takes_the_request_and_deploys(step, play):
    done = step.run("dev")
    assert (done.status, done.verdict) == (0, "pass"), done.said
    assert done.outputs["request"] == play.past()[-1].id
    assert last(play) == ("deploying", "gates_passed")
    assert "Request `req-r" in done.summary


def test_the_token_is_good_for_that_server_alone(step):
    step.run("dev")
    assert {each.replace("%3A", ":").replace("%2F", "/") for each in step.audiences} == {
        step.server
    }


def test_it_never_says_go_since_people_may_still_have_to_agree(step, play):
    ready(play)
    done = step.run("production")
    assert (done.verdict, done.outputs["decision"]) == ("pass", "")
    assert play.states()[-1] == "awaiting_approval"
    for who in APPROVERS:
        play.say(who, f"/approve {done.outputs['request']} {play.head[:7]}")
    assert last(play) == ("deploying", "gates_passed")


def test_a_refusal_fails_the_step_and_says_why(step, play):
    done = step.run("nowhere")
    assert (done.status, done.verdict, done.outputs["request"]) == (0, "fail", "")
    assert "Refused (unknown_environment)" in done.said
    assert play.past() == ()


def test_a_head_that_moved_is_not_deployed(step, play):
    seen = play.head
    push(play)
    done = step.run("dev", seen)
    assert (done.verdict, "ref_changed" in done.said) == ("fail", True)


def test_a_run_that_nobody_started_by_hand_may_not_ask(step, play):
    step.event = "push"
    done = step.run("dev")
    assert (done.status, done.verdict) == (0, "error")
    assert "a person starts by hand" in done.said
    assert play.past() == ()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"GATEWRIGHT_PULL_REQUEST": ""}, "set `pull-request`", id="no pull request"),
        pytest.param({"ACTIONS_ID_TOKEN_REQUEST_URL": ""}, "`id-token: write`", id="no identity"),
        pytest.param({"GATEWRIGHT_SERVER": "http://gate.example"}, "https address", id="no TLS"),
        pytest.param({"GATEWRIGHT_SERVER": "https://u@gate.example"}, "https address", id="a user"),
        pytest.param({"GATEWRIGHT_ENVIRONMENT": "dev --force"}, "`environment` must", id="options"),
        pytest.param({"GATEWRIGHT_ENVIRONMENT": "dev\n/abort"}, "`environment` must", id="a line"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(step, play, given, told):
    done = step.run("dev", **given)
    assert (done.status, done.outputs, told in done.said) == (2, {}, True), done.said
    assert (step.audiences, play.past()) == ([], ())


def test_a_server_that_does_not_answer_is_no_yes(step):
    done = step.run("dev", GATEWRIGHT_SERVER="http://127.0.0.1:9")
    assert (done.status, done.verdict) == (0, "error")
    assert "127.0.0.1 cannot be reached" in done.said


def test_a_server_that_takes_its_time_is_not_taken_for_a_yes(step, monkeypatch):
    monkeypatch.setattr("app.action.asking._PATIENCE", timedelta())
    done = step.run("dev")
    assert (done.verdict, "has not answered it yet" in done.said) == ("error", True)
