"""A reader on the mock, and who is who in the sandbox."""

from datetime import datetime

import pytest

from app.core.facts import Account, Sha
from app.github.reader import Reader
from app.ports import CheckQuery, RepositoryRef

WIDGETS = RepositoryRef(1296269, "octocat/Hello-World", 9001, 1)
ROOT = "/repos/octocat/Hello-World"
EVERYTHING = CheckQuery()
WORKFLOWS = CheckQuery(workflows=True)
SHA = Sha("6dcb09b5b57875f334f61aebed695e2e4193db5e")


@pytest.fixture
def reader(client) -> Reader:
    """A reader on the mock."""
    return Reader(client, WIDGETS, 4242, "https://github.test", "a token")


def person(hub, login: str) -> Account:
    return Account(hub.box.find_account(login).id, login)


def moment(hub) -> datetime:
    return hub.box.world.now()
