"""The door of workflow runs: the same decision as for a comment, for whoever started the run."""

from dataclasses import dataclass
from typing import Any

import pytest
import requests

from app.sandbox.acts.oidc import TokenOrder
from app.sandbox.world.checks import WorkflowRun
from tests.service.chatops.acting import APPROVERS, answers, last, push, ready, recorded
from tests.service.chatops.conftest import POLICY, Play, set_policy
from tests.service.conftest import REPO

ASKING = ".github/workflows/ask.yml"


@pytest.fixture(autouse=True)
def _listed(play) -> None:
    """Let the policy name the workflow that asks."""
    fresh = "gates: {freshness: {mode: none}}\n"
    set_policy(play.box, f"{POLICY}  workflows: [ask.yml]\n{fresh}")


@dataclass
class Asking:
    """A workflow run that asks in the name of whoever started it."""

    play: Play
    run: WorkflowRun
    token: str

    @property
    def url(self) -> str:
        root = self.play.box.webhook_url.removesuffix("/webhook")
        return f"{root}/api/v1/repos/{REPO}/pulls/{self.play.number}/commands"

    def ask(self, command: str, sha: str = "", **more: Any) -> requests.Response:
        body = {"command": command, "sha": sha or self.play.head, **more}
        answer = requests.post(self.url, json=body, headers=self.headers, timeout=10)
        self.play.bot.settle()
        return answer

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def told(self) -> dict[str, Any]:
        found = requests.get(f"{self.url}/{self.run.id}", headers=self.headers, timeout=10)
        assert found.status_code == 200, found.text
        return found.json()


def started(
    play: Play, who: str = "dora", event: str = "workflow_dispatch", **order: Any
) -> Asking:
    """Let somebody start the workflow that asks, by default that of the default branch."""
    sha = play.box.sha(REPO, "main")
    path = order.pop("path", ASKING)
    run = play.box.start_workflow(REPO, sha, who, path=path, event=event)
    run.run_attempt = order.pop("attempt", 1)
    given = {"audience": "gatewright", "ref": "refs/heads/main", "sha": sha, **order}
    return Asking(play, run, play.box.workflow_token(REPO, run, TokenOrder(**given)))


def test_a_run_s_request_is_carried_out_and_shown_to_everybody(play):
    asking = started(play)
    answer = asking.ask("/deploy dev")
    assert answer.status_code == 202
    assert answer.headers["Location"].endswith(f"/commands/{asking.run.id}")
    assert (play.past()[-1].id, last(play)) == (
        f"req-r{asking.run.id}",
        ("deploying", "gates_passed"),
    )
    (reply,) = answers(play)
    assert reply.startswith(f"`dora` asked for `/deploy dev` by workflow run `{asking.run.id}`.")
    told = asking.told()
    assert (told["state"], told["code"], told["by"]) == ("done", "requested", "dora")
    assert told["answers"][0]["text"].startswith("Request `req-r")
    (entry,) = recorded(play, "command.decided")
    assert (entry["verb"], entry["code"]) == ("deploy", "requested")


def test_production_still_waits_for_people_who_say_so_in_comments(play):
    ready(play)
    asking = started(play)
    asking.ask("/deploy production")
    assert play.states()[-1] == "awaiting_approval"
    by_run = started(play, "eve")
    by_run.ask(f"/approve req-r{asking.run.id} {play.head[:7]}")
    assert by_run.told()["code"] == "comment_needed"
    for who in APPROVERS:
        play.say(who, f"/approve req-r{asking.run.id} {play.head[:7]}")
    assert last(play) == ("deploying", "gates_passed")


REFUSED = {
    "a pull request's run, whose text is the author's": {"event": "pull_request"},
    "a run that a push started": {"event": "push"},
    "T61 another attempt, which anybody can start": {"attempt": 2},
    "a workflow that another one calls": {
        "called": "evil/ci/.github/workflows/x.yml@refs/heads/main"
    },
    "a bot": {"who": "gatewright[bot]"},
    "a tag": {"ref": "refs/tags/v1"},
}


@pytest.mark.parametrize("order", REFUSED.values(), ids=REFUSED)
def test_a_run_that_is_not_the_person_s_own_asks_for_nothing(play, order):
    answer = started(play, **order).ask("/deploy dev")
    assert (answer.status_code, answer.json()["type"]) == (
        403,
        "urn:gatewright:problem:run-not-trusted",
    )
    assert play.past() == ()


def test_a_workflow_of_another_branch_speaks_for_nobody(play):
    asking = started(play, ref="refs/heads/fix")
    assert asking.ask("/deploy dev").status_code == 202
    assert asking.told()["code"] == "run_not_trusted"
    assert play.past() == ()


def test_a_workflow_that_the_policy_does_not_list_speaks_for_nobody(play):
    """Any other one may run a pull request's code, which can take the token of its job."""
    asking = started(play, path=".github/workflows/quality.yml")
    assert asking.ask("/deploy dev").status_code == 202
    told = asking.told()
    assert told["code"] == "run_not_trusted"
    assert "that the policy lists" in told["answers"][0]["text"]
    assert play.past() == ()


def test_the_head_must_be_the_one_that_was_looked_at(play):
    seen = play.head
    push(play)
    asking = started(play)
    asking.ask("/deploy dev", sha=seen)
    assert asking.told()["code"] == "ref_changed"
    assert play.past() == ()


def test_the_person_s_own_level_counts(play):
    asking = started(play, "bob")
    asking.ask("/deploy production")
    assert asking.told()["code"] == "permission_denied"


def test_a_run_asks_once(play):
    asking = started(play)
    assert [asking.ask("/deploy dev").status_code for _ in range(2)] == [202, 202]
    assert len(play.past()) == len(answers(play)) == 1
    other = asking.ask("/abort dev")
    assert (other.status_code, other.json()["type"]) == (409, "urn:gatewright:problem:asked-before")


UNREADABLE = {
    "no command": {"command": "deploy dev"},
    "two lines": {"command": "/deploy dev\n/abort dev"},
    "a short commit": {"sha": "5f1d2c3"},
    "a key that nobody knows": {"force": True},
    "too long": {"command": "/" + "x" * 500},
}


@pytest.mark.parametrize("given", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_refused_with_its_place(play, given):
    answer = started(play).ask(**{"command": "/deploy dev", **given})
    assert (answer.status_code, answer.json()["type"]) == (
        422,
        "urn:gatewright:problem:command-unreadable",
    )
    assert play.past() == ()


def test_a_line_that_is_no_command_is_answered_and_does_nothing(play):
    asking = started(play)
    asking.ask("/deploy nowhere")
    assert asking.told()["code"] == "unknown_environment"
    assert play.past() == ()


def test_what_nobody_asked_for_is_not_known(play):
    asking = started(play)
    found = requests.get(f"{asking.url}/1", headers=asking.headers, timeout=10)
    assert (found.status_code, found.json()["type"]) == (
        404,
        "urn:gatewright:problem:command-unknown",
    )
    far, large = f"{asking.url}/{2**63}", asking.url.replace(f"/{play.number}/", f"/{2**31}/")
    for tried in (requests.get(far, timeout=10), requests.post(large, timeout=10)):
        assert tried.status_code == 404
    bare = requests.get(f"{asking.url}/1", timeout=10)
    assert bare.status_code == 401
