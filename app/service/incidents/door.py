"""Commands on an incident's own issue: which ones, and the place that they are looked at in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.commands.codes import Code
from app.core.commands.command import Command
from app.ports import RepositoryRef
from app.service.chatops.asked import Answer, no
from app.service.chatops.scene import Scene, Stage
from app.store import incidents, registry
from app.store.commands import Commented

VERBS = ("ack", "review", "status", "history", "help", "whoami", "why")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment on an incident's issue is looked at: a pull request, or else a branch."""

    number: int | None
    branch: str


def place_of(connection: sa.Connection, seen: Commented) -> Place | None:
    """Return the place of a comment on an incident's issue; None for all other comments."""
    found = incidents.of_issue(connection, seen.repository_id, seen.number)
    if found is None:
        return None
    return Place(found.number, registry.default_branch(connection, seen.repository_id))


@contextmanager
def opened(
    stage: Stage, repository: RepositoryRef, number: int, place: Place | None
) -> Iterator[Scene | None]:
    """Open the pull request that a comment is about, or what stands in for one."""
    if place is not None and place.number is None:
        with stage.beside(repository, place.branch, number) as scene:
            yield scene
        return
    about = place.number if place is not None and place.number is not None else number
    with stage.open(repository, about) as scene:
        yield scene


def refused_beside(commands: Sequence[Command]) -> Answer | None:
    """Refuse a whole comment on an incident's issue that asks for more than it is for."""
    for each in commands:
        if each.verb not in VERBS:
            names = ", ".join(f"`/{verb}`" for verb in VERBS)
            return no(each, Code.NOT_A_PULL_REQUEST, f"The issue of an incident takes {names}.")
    return None
