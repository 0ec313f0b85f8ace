"""Check suites: one per App and commit, asked for on every push."""

from app.sandbox.payloads.checks import event_check_suite
from app.sandbox.problems import ProblemError
from app.sandbox.world.accounts import Account
from app.sandbox.world.apps import App
from app.sandbox.world.checks import CheckRun, CheckSuite
from app.sandbox.world.events import Event
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

_SKIP = "\nskip-checks: true"
# From worst to best; the suite takes the first that occurs.
_WORST_FIRST = (
    "failure",
    "startup_failure",
    "timed_out",
    "cancelled",
    "action_required",
    "stale",
    "success",
    "neutral",
    "skipped",
)


def suite_for(world: World, repo: Repo, app: App, sha: str) -> CheckSuite:
    """Return the App's suite on a commit, making it when first needed."""
    found = (s for s in repo.suites.values() if s.app is app and s.head_sha == sha)
    return next(found, None) or new_suite(world, repo, app, sha)


def new_suite(
    world: World, repo: Repo, app: App, sha: str, branch: str | None = None
) -> CheckSuite:
    """One more suite: a second trigger on the same commit makes a second one."""
    if not repo.git.has_commit(sha):
        raise ProblemError(422, f"No commit found for SHA: {sha}")
    now = world.now()
    made = CheckSuite(
        id=world.new_id("suite"),
        app=app,
        head_sha=sha,
        head_branch=branch or _branch_at(repo, sha),
        created_at=now,
        updated_at=now,
    )
    repo.suites[made.id] = made
    return made


def request_all(world: World, repo: Repo, sha: str, origin: tuple[str, str | None]) -> None:
    """After a push every installed App that may write checks is asked for some."""
    branch, before = origin
    if _SKIP in repo.git.commit(sha).message.lower():
        return
    for installation in world.installations_for(repo):
        may_write = installation.permissions.get("checks") == "write"
        if may_write and installation.suspended_at is None:
            suite = _asked(world, repo, installation.app, (sha, branch))
            suite.before = before
            tell_suite(world, repo, suite, "requested", installation.app.bot)


def rerequest(world: World, repo: Repo, suite: CheckSuite, sender: Account) -> None:
    """Ask the App to run everything again."""
    suite.status, suite.conclusion, suite.updated_at = "queued", None, world.now()
    tell_suite(world, repo, suite, "rerequested", sender)


def summarise(world: World, repo: Repo, suite: CheckSuite, sender: Account) -> None:
    """Bring the suite's own state up to date with its newest runs."""
    runs = latest([run for run in repo.check_runs.values() if run.suite is suite])
    was_completed = suite.status == "completed"
    suite.updated_at = world.now()
    if any(run.status != "completed" for run in runs):
        started = any(run.status != "queued" for run in runs)
        suite.status, suite.conclusion = ("in_progress" if started else "queued"), None
        return
    found = {run.conclusion for run in runs}
    suite.status = "completed"
    suite.conclusion = next((c for c in _WORST_FIRST if c in found), None)
    if not was_completed:
        tell_suite(world, repo, suite, "completed", sender)


def latest(runs: list[CheckRun]) -> list[CheckRun]:
    """Return the newest run of each name within each suite."""
    newest: dict[tuple[int, str], CheckRun] = {}
    for run in runs:
        newest[(run.suite.id, run.name)] = run
    return list(newest.values())


def tell_suite(world: World, repo: Repo, suite: CheckSuite, action: str, sender: Account) -> None:
    """Emit a suite event; requests go to the suite's App alone."""
    body = {"check_suite": event_check_suite(world, repo, suite)}
    only = None if action == "completed" else suite.app.id
    world.emit(Event("check_suite", action, sender, body, repo, only_app=only))


def _asked(world: World, repo: Repo, app: App, pushed: tuple[str, str]) -> CheckSuite:
    """Return the suite of a push; a commit that was pushed before keeps the one it has."""
    sha, branch = pushed
    for suite in repo.suites.values():
        if suite.app is app and suite.head_sha == sha:
            suite.head_branch = branch
            return suite
    return new_suite(world, repo, app, sha, branch)


def _branch_at(repo: Repo, sha: str) -> str | None:
    for name, tip in repo.git.refs("refs/heads/").items():
        if tip == sha:
            return name.removeprefix("refs/heads/")
    return None
