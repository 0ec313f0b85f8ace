"""A private repository in a sandbox, where a job may read only what it is granted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.box import Sandbox
from tests.action.jobs import REPO, Jobs, actions_installation
from tests.sandbox.client import new_box

HERE = Path(__file__).parent
# These need no sandbox and run with all other tests.
QUICK = (
    "test_commands.py",
    "test_contract.py",
    "test_linters.py",
    "test_report.py",
    "test_run_sh.py",
)
FILES = {"README.md": "# widgets\n", "src/a.py": "a = 1\n", "src/b.py": "b = 1\n"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs jobs and whole workflows beside a sandbox."""
    for item in items:
        if item.path.parent == HERE and item.path.name not in QUICK:
            item.add_marker(pytest.mark.actions)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with new_box() as made:
        for login in ("ann", "bob", "carol"):
            made.add_user(login)
        made.add_org("acme", {"ann": "member", "bob": "member", "carol": "admin"})
        made.add_repo(REPO, FILES, private=True)
        for login in ("ann", "bob"):
            made.grant(REPO, login, "write")
        yield made


@pytest.fixture
def jobs(box, tmp_path) -> Jobs:
    folder = tmp_path / "jobs"
    folder.mkdir()
    return Jobs(box, folder, actions_installation(box))


@pytest.fixture
def pull(box):
    """A harmless pull request of ann's that bob approved."""
    box.commit(REPO, "fix", {"src/a.py": "a = 2\n"}, author="ann")
    made = box.open_pull_request(REPO, "fix", author="ann", title="fix: a")
    box.review(REPO, made, "bob")
    return made
