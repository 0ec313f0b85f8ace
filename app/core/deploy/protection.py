"""The other door: whether a workflow run that waits before an environment may go on.

GitHub asks with `deployment_protection_rule`; every question ends in yes, no, or another look.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.core.deploy.states import State
from app.core.text import code_span, quoted

PATIENCE = timedelta(seconds=60)
MOST = 1024
_GOING = (State.DEPLOYING, State.PROMOTING)


class Say(StrEnum):
    """GitHub's words for an answer; `WAIT` is none of them: we look again."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits before an environment, and for how long."""

    run_id: int
    environment: str
    age: timedelta


@dataclass(frozen=True, slots=True)
class Behind:
    """The deployment that started the run."""

    id: str
    environment: str
    state: State


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, why, and what people read beside the run."""

    say: Say
    code: str
    comment: str = ""


def answer(waiting: Waiting, behind: Behind | None) -> Answer:
    """Let a run go on only for the deployment that started it, and only while that is under way.

    A run is answered for itself alone: one of another attempt, environment or origin gets no yes
    from an older one (traps T60, T61, T64).
    """
    here = quoted(waiting.environment)
    if behind is None:
        if waiting.age < PATIENCE:
            return Answer(Say.WAIT, "not_known_yet")
        ask = code_span(f"/deploy {waiting.environment}")
        return _no("not_requested", f"Nobody asked for this run. Post {ask} on a pull request.")
    about = f"{code_span(behind.id)} is"
    if behind.environment.casefold() != waiting.environment.casefold():
        return _no("other_environment", f"{about} for {quoted(behind.environment)}, not {here}.")
    if behind.state not in _GOING:
        words = behind.state.value.replace("_", " ")
        return _no("not_under_way", f"{about} {words}. Ask for a new deployment.")
    return Answer(Say.APPROVED, "requested", f"{about} under way to {here}, after all its checks.")


def _no(code: str, comment: str) -> Answer:
    return Answer(Say.REJECTED, code, comment[:MOST])
