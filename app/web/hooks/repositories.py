"""The repository itself, its members and its protection rules."""

from collections.abc import Iterator

from app.service.intents import (
    Ignore,
    Intent,
    RememberRepository,
    SweepInstallation,
    SweepRepository,
)
from app.web.hooks.payloads import RepositoryEvent, RepositoryPart, read
from app.web.router import Event, Router

router = Router()

_NO_RIGHTS = ("organization.member_invited", "team.created")


def _repository(event: Event) -> RepositoryPart | None:
    return read(RepositoryEvent, event.payload).repository


def _remember(found: RepositoryPart, *, removed: bool = False) -> RememberRepository:
    return RememberRepository(found.full_name, found.default_branch, found.archived, removed)


@router.on("repository")
def repository(event: Event) -> Iterator[Intent]:
    """Keep name and state under the id; a repository that comes to life is swept."""
    found = _repository(event)
    if found is None:
        yield Ignore("no repository in the payload")
        return
    yield _remember(found, removed=event.action == "deleted")
    if event.action in ("unarchived", "transferred", "renamed", "publicized"):
        yield SweepRepository(event.full_name)


@router.on("member")
@router.on("membership")
@router.on("team")
@router.on("team_add")
@router.on("organization")
def members(event: Event) -> Iterator[Intent]:
    """Judge everything open anew where rights changed: an approval may have lost its ground."""
    if event.full_name in _NO_RIGHTS:
        yield Ignore("nobody's rights changed")
    elif _repository(event) is None:
        yield SweepInstallation(event.full_name)
    else:
        yield SweepRepository(event.full_name)
