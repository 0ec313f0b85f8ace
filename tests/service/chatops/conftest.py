"""A repository with two environments, people of three levels, and a bot that reads commands."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.sandbox.box import Sandbox
from app.store import deployments
from app.store.deployments import Stored
from tests.bot import Bot
from tests.service.conftest import REPO

POLICY = """\
version: 1
deployments:
  environments:
    - {name: dev, tier: development, workflow: deploy.yml, peer_review: false}
    - {name: production, aliases: [prod], tier: production, after: [dev], workflow: deploy.yml}
"""
WORKFLOW = "on: workflow_dispatch\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"


HERE = Path(__file__).parent
# A few of them run with all other tests, so that whoever breaks deployments learns it at once.
QUICK = ("test_deploy.py", "test_protection.py", "test_review.py", "test_simulate.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the scenarios: whole deployments, a hundred jobs each."""
    for item in items:
        if item.path.parent == HERE and item.path.name not in QUICK:
            item.add_marker(pytest.mark.scenario)


@dataclass
class Play:
    """One pull request and what people say about it."""

    box: Sandbox
    bot: Bot
    number: int = 0
    comments: list = field(default_factory=list)

    @property
    def head(self) -> str:
        return self.box.sha(REPO, "fix")

    def say(self, who: str, text: str):
        """Let somebody comment, and everything be done about it; returns the comment."""
        made = self.box.comment(REPO, self.number, who, text)
        self.bot.settle()
        return made

    def replies(self) -> list[str]:
        """Return our own comments, oldest first."""
        found = self.box.find_repo(REPO).issues[self.number].comments
        return [each.body for each in found if each.app is not None]

    def reactions(self, comment) -> list[str]:
        return sorted(each.content for each in comment.reactions)

    def past(self) -> tuple[Stored, ...]:
        repository = self.box.find_repo(REPO).id
        with self.bot.parts.database.read() as connection:
            return deployments.history(connection, repository)

    def states(self) -> list[str]:
        return [each.state.value for each in self.past()]

    def runs(self) -> list:
        found = self.box.find_repo(REPO).workflow_runs.values()
        return [each for each in found if each.event == "workflow_dispatch"]

    def finish(self, conclusion: str = "success") -> None:
        """Let the newest run of the deploying workflow end."""
        self.box.finish_workflow(REPO, self.runs()[-1], conclusion)
        self.bot.settle()

    def told(self) -> list[list[str]]:
        """Return the steps that GitHub shows of each deployment."""
        found = self.box.find_repo(REPO).deployments.values()
        return [[step.state for step in each.statuses] for each in found]


def set_policy(box: Sandbox, text: str = POLICY) -> None:
    files = {".github/gatewright.yml": text, ".github/workflows/deploy.yml": WORKFLOW}
    box.commit(REPO, "main", files, author="carol")


@pytest.fixture
def play(box, bot) -> Iterator[Play]:
    for login in ("dora", "eve"):
        box.add_user(login)
        box.grant(REPO, login, "maintain")
    for name in ("dev", "production"):
        box.add_environment(REPO, name)
    set_policy(box)
    box.commit(REPO, "fix", {"src/a.py": "a = 2\n"}, author="ann")
    pull = box.open_pull_request(REPO, "fix", author="ann", title="fix: a")
    bot.settle()
    return Play(box, bot, pull.number)
