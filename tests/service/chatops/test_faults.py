"""Workers that die and a GitHub that fails: everything is done once, and nothing is lost."""

import threading
from contextlib import contextmanager

import pytest

from app.changes.mirror import Mirror
from app.github.client import Client
from app.sandbox.acts import issues
from app.service.chatops.commander import Commander
from app.service.chatops.deploying.outside import Outside
from app.store.database import Database
from tests.service.chatops.acting import (
    answers,
    approve,
    ask,
    last,
    pass_time,
    push,
    recorded,
    status_comments,
    to_dev,
    wake,
)
from tests.service.conftest import REPO

CALLS = [
    pytest.param("POST", r"/comments/\d+/reactions$", id="the reaction"),
    pytest.param("POST", r"/issues/\d+/comments$", id="the reply"),
    pytest.param("PATCH", r"/issues/comments/\d+$", id="the edited comment"),
    pytest.param("GET", r"/collaborators/bob/permission$", id="the right"),
    pytest.param("GET", r"/environments/dev$", id="the environment"),
    pytest.param("GET", r"/deployments$", id="the list of deployments"),
    pytest.param("POST", r"/deployments$", id="the record of the deployment"),
    pytest.param("POST", r"/deployments/\d+/statuses$", id="a step of the deployment"),
    pytest.param("GET", r"/deployments/\d+/statuses$", id="the steps of the deployment"),
    pytest.param("GET", r"/actions/runs/\d+$", id="the run"),
]


def once(play) -> tuple[int, ...]:
    """Count what must be there once: request, record, run, reply and status comment."""
    records = play.box.find_repo(REPO).deployments
    found = play.past(), records, play.runs(), answers(play), status_comments(play)
    return tuple(len(each) for each in found)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        pytest.param("status", 1, id="fails once"),
        pytest.param("status", 4, id="fails for a while"),
        pytest.param("after", 1, id="is done and its answer lost"),
    ],
)
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_T42_T71_each_call_that_fails_is_made_good_once(play, method, path, kind, count):
    play.box.fail_api(kind, path, method, count)
    play.say("bob", "/deploy dev")
    wake(play)
    wake(play)
    play.finish()
    wake(play)
    assert (last(play)[0], once(play)) == ("succeeded", (1, 1, 1, 1, 1))


def test_a_secondary_limit_is_waited_for(play):
    play.box.fail_api("secondary_limit", r"/dispatches$", "POST")
    play.say("bob", "/deploy dev")
    assert play.runs() == []
    wake(play)
    play.finish()
    assert (last(play)[0], once(play)) == ("succeeded", (1, 1, 1, 1, 1))


def test_a_workflow_that_cannot_be_started_is_told_with_github_s_reason(play):
    files = {".github/workflows/deploy.yml": "on: push\njobs: {}\n"}
    play.box.commit(REPO, "main", files, author="carol")
    play.say("bob", "/deploy dev")
    assert last(play) == ("failed", "run_failed")
    assert "Workflow does not have 'workflow_dispatch' trigger" in status_comments(play)[-1]


@pytest.mark.parametrize("status", [403, 409, 422])
def test_T41_a_record_that_github_refuses_is_told_and_frees_the_environment(play, status):
    play.box.fail_api("status", "/deployments$", "POST", 1, status=status)
    play.say("bob", "/deploy dev")
    assert (last(play), play.runs()) == (("failed", "run_failed"), [])
    assert f"GitHub answered {status}" in status_comments(play)[-1]
    play.say("bob", "/deploy dev")
    assert play.states()[-1] == "deploying"


def test_T36_a_start_whose_answer_was_lost_is_found_again(play):
    play.box.fail_api("after", r"/dispatches$", "POST")
    play.say("bob", "/deploy dev")
    wake(play)
    play.finish()
    wake(play)
    assert (last(play)[0], once(play)) == ("succeeded", (1, 1, 1, 1, 1))


def test_T36_a_start_that_never_was_is_not_waited_for_long(play):
    play.box.fail_api("status", r"/dispatches$", "POST")
    play.say("bob", "/deploy dev")
    wake(play)
    before = play.states()
    pass_time(play, minutes=6)
    assert (before, last(play), play.runs()) == (["deploying"], ("failed", "run_lost"), [])


class DeathError(Exception):
    """A worker dies here."""


STEPS = [
    pytest.param(Commander, "_settle", id="after the reply"),
    pytest.param(Commander, "_reply", id="before the reply"),
    pytest.param(Outside, "prepare", id="before what a state is for"),
    pytest.param(Outside, "tell", id="before GitHub is told"),
    pytest.param(Outside, "show", id="before people are told"),
    pytest.param(Outside, "_start", id="before the run"),
    pytest.param(Outside, "_record", id="before the record"),
]


@pytest.mark.parametrize("after", [False, True], ids=["just before", "just after"])
@pytest.mark.parametrize(("place", "name"), STEPS)
def test_T71_a_worker_may_die_at_any_step(play, monkeypatch, place, name, after):
    real, lives = getattr(place, name), iter([True])

    def dying(self, *given):
        if next(lives, False):
            if after:
                real(self, *given)
            raise DeathError
        return real(self, *given)

    monkeypatch.setattr(place, name, dying)
    play.say("bob", "/deploy dev")
    wake(play)
    play.finish()
    wake(play)
    assert (last(play)[0], once(play)) == ("succeeded", (1, 1, 1, 1, 1))


def die_before_the_reply(play, monkeypatch, who: str, line: str) -> None:
    """Let a command be carried out, everything else go on, and only then its reply be written."""
    real, lives = Commander._reply, iter([True])

    def dying(self, *given):
        if next(lives, False):
            raise DeathError
        return real(self, *given)

    monkeypatch.setattr(Commander, "_reply", dying)
    play.say(who, line)
    play.bot.settle()
    wake(play)


def test_T71_a_rollback_is_not_repeated_for_the_sake_of_its_reply(play, monkeypatch):
    for text in ("a = 2\n", "a = 3\n", "a = 4\n"):
        if text != "a = 2\n":
            push(play, text)
        to_dev(play)
    die_before_the_reply(play, monkeypatch, "bob", "/rollback dev --reason slow")
    play.finish()
    wake(play)
    assert play.states() == ["succeeded", "succeeded", "review_required", "succeeded"]
    assert "Taking" in answers(play)[-1]


@pytest.mark.parametrize(
    ("who", "line", "says"),
    [
        pytest.param("carol", "/approve", "Approved", id="approve"),
        pytest.param("dora", "/cancel", "Cancelling", id="cancel"),
        pytest.param("bob", "/reject --reason no", "Rejected", id="reject"),
    ],
)
def test_T71_a_reply_tells_what_was_done_and_not_what_is_left(play, monkeypatch, who, line, says):
    ask(play)
    approve(play, "eve")
    die_before_the_reply(play, monkeypatch, who, line)
    assert answers(play)[-1].startswith(says)
    assert len(recorded(play, "command.decided")) == 4


def test_an_outage_of_hours_does_not_make_a_deployment_forgotten(play):
    play.say("bob", "/deploy dev")
    play.box.fail_api("status", rf"/repos/{REPO}/pulls/", "GET", count=40)
    for _ in range(10):
        wake(play)
    play.box.calm()
    play.finish()
    wake(play)
    assert last(play)[0] == "succeeded"


def test_a_command_during_an_outage_is_answered_afterwards(play):
    play.box.fail_api("status", rf"/repos/{REPO}/pulls/", "GET", count=6)
    comment = play.say("bob", "/deploy dev")
    assert answers(play) == []
    wake(play)
    wake(play)
    assert (play.states(), play.reactions(comment)) == (["deploying"], ["+1", "eyes"])


def test_a_status_comment_that_somebody_deleted_is_written_anew(play):
    play.say("bob", "/deploy dev")
    repo, who = play.box.find_repo(REPO), play.box.find_account("carol")
    (old,) = [each for each in repo.comments.values() if "environment:" in each.body]
    issues.delete_comment(play.box.world, repo, old, who)
    play.finish()
    (shown,) = status_comments(play)
    assert "Deployment to `dev`: succeeded" in shown


def test_nobody_waits_for_the_network_while_the_database_is_being_written(play, monkeypatch):
    writing, caught = threading.local(), []
    real_write, real_send, real_fetch = Database.write, Client._send_once, Mirror.fetch

    @contextmanager
    def write(self):
        with real_write(self) as connection:
            writing.now = True
            try:
                yield connection
            finally:
                writing.now = False

    def send(self, *given):
        caught.append(getattr(writing, "now", False))
        return real_send(self, *given)

    def fetch(self, *given, **more):
        caught.append(getattr(writing, "now", False))
        return real_fetch(self, *given, **more)

    monkeypatch.setattr(Database, "write", write)
    monkeypatch.setattr(Client, "_send_once", send)
    monkeypatch.setattr(Mirror, "fetch", fetch)
    ask(play)
    approve(play)
    play.say("bob", "/lock dev --reason x")
    play.say("dora", "/abort production")
    assert (len(caught) > 50, any(caught)) == (True, False)
