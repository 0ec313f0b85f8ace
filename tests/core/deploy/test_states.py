"""The table of states: nothing is a dead end by accident, and every wait has an end."""

from datetime import timedelta

import pytest

from app.core.deploy.states import STATES, GitHubState, State

FINAL = {
    State.CLEARED,
    State.REFUSED,
    State.BLOCKED,
    State.EXPIRED,
    State.REJECTED,
    State.CANCELLED,
    State.SUPERSEDED,
    State.FAILED,
}
# Only people end these: a rollback that failed, a review, a success that somebody takes back.
FOR_PEOPLE = {State.ROLLBACK_FAILED, State.REVIEW_REQUIRED, State.SUCCEEDED}


def test_every_state_has_its_row():
    assert set(STATES) == set(State)


def test_final_states_are_those_that_nothing_follows():
    assert {state for state, rule in STATES.items() if rule.is_final} == FINAL


def test_every_wait_ends_or_is_one_for_people():
    unlimited = {state for state, rule in STATES.items() if rule.limit is None}
    assert unlimited == FINAL | FOR_PEOPLE


@pytest.mark.parametrize("state", [each for each in State if STATES[each].limit])
def test_where_time_leads_is_a_place_that_the_state_leads_to(state):
    assert STATES[state].overdue in STATES[state].leads_to


@pytest.mark.parametrize("state", [each for each in State if each is not State.REQUESTED])
def test_every_state_can_be_reached_from_a_request(state):
    reached, new = {State.REQUESTED}, {State.REQUESTED}
    while new:
        new = {to for each in new for to in STATES[each].leads_to} - reached
        reached |= new
    assert state in reached


@pytest.mark.parametrize("state", list(State))
def test_a_state_in_which_traffic_moves_is_known_to_github(state):
    rule = STATES[state]
    assert not rule.moves_traffic or rule.github is not None


def test_github_is_told_of_success_only_after_the_watch():
    told = {state for state, rule in STATES.items() if rule.github is GitHubState.SUCCESS}
    assert told == {State.SUCCEEDED}


def test_a_rollback_has_ten_minutes():
    assert STATES[State.ROLLING_BACK].limit == timedelta(minutes=10)
