"""Deployments, commands and locks as rows, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.commands.scales import Tier
from app.core.deploy.codes import Code
from app.core.deploy.lease import Lock
from app.core.deploy.machine import Move
from app.core.deploy.observed import Kind, Refusal, RunState
from app.core.deploy.states import State
from app.core.facts import Sha
from app.store import commands, deployments, environment_locks
from app.store.commands import Answered, Commented
from app.store.deployments import Approval, Place, Shown, Step, Stored
from app.store.environment_locks import by_person
from tests.builders import NOW

SHA = Sha("a1" * 20)
MADE = Stored(
    id="d1",
    account_id=9,
    repository_id=2**40,
    installation_id=5,
    environment="production",
    kind=Kind.DEPLOY,
    tier=Tier.PRODUCTION,
    sha=SHA,
    tree="b2" * 20,
    state=State.REQUESTED,
    version=1,
    entered_at=NOW,
    requested_at=NOW,
    requested_by=7,
    requested_login="ann",
    policy_sha256="c3" * 32,
    number=12,
    comment_id=2**41,
)
QUEUED = Move(State.QUEUED, Code.APPROVED, "nobody is needed")
SOON = NOW + timedelta(seconds=60)


def test_a_deployment_is_read_as_it_was_stored(database):
    with database.write() as connection:
        assert deployments.create(connection, MADE)
        assert deployments.read(connection, "d1") == MADE
        assert deployments.read(connection, "d2") is None


def test_one_comment_asks_once_for_an_environment(database):
    with database.write() as connection:
        deployments.create(connection, MADE)
        assert not deployments.create(connection, replace(MADE, id="d2"))
        assert deployments.history(connection, 2**40) == (MADE,)


def test_every_change_of_state_is_kept_with_its_reason(database):
    with database.write() as connection:
        deployments.create(connection, MADE)
        moved = deployments.move(connection, MADE, QUEUED, SOON)
        assert deployments.read(connection, "d1") == moved
        assert deployments.steps(connection, "d1") == (
            Step(1, State.REQUESTED, "", "", NOW),
            Step(2, State.QUEUED, "approved", "nobody is needed", SOON),
        )
    assert moved == replace(
        MADE,
        state=State.QUEUED,
        version=2,
        entered_at=SOON,
        ended_by="approved",
        detail="nobody is needed",
    )


def test_of_two_who_saw_the_same_state_one_changes_it(database):
    with database.write() as connection:
        deployments.create(connection, MADE)
        deployments.move(connection, MADE, QUEUED, SOON)
        assert deployments.move(connection, MADE, Move(State.REFUSED, "frozen"), SOON) is None
        assert deployments.read(connection, "d1").state is State.QUEUED
        assert len(deployments.steps(connection, "d1")) == 2


def test_what_is_learnt_changes_no_state(database):
    with database.write() as connection:
        deployments.create(connection, MADE)
        deployments.note(connection, "d1", github_id=77, run_id=88, run_state=RunState.LOST)
        found = replace(MADE, github_id=77, run_id=88, run_state=RunState.LOST)
        assert deployments.behind(connection, 2**40, 77) == found
        assert deployments.behind(connection, 2**40, run_id=88) == found
        assert deployments.behind(connection, 2**40, run_id=77) is None
        assert deployments.behind(connection, 3, 77) is None
        with pytest.raises(ValueError, match="by `move` alone"):
            deployments.note(connection, "d1", state=State.SUCCEEDED)


def test_unfinished_are_those_on_their_way(database):
    states = [State.QUEUED, State.SUCCEEDED, State.FAILED, State.REVIEW_REQUIRED]
    with database.write() as connection:
        for number, state in enumerate(states):
            each = replace(MADE, id=f"d{number}", comment_id=number, number=number, state=state)
            deployments.create(connection, each)
        found = deployments.unfinished(connection, 2**40)
        assert [each.id for each in found] == ["d0", "d3"]
        assert [each.id for each in deployments.unfinished(connection, 2**40, 3)] == ["d3"]


def test_the_last_word_of_each_person_counts(database):
    yes = Approval(7, "ann", True, SHA, "tree", "{}", "c3" * 32, 1, NOW)  # noqa: FBT003 - approves
    no = replace(yes, approves=False, comment_id=2, at=SOON)
    other = replace(yes, account_id=8, login="bob")
    with database.write() as connection:
        for each in (yes, other, no):
            deployments.say(connection, "d1", each)
        assert deployments.said(connection, "d1") == (other, no)
        assert deployments.said(connection, "d2") == ()


WANTED = Lock("Production", "d1", 0, SOON)


def test_T77_a_lock_has_one_holder_and_numbers_that_grow(database):
    def take(holder: str, now=NOW):
        wanted = replace(WANTED, holder=holder, until=now + timedelta(seconds=60))
        with database.write() as connection:
            return environment_locks.take_lock(connection, 1, wanted, now)

    def release(holder: str) -> bool:
        with database.write() as connection:
            return environment_locks.release_lock(connection, 1, "PRODUCTION", holder)

    taken = [take("d1"), take("d2"), take("d1", SOON - timedelta(seconds=1))]
    given_up = [release("d2"), release("d1"), release("d1")]
    again = [take("d2"), take("d3", SOON + timedelta(hours=1))]
    assert [each.fencing if isinstance(each, Lock) else each for each in taken + again] == [
        1,
        Refusal("locked", "production is held by d1"),
        1,
        2,
        3,
    ]
    assert given_up == [False, True, False]


def test_an_environment_that_nobody_holds_has_no_lock(database):
    with database.write() as connection:
        assert environment_locks.lock_of(connection, 1, "production") is None
        environment_locks.take_lock(connection, 1, WANTED, NOW)
        assert environment_locks.lock_of(connection, 1, "Production").holder == "d1"
        assert environment_locks.lock_of(connection, 2, "production") is None


def test_the_status_comment_is_remembered_by_environment(database):
    place = Place(1, 12, "Staging")
    with database.write() as connection:
        assert deployments.shown(connection, place) is None
        for digest in ("old", "new"):
            deployments.remember_shown(connection, place, Shown(99, digest))
        assert deployments.shown(connection, Place(1, 12, "staging")) == Shown(99, "new")


COMMENT = Commented(1, 2**41, 12, 7, "ann", "/deploy dev\r\n", NOW, SOON, "abc", app_id=3)


def test_T69_a_comment_is_kept_once_whatever_its_event(database):
    with database.write() as connection:
        kept = [commands.keep(connection, each) for each in (COMMENT, replace(COMMENT, body="x"))]
        assert kept == [True, False]
        assert commands.read(connection, 1, 2**41) == COMMENT
        assert commands.read(connection, 2, 2**41) is None


def test_what_became_of_a_comment_is_kept_with_its_reply(database):
    with database.write() as connection:
        commands.keep(connection, COMMENT)
        commands.settle(connection, COMMENT, "queued", 55)
        commands.settle(connection, COMMENT, "done")
        settled = commands.read(connection, 1, 2**41)
    assert settled == replace(COMMENT, code="done", reply_id=55)


def test_the_first_edit_of_a_comment_stands_beside_it(database):
    edit = replace(COMMENT, body="/deploy production", is_edit=True)
    with database.write() as connection:
        kept = [commands.keep(connection, each) for each in (COMMENT, edit, edit)]
        commands.settle(connection, edit, "comment_edited")
        assert kept == [True, True, False]
        assert commands.read(connection, 1, 2**41) == COMMENT
        found = commands.read(connection, 1, 2**41, is_edit=True)
    assert found == replace(edit, code="comment_edited")


def test_T71_what_was_answered_to_each_line_is_kept(database):
    answers = (Answered(1, "done", "+1", "Done."), Answered(3, "locked", "-1", "`\n`"))
    with database.write() as connection:
        commands.keep(connection, COMMENT)
        for each in answers:
            commands.keep_answer(connection, COMMENT, each)
        found = commands.read(connection, 1, 2**41)
    assert found == replace(COMMENT, answers=answers)


def later(minutes: int):
    return NOW + timedelta(minutes=minutes)


def attempt(number: int, state: State, begun: int | None = None) -> Stored:
    """Return the deployment that was asked for as the numbered one."""
    return replace(
        MADE,
        id=f"d{number:03}",
        comment_id=number,
        state=state,
        requested_at=later(number),
        begun_at=None if begun is None else later(begun),
    )


def test_history_is_in_the_order_in_which_they_got_the_environment(database):
    early, late = attempt(1, State.SUCCEEDED, begun=9), attempt(2, State.SUCCEEDED, begun=3)
    with database.write() as connection:
        for each in (early, late):
            deployments.create(connection, each)
        assert deployments.history(connection, 2**40) == (late, early)


def test_no_number_of_requests_lets_an_incident_or_a_success_be_forgotten(database):
    kept = [
        attempt(1, State.REVIEW_REQUIRED, begun=1),
        attempt(2, State.SUCCEEDED, begun=2),
        attempt(3, State.CLEARED, begun=3),
        attempt(4, State.QUEUED),
    ]
    with database.write() as connection:
        for each in kept:
            deployments.create(connection, each)
        for number in range(5, 70):
            deployments.create(connection, attempt(number, State.REFUSED))
        found = deployments.history(connection, 2**40)
    assert [each for each in kept if each not in found] == []
    assert len(found) == 54


def test_an_environment_is_begun_when_its_gates_are_judged(database):
    with database.write() as connection:
        deployments.create(connection, replace(MADE, state=State.QUEUED))
        queued = deployments.read(connection, "d1")
        gating = deployments.move(connection, queued, Move(State.GATING, "slot_free"), SOON)
        moved = deployments.move(connection, gating, Move(State.DEPLOYING, "ok"), later(5))
        assert (queued.begun_at, gating.begun_at, moved.begun_at) == (None, SOON, SOON)
        assert deployments.read(connection, "d1") == moved


def test_the_newest_request_of_a_place_is_known(database):
    other = replace(attempt(3, State.QUEUED), number=13)
    with database.write() as connection:
        for each in (attempt(1, State.FAILED), attempt(2, State.QUEUED), other):
            deployments.create(connection, each)
        places = [Place(2**40, 12, "Production"), Place(2**40, 12, "dev")]
        assert [deployments.newest_of(connection, each) for each in places] == ["d002", None]


def test_a_person_s_lock_stands_beside_that_of_a_deployment(database):
    kept = replace(WANTED, environment=by_person("Production"), holder="@ann")
    with database.write() as connection:
        taken = [
            environment_locks.take_lock(connection, 1, each, NOW) for each in (WANTED, kept, kept)
        ]
        assert [type(each) for each in taken] == [Lock] * 3
        assert environment_locks.lock_of(connection, 1, by_person("production")).holder == "@ann"
        assert environment_locks.lock_of(connection, 1, "production").holder == "d1"


def test_a_history_is_the_newest_of_each_environment_and_whatever_is_not_over(database):
    made = []
    states = [State.SUCCEEDED, State.REFUSED, State.FAILED, State.QUEUED, State.CLEARED]
    for number in range(400):
        state, at = states[number % 5], NOW + timedelta(seconds=number % 390)
        name = ("dev", "Dev", "production")[number % 3]
        begun = None if state in (State.REFUSED, State.QUEUED) else at + timedelta(seconds=5)
        facts = {"comment_id": number, "environment": name, "state": state, "begun_at": begun}
        made.append(replace(MADE, id=f"d{number:03}", requested_at=at, entered_at=at, **facts))
    with database.write() as connection:
        for each in made:
            deployments.create(connection, each)
        deployments.create(connection, replace(MADE, id="elsewhere", repository_id=3))
        found = deployments.history(connection, 2**40)

    def came(each: Stored):
        return each.begun_at or each.requested_at, each.id

    wanted = {each.id for each in made if each.state in (State.QUEUED, State.CLEARED)}
    for name in ("dev", "production"):
        for is_begun in (True, False):
            here = [
                each
                for each in made
                if each.environment.lower() == name and (each.begun_at is not None) == is_begun
            ]
            wanted |= {each.id for each in sorted(here, key=came)[-50:]}
    assert [each.id for each in found] == [
        each.id for each in sorted(made, key=came) if each.id in wanted
    ]
