"""The command line in this process, as a person sees it: status, output, complaint."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import application
from app.sandbox.box import Sandbox
from app.scan.pool import ScannerPool
from app.settings import PREFIX
from app.store.database import Database
from tests.bot import Bot, running_bot
from tests.changes.repo import Repo
from tests.sandbox.client import new_box
from tests.scan.fakes import github_token

ROOT = Path(__file__).parents[2]
GIT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """What a command says that could not tell: one sentence, and nothing else."""
        assert (self.status, self.out) == (2, ""), self
        assert self.err.startswith("gatewright: "), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("gatewright: ").strip()


def gatewright(*words: object) -> Ended:
    """Run a command; an error that nobody foresaw is the test's failure."""
    done = CliRunner().invoke(application, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ended(done.exit_code, done.stdout, done.stderr)


def git(folder: Path, *words: str) -> str:
    """Run git on a repository as its owner would."""
    command = ["git", "-C", str(folder), *words]
    done = subprocess.run(command, env=GIT, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without settings: those of the person who runs the tests are not ours."""
    for name in tuple(os.environ):
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty bare repository."""
    return Repo(tmp_path / "widgets.git")


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    """A repository with a work tree and two harmless commits."""
    folder = tmp_path / "widgets"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    for number in range(2):
        (folder / "src").mkdir(exist_ok=True)
        (folder / "src/a.py").write_text(f"a = {number}\n", encoding="utf-8")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", f"Step {number}")
    return folder


@pytest.fixture
def database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An empty SQLite database that the settings of every command name."""
    monkeypatch.setenv("GATEWRIGHT_DATABASE", sqlite_url)
    opened = Database.open(sqlite_url)
    yield opened
    opened.close()


LEAKED = github_token("in the record")
REPO = "acme/widgets"


def live(box: Sandbox, bot: Bot) -> None:
    """Let a pull request leak a credential, be mended and be approved."""
    box.install_app("acme")
    bot.settle()
    box.commit(REPO, "fix", {"a.py": f'TOKEN = "{LEAKED}"\n'}, author="ann")
    pull = box.open_pull_request(REPO, "fix", author="ann", title="fix: a")
    bot.settle()
    start = (box.sha(REPO, "main"),)
    box.commit(REPO, "fix", {"a.py": "a = 2\n"}, author="ann", parents=start)
    bot.settle()
    box.review(REPO, pull, "bob")
    bot.settle()


@pytest.fixture(scope="session")
def record(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that a bot has filled, to copy."""
    folder = tmp_path_factory.mktemp("record")
    file = folder / "record.db"
    shutil.copyfile(sqlite_template, file)
    database = Database.open(f"sqlite:///{file}")
    with new_box() as box, ScannerPool(b"key of the record") as scanners:
        for login in ("ann", "bob"):
            box.add_user(login)
        box.add_org("acme", {"ann": "member", "bob": "member"})
        box.add_repo(REPO, {"a.py": "a = 1\n"})
        for login in ("ann", "bob"):
            box.grant(REPO, login, "write")
        with running_bot(box, database, folder, scanners) as bot:
            live(box, bot)
    database.close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


@pytest.fixture
def recorded(record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database of this test's own with three verdicts, that the settings name."""
    file = tmp_path / "recorded.db"
    shutil.copyfile(record, file)
    monkeypatch.setenv("GATEWRIGHT_DATABASE", f"sqlite:///{file}")
    opened = Database.open(f"sqlite:///{file}")
    yield opened
    opened.close()
