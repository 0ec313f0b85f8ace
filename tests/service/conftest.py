"""A sandbox with a repository and people, and a bot beside it whose work is done inline."""

from collections.abc import Iterator

import pytest

from app.sandbox.box import Sandbox
from app.scan.pool import ScannerPool
from app.store.database import Database
from tests.bot import Bot, running_bot
from tests.sandbox.client import new_box

REPO = "acme/widgets"
FILES = {"README.md": "# widgets\n", "src/a.py": "a = 1\n", "src/b.py": "b = 1\n"}


@pytest.fixture(scope="session")
def scanners() -> Iterator[ScannerPool]:
    """One scanning process for the whole session: starting it takes longer than most tests."""
    pool = ScannerPool(b"test key of the session")
    yield pool
    pool.close()


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A GitHub in a box with an organisation, three people and a repository."""
    with new_box() as made:
        for login in ("ann", "bob", "carol"):
            made.add_user(login)
        made.add_org("acme", {"ann": "member", "bob": "member", "carol": "admin"})
        made.add_repo(REPO, FILES)
        for login in ("ann", "bob"):
            made.grant(REPO, login, "write")
        yield made


@pytest.fixture
def bot(box, database, tmp_path, scanners) -> Iterator[Bot]:
    """The bot, installed on the organisation and at rest."""
    with running_bot(box, database, tmp_path, scanners) as made:
        box.install_app("acme")
        made.settle()
        yield made


@pytest.fixture
def database(sqlite_url):
    """SQLite: what differs between the databases is tested below the service."""
    opened = Database.open(sqlite_url)
    yield opened
    opened.close()
