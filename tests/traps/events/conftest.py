"""A webhook alone, a whole bot at rest beside its sandbox, and what can be seen of it."""

from collections.abc import Iterator

import pytest

from app.scan.pool import ScannerPool
from app.service import keys
from app.store.database import Database
from app.store.subjects import Want
from tests.bot import Bot, running_bot
from tests.sandbox.client import REPO, Stage, build_stage, new_box
from tests.web.gate import Gate, open_gate

CHECKS = ("approval", "ci", "compliance", "freshness", "merge", "secrets")


@pytest.fixture
def database(sqlite_url) -> Iterator[Database]:
    opened = Database.open(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def gate(database) -> Gate:
    """A webhook alone: it stores and queues, and nobody works."""
    return open_gate(database)


@pytest.fixture(scope="package")
def scanners() -> Iterator[ScannerPool]:
    pool = ScannerPool(b"a key of these tests only", 1)
    yield pool
    pool.close()


@pytest.fixture
def bot(database, tmp_path, scanners) -> Iterator[Bot]:
    """A whole bot beside a sandbox."""
    with new_box() as box, running_bot(box, database, tmp_path, scanners) as made:
        yield made


@pytest.fixture
def stage(bot) -> Stage:
    """An organisation with a repository and pull request 1, everything at rest."""
    made = build_stage(bot.box)
    bot.settle()
    return made


def want(bot: Bot, *wants: Want) -> None:
    """Ask for work without any event."""
    with bot.parts.database.write() as connection:
        bot.parts.scheduler.want(connection, wants)


def sweep(bot: Bot, stage: Stage) -> None:
    """Do what the periodic sweep does."""
    installation_id = stage.installation.id
    want(bot, Want(keys.installation(installation_id), "installation", 0, installation_id, "sweep"))
    bot.settle()


def seen(bot: Bot, branch: str = "feature", repo: str = REPO) -> dict[str, str]:
    return bot.checks(repo, bot.box.sha(repo, branch))


def writes(bot: Bot) -> int:
    return sum(
        each.method in ("POST", "PATCH") and "check-runs" in each.path for each in bot.box.requests
    )


def look(bot: Bot, query):
    with bot.parts.database.read() as connection:
        return query(connection)
