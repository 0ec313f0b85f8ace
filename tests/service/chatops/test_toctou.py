"""What was asked for, approved and judged is what is deployed, whatever moves meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.github.deployments import Deployments
from app.github.reader import Reader
from app.sandbox.git.objects import Signature
from app.store.tables import pull_request
from app.store.times import stamp
from app.wiring import utc_now
from tests.service.chatops.acting import (
    answers,
    approve,
    ask,
    green,
    last,
    push,
    to_dev,
)
from tests.service.chatops.conftest import POLICY, Play
from tests.service.conftest import REPO

BACK_DATED = Signature("Ann", "ann@example.org", datetime(2020, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "details",
    [
        pytest.param({}, id="T28 pushed after the comment"),
        pytest.param({"committer": BACK_DATED, "pusher": "ann"}, id="T29 and dated back"),
    ],
)
def test_T28_T29_what_was_pushed_after_the_comment_is_not_deployed(play, details):
    play.box.comment(REPO, play.number, "bob", "/deploy dev")
    push(play, **details)
    assert "`ref_changed`" in answers(play)[-1]
    assert (play.past(), play.runs()) == ((), [])


def test_T28_T73_nor_when_the_push_is_told_before_the_comment(play):
    with play.bot.parts.database.write() as connection:
        later = stamp(utc_now() + timedelta(seconds=5))
        connection.execute(sa.update(pull_request).values(head_seen_at=later))
    play.say("bob", "/deploy dev")
    assert "`ref_changed`" in answers(play)[-1]
    assert play.runs() == []


def test_T28_a_push_while_people_think_ends_the_request(play):
    ask(play)
    approve(play, "eve")
    push(play)
    assert last(play) == ("superseded", "ref_changed")
    play.say("carol", "/approve")
    assert len(play.runs()) == 1


def test_T30_of_two_heads_none_is_deployed(play, monkeypatch):
    current, older = Reader.pull_request, play.box.sha(REPO, "main")

    def lagging(self, number):
        return replace(current(self, number), head_sha=older)

    monkeypatch.setattr(Reader, "pull_request", lagging)
    play.say("bob", "/deploy dev")
    assert ("`sha_mismatch`" in answers(play)[-1], play.runs()) == (True, [])


def test_T31_a_push_between_the_record_and_the_start_lets_nothing_start(play, monkeypatch):
    create = Deployments.create

    def and_push(self, order):
        made = create(self, order)
        play.box.commit(REPO, "fix", {"src/a.py": "a = 'bad'\n"}, author="ann")
        return made

    monkeypatch.setattr(Deployments, "create", and_push)
    play.say("bob", "/deploy dev")
    assert (last(play), play.runs()) == (("failed", "ref_changed"), [])
    assert play.told() == [["in_progress", "error"]]


def test_T21_a_right_taken_away_just_before_the_start_lets_nothing_start(play, monkeypatch):
    ask(play)
    create = Deployments.create

    def and_revoke(self, order):
        made = create(self, order)
        play.box.grant(REPO, "eve", "read")
        return made

    monkeypatch.setattr(Deployments, "create", and_revoke)
    approve(play)
    assert (last(play), len(play.runs())) == (("blocked", "approval_stale"), 1)


@pytest.mark.parametrize("text", ["/deploy production\n\nplease", "/deploy production --dry-run"])
def test_T04_a_dangerous_command_that_somebody_edited_does_not_run(play, text):
    to_dev(play)
    green(play)
    made = play.box.comment(REPO, play.number, "dora", "/deploy production")
    play.box.edit_comment(REPO, made, "bob", text)
    play.bot.settle()
    assert len(play.past()) == 1
    assert "`comment_edited`" in answers(play)[1]


def test_T32_code_of_a_fork_is_not_deployed_whatever_its_branch_is_called(play):
    play.box.add_user("mallory")
    fork = play.box.fork(REPO, "mallory")
    play.box.commit(fork, "main", {"src/a.py": "a = 'bad'\n"}, author="mallory")
    pull = play.box.open_pull_request(REPO, "mallory:main", author="mallory")
    play.bot.settle()
    other = Play(play.box, play.bot, pull.number)
    other.say("carol", "/deploy dev")
    play.box.delete_repo(fork)
    other.say("carol", "/deploy dev")
    assert ["`fork_denied`" in each for each in answers(other)] == [True, True]
    assert play.runs() == []


def test_T33_a_commit_that_no_protected_branch_holds_is_not_deployed(play):
    play.box.add_user("mallory")
    fork = play.box.fork(REPO, "mallory")
    bad = play.box.commit(fork, "main", {"src/a.py": "a = 'bad'\n"}, author="mallory")
    play.say("bob", f"/deploy dev --sha {bad}")
    assert "`sha_not_protected`" in answers(play)[-1]
    assert play.runs() == []


def test_a_commit_of_the_default_branch_is_deployed_by_name(play):
    tip = play.box.sha(REPO, "main")
    play.say("bob", f"/deploy dev --sha {tip}")
    push(play)
    play.finish()
    assert (last(play)[0], play.runs()[-1].inputs["sha"]) == ("succeeded", tip)


def squashed(play) -> str:
    """Merge what is in development as one commit, and go on in another pull request."""
    to_dev(play)
    made = play.box.merge(REPO, play.number, "squash", actor="carol")
    play.box.commit(REPO, "next", {"src/b.py": "b = 2\n"}, author="ann")
    play.number = play.box.open_pull_request(REPO, "next", author="ann").number
    play.bot.settle()
    return made


def test_T34_a_squash_has_the_tree_that_development_has(play):
    made = squashed(play)
    assert made != play.past()[0].sha
    play.say("dora", f"/deploy production --sha {made}")
    assert last(play) == ("awaiting_approval", "approval_needed")


def test_T34_another_tree_begins_anew(play):
    squashed(play)
    tip = play.box.commit(REPO, "main", {"src/b.py": "b = 9\n"}, author="carol")
    play.say("dora", f"/deploy production --sha {tip}")
    assert last(play) == ("refused", "order_violation")


def test_T51_a_newer_failure_in_development_counts_more_than_an_older_success(play):
    to_dev(play)
    play.say("bob", "/deploy dev")
    play.finish("failure")
    play.say("dora", "/deploy production")
    assert last(play) == ("refused", "order_violation")


def test_T38_a_policy_in_the_pull_request_itself_does_not_count(play):
    easy = POLICY.replace("tier: production", "tier: development")
    play.box.commit(REPO, "fix", {".github/gatewright.yml": easy}, author="ann")
    play.bot.settle()
    play.say("bob", "/deploy production")
    assert "`permission_denied`" in answers(play)[-1]


def test_T16_a_pull_request_closed_meanwhile_ends_the_request(play):
    ask(play)
    play.box.edit_pull_request(REPO, play.number, {"state": "closed"})
    play.bot.settle()
    assert last(play) == ("refused", "pull_request_closed")
    play.say("bob", "/deploy dev")
    assert "`pull_request_closed`" in answers(play)[-1]


def test_T16_a_draft_is_not_deployed(play):
    play.box.set_draft(REPO, play.number, draft=True)
    play.say("bob", "/deploy dev")
    assert last(play) == ("refused", "held")


def test_an_environment_that_becomes_production_meanwhile_is_treated_as_that(play):
    play.say("bob", "/lock dev --reason later")
    play.say("dora", "/deploy dev")
    strict = POLICY.replace("tier: development", "tier: production")
    play.box.commit(REPO, "main", {".github/gatewright.yml": strict}, author="carol")
    play.say("bob", "/unlock dev")
    assert (last(play), play.runs()) == (("refused", "policy_changed"), [])
