"""Every request of the bot in whole runs on the sandbox fits GitHub's own description."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.changes.mirror import Mirror
from app.errors import GitError
from app.sandbox.http.journal import Entry
from app.scan.pool import ScannerPool
from app.service.sync import standing_orders
from app.store.database import Database
from tests.bot import Bot, running_bot
from tests.contract.openapi import DescriptionMissingError, OpenApi
from tests.sandbox.client import REPO, Stage, build_stage, new_box

pytestmark = pytest.mark.node

POLICY = """\
version: 1
gates:
  ci:
    required:
      - {name: unit, app: github-actions}
      - {name: "lint/*", kind: status}
  approval:
    rules:
      - {id: baseline, count: 1, by: {teams: [core], users: [alice]}}
"""


PINNED = """\
version: 1
gates:
  ci:
    required: [{name: a, app: github-actions, workflow: .github/workflows/ci.yml}]
"""

_REPO = "/repos/{owner}/{repo}"
ROUTES = {
    f"GET {_REPO}",
    "GET /app/hook/deliveries",
    "POST /app/hook/deliveries/{delivery_id}/attempts",
    "GET /app/installations",
    "GET /app/installations/{installation_id}",
    "POST /app/installations/{installation_id}/access_tokens",
    "GET /installation/repositories",
    "GET /orgs/{org}/teams/{team_slug}",
    "GET /orgs/{org}/teams/{team_slug}/memberships/{username}",
    "GET /users/{username}",
    f"GET {_REPO}/actions/runs",
    f"GET {_REPO}/branches/{{branch}}",
    f"POST {_REPO}/check-runs",
    f"PATCH {_REPO}/check-runs/{{check_run_id}}",
    f"GET {_REPO}/collaborators/{{username}}/permission",
    f"GET {_REPO}/commits/{{commit_sha}}/pulls",
    f"GET {_REPO}/commits/{{ref}}/check-runs",
    f"GET {_REPO}/commits/{{ref}}/check-suites",
    f"GET {_REPO}/commits/{{ref}}/statuses",
    f"GET {_REPO}/compare/{{basehead}}",
    f"GET {_REPO}/contents/{{path}}",
    f"GET {_REPO}/git/trees/{{tree_sha}}",
    f"GET {_REPO}/installation",
    f"GET {_REPO}/issues/{{issue_number}}/events",
    f"GET {_REPO}/pulls",
    f"GET {_REPO}/pulls/{{pull_number}}",
    f"GET {_REPO}/pulls/{{pull_number}}/files",
    f"GET {_REPO}/pulls/{{pull_number}}/reviews",
    f"GET {_REPO}/actions/runs/{{run_id}}",
    f"POST {_REPO}/actions/runs/{{run_id}}/cancel",
    f"POST {_REPO}/actions/workflows/{{workflow_id}}/dispatches",
    f"GET {_REPO}/deployments",
    f"POST {_REPO}/deployments",
    f"GET {_REPO}/deployments/{{deployment_id}}/statuses",
    f"POST {_REPO}/deployments/{{deployment_id}}/statuses",
    f"GET {_REPO}/environments/{{environment_name}}",
    f"GET {_REPO}/environments/{{environment_name}}/deployment_protection_rules",
    f"GET {_REPO}/issues/{{issue_number}}/comments",
    f"POST {_REPO}/issues/{{issue_number}}/comments",
    f"GET {_REPO}/issues/comments/{{comment_id}}",
    f"PATCH {_REPO}/issues/comments/{{comment_id}}",
    f"POST {_REPO}/issues/comments/{{comment_id}}/reactions",
    f"GET {_REPO}/issues/{{issue_number}}",
    f"PATCH {_REPO}/issues/{{issue_number}}",
    f"POST {_REPO}/issues",
}


def reviewed_under_a_policy(stage: Stage, bot: Bot) -> None:
    """Teams, users, checks and statuses; red, then green, then merged."""
    box, head = stage.box, stage.head
    box.add_team("acme", "Core", ["alice", "carol"])
    box.commit(REPO, "main", {".github/gatewright.yml": POLICY}, author="alice")
    box.post_check(REPO, head, "unit", conclusion="failure")
    bot.settle()
    box.post_check(REPO, head, "unit", conclusion="success")
    box.post_status(REPO, head, "lint/py", "success")
    box.review(REPO, 1, "carol")
    box.review(REPO, 1, "alice", "REQUEST_CHANGES")
    bot.settle()
    box.review(REPO, 1, "alice")
    bot.settle()
    box.merge(REPO, 1, actor="alice")


def pushed_and_retargeted(stage: Stage, bot: Bot) -> None:
    """A secret with its annotations, another base, a shared head, a re-run, a moved base."""
    box = stage.box
    leak = "".join(
        f"key_{n} = 'AKIA{'QWERTYUIOPASDF'[n % 10 :]}ZX{n:02d}CVBNML'\n" for n in range(60)
    )
    box.commit(REPO, "feature", {"src/keys.py": leak}, author="bob")
    bot.settle()
    box.commit(REPO, "develop", {"a": "1"}, author="alice")
    box.edit_pull_request(REPO, 1, {"base": "develop"})
    box.set_branch(REPO, "twin", box.sha(REPO, "feature"))
    box.open_pull_request(REPO, "twin", author="bob")
    bot.settle()
    (run, *_) = box.check_runs(REPO, box.sha(REPO, "feature"))
    box.rerequest_check(REPO, run, "bob")
    box.commit(REPO, "develop", {"b": "1"}, author="alice")
    bot.settle()
    box.set_branch(REPO, "develop", None)


def from_a_fork_with_a_workflow(stage: Stage, bot: Bot) -> None:
    """A fork changes a workflow that the policy names; the fork goes away."""
    box = stage.box
    box.commit(REPO, "main", {".github/gatewright.yml": PINNED}, author="alice")
    fork = box.fork(REPO, "mallory")
    workflow = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
    box.commit(fork, "idea", {".github/workflows/ci.yml": workflow}, author="mallory")
    pull = box.open_pull_request(REPO, "mallory:idea", author="mallory")
    box.start_workflow(REPO, pull.head_sha)
    bot.settle()
    box.delete_repo(fork)
    box.review(REPO, pull, "alice")


def through_the_merge_queue(stage: Stage, bot: Bot) -> None:
    """A group that is asked for and given up."""
    box = stage.box
    box.review(REPO, 1, "alice")
    group = box.enqueue(REPO, 1, actor="alice")
    bot.settle()
    box.destroy_group(REPO, group)


def renamed_and_reinstalled(stage: Stage, bot: Bot) -> None:
    """The repository gets another name, the installation sleeps and wakes."""
    box = stage.box
    box.rename_repo(REPO, "gadgets")
    box.review("acme/gadgets", 1, "carol", "COMMENT")
    bot.settle()
    box.suspend(stage.installation)
    bot.settle()
    box.unsuspend(stage.installation)


def without_git(stage: Stage, bot: Bot) -> None:
    """Git cannot reach the repository, so the API is asked for everything."""

    def fetch(*_given: object, **_more: object) -> None:
        raise GitError("the remote end hung up")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Mirror, "fetch", fetch)
        reviewed_under_a_policy(stage, bot)
        bot.settle()


def standing_work(stage: Stage, bot: Bot) -> None:
    """Installations are listed and a lost delivery is asked for again."""
    stage.box.disturb_webhooks("fail", event="status")
    stage.box.post_status(REPO, stage.head, "lost", "success")
    bot.settle()
    with pytest.MonkeyPatch.context() as patch, bot.parts.database.write() as connection:
        patch.setattr("app.service.redelivery._ON_THE_WAY", timedelta(days=-1))
        bot.parts.scheduler.want(connection, standing_orders())
        connection.commit()
        bot.settle()


def taken_away_untold(stage: Stage, bot: Bot) -> None:
    """The repository leaves the installation and the event is lost; a sweep finds that out."""
    other = stage.box.add_repo("acme/other", {"a": "1"})
    stage.box.disturb_webhooks("drop", "installation_repositories", count=2)
    stage.box.select_repos(stage.installation, [other])
    with bot.parts.database.write() as connection:
        bot.parts.scheduler.want(connection, standing_orders())


DEPLOYING = """\
version: 1
deployments:
  environments:
    - {name: dev, tier: development, workflow: deploy.yml, peer_review: false}
    - {name: prod, tier: production}
  levels: {L4: {users: [alice], teams: [core]}}
"""


def deployed_and_taken_back(stage: Stage, bot: Bot) -> None:
    """Commands of every kind: two versions arrive, one is taken back, that is stopped."""
    box = stage.box
    workflow = "on: workflow_dispatch\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"
    box.add_team("acme", "Core", ["alice"])
    box.add_environment(REPO, "dev")
    box.add_environment(REPO, "prod")
    files = {".github/gatewright.yml": DEPLOYING, ".github/workflows/deploy.yml": workflow}
    box.commit(REPO, "main", files, author="alice")
    bot.settle()
    said(stage, bot, "/whoami\n/status\n/simulate deploy dev")
    for text in ("x = 3\n", "x = 4\n"):
        said(stage, bot, "/deploy dev")
        box.finish_workflow(REPO, list(box.find_repo(REPO).workflow_runs.values())[-1])
        bot.settle()
        box.commit(REPO, "feature", {"src/a.py": text}, author="bob")
        bot.settle()
    said(stage, bot, "/rollback dev --reason slow")
    said(stage, bot, "/abort dev")
    said(stage, bot, "/approve")
    said(stage, bot, "/deploy prod")


def said(stage: Stage, bot: Bot, text: str) -> None:
    stage.box.comment(REPO, 1, "alice", text)
    bot.settle()


RUNS: dict[str, Callable[[Stage, Bot], None]] = {
    each.__name__: each
    for each in (
        reviewed_under_a_policy,
        pushed_and_retargeted,
        from_a_fork_with_a_workflow,
        through_the_merge_queue,
        renamed_and_reinstalled,
        without_git,
        standing_work,
        taken_away_untold,
        deployed_and_taken_back,
    )
}


@pytest.fixture(scope="module")
def description() -> OpenApi:
    try:
        return OpenApi.load()
    except DescriptionMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def scanners() -> Iterator[ScannerPool]:
    pool = ScannerPool(b"a key of these tests only", 1)
    yield pool
    pool.close()


def requests_of(name: str, folder: Path, template: Path, scanners: ScannerPool) -> list[Entry]:
    """Let a bot live through a run and return what it asked of GitHub."""
    file = folder / "gatewright.db"
    file.write_bytes(template.read_bytes())
    database = Database.open(f"sqlite:///{file}")
    with new_box() as box, running_bot(box, database, folder, scanners) as bot:
        stage = build_stage(box)
        bot.settle()
        RUNS[name](stage, bot)
        bot.settle()
        ours = {f"app:{box.app.slug}", f"installation:{stage.installation.id}", "anonymous"}
        asked = [each for each in box.requests if each.actor in ours]
    database.close()
    return asked


@pytest.fixture(scope="module")
def asked(tmp_path_factory, sqlite_template, scanners) -> dict[str, list[Entry]]:
    """What the bot asked in each run."""
    return {
        name: requests_of(name, tmp_path_factory.mktemp(name), sqlite_template, scanners)
        for name in RUNS
    }


@pytest.mark.parametrize("name", RUNS)
def test_every_request_fits_the_description(description, asked, name):
    problems = {
        f"{each.method} {each.path}: {problem}"
        for each in asked[name]
        for problem in description.validate_request(
            each.method, each.plain_path, each.query, each.body
        )
    }
    assert problems == set()


@pytest.mark.parametrize("name", RUNS)
def test_no_request_is_refused_as_wrong(asked, name):
    assert [each for each in asked[name] if each.status in (400, 401, 405, 422)] == []


def test_the_bot_uses_these_routes_and_no_others(asked):
    used = {f"{each.method} {each.template}" for run in asked.values() for each in run}
    assert used == ROUTES
