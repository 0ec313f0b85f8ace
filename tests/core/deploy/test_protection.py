"""Which runs may go on that wait before an environment."""

from datetime import timedelta

import pytest

from app.core.deploy.protection import Answer, Behind, Say, Waiting, answer
from app.core.deploy.states import State

WAITING = Waiting(7, "production", timedelta(seconds=1))
OLD = Waiting(7, "production", timedelta(seconds=60))


def behind(state: State, environment: str = "Production") -> Behind:
    return Behind("req-1", environment, state)


@pytest.mark.parametrize(
    ("waiting", "found", "said"),
    [
        pytest.param(WAITING, None, (Say.WAIT, "not_known_yet"), id="it may not be known yet"),
        pytest.param(OLD, None, (Say.REJECTED, "not_requested"), id="T60 nobody asked for it"),
        pytest.param(
            WAITING, behind(State.DEPLOYING), (Say.APPROVED, "requested"), id="it is under way"
        ),
        pytest.param(
            WAITING, behind(State.PROMOTING), (Say.APPROVED, "requested"), id="it is promoted"
        ),
        pytest.param(
            OLD,
            behind(State.SUCCEEDED),
            (Say.REJECTED, "not_under_way"),
            id="T61 a re-run gets no yes from the run before",
        ),
        pytest.param(
            OLD, behind(State.FAILED), (Say.REJECTED, "not_under_way"), id="it has failed"
        ),
        pytest.param(
            WAITING,
            behind(State.DEPLOYING, "dev"),
            (Say.REJECTED, "other_environment"),
            id="T64 a yes for one environment is none for another",
        ),
    ],
)
def test_a_run_goes_on_only_for_the_deployment_that_started_it(waiting, found, said):
    given = answer(waiting, found)
    assert (given.say, given.code) == said


def test_what_people_read_is_short_and_names_the_next_step():
    long = Waiting(7, "x" * 2000, timedelta(hours=1))
    assert len(answer(long, None).comment) <= 1024
    assert answer(OLD, None) == Answer(
        Say.REJECTED,
        "not_requested",
        "Nobody asked for this run. Post `/deploy production` on a pull request.",
    )
