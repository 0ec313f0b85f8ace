"""Results of foreign CI: check runs, statuses, workflow runs; and the rules about them."""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from app.sandbox.acts import checks, statuses, suites
from app.sandbox.control.base import AppLike, Controls, RepoLike, UserLike
from app.sandbox.world.checks import CheckRun, CheckSuite, Status
from app.sandbox.world.repos import BranchRules, RequiredCheck


class CheckDetails(TypedDict, total=False):
    """What may be said of a check run; as in the REST call."""

    status: str
    conclusion: str
    started_at: str
    completed_at: str
    external_id: str
    details_url: str
    output: dict[str, Any]
    actions: list[dict[str, str]]


class CheckControls(Controls):
    """Acting as somebody else's CI."""

    def post_check(
        self,
        repo: RepoLike,
        sha: str,
        name: str,
        app: AppLike | None = "github-actions",
        **details: Unpack[CheckDetails],
    ) -> CheckRun:
        """Make a check run of any App, GitHub Actions by default."""
        with self.world.lock:
            found = self.find_repo(repo)
            suite = suites.suite_for(self.world, found, self.find_app(app), sha)
            return self.post_check_in(found, suite, name, **details)

    def post_check_in(
        self, repo: RepoLike, suite: CheckSuite, name: str, **details: Unpack[CheckDetails]
    ) -> CheckRun:
        """Make a check run in a given suite, for example the second one of a commit."""
        fields: dict[str, Any] = {"name": name, **details}
        with self.world.lock:
            return checks.create_run(self.world, self.find_repo(repo), suite, fields)

    def update_check(self, repo: RepoLike, run: CheckRun, **details: Unpack[CheckDetails]) -> None:
        """Change a check run."""
        with self.world.lock:
            checks.update_run(self.world, self.find_repo(repo), run, dict(details))

    def conclude_check(self, repo: RepoLike, run: CheckRun, conclusion: str = "stale") -> None:
        """End a check run with a conclusion that only GitHub itself sets."""
        with self.world.lock:
            checks.conclude(self.world, self.find_repo(repo), run, conclusion)

    def add_suite(self, repo: RepoLike, sha: str, app: AppLike = "github-actions") -> CheckSuite:
        """One more suite on a commit, as a second trigger makes it."""
        with self.world.lock:
            return suites.new_suite(self.world, self.find_repo(repo), self.find_app(app), sha)

    def rerequest_check(self, repo: RepoLike, run: CheckRun, user: UserLike) -> None:
        """Press "Re-run" at a check run."""
        with self.world.lock:
            who = self.find_account(user)
            checks.rerequest(self.world, self.find_repo(repo), run, who)

    def press_button(self, repo: RepoLike, run: CheckRun, identifier: str, user: UserLike) -> None:
        """Press one of a check run's own buttons."""
        with self.world.lock:
            who = self.find_account(user)
            checks.press(self.world, self.find_repo(repo), run, identifier, who)

    def post_status(
        self, repo: RepoLike, sha: str, context: str, state: str, creator: UserLike | None = None
    ) -> Status:
        """Make a commit status by any account."""
        with self.world.lock:
            found = self.find_repo(repo)
            who = self.find_account(creator) if creator else found.owner
            order = statuses.StatusOrder(state, context)
            return statuses.set_status(self.world, found, sha, who, order)

    def require_checks(
        self, repo: RepoLike, branch: str, *checks_wanted: str | RequiredCheck, strict: bool = False
    ) -> None:
        """Protect a branch with required checks, pinned to an App or not."""
        wanted = tuple(RequiredCheck(c) if isinstance(c, str) else c for c in checks_wanted)
        with self.world.lock:
            found = self.find_repo(repo)
            rules = found.protections.setdefault(branch, BranchRules())
            rules.checks, rules.has_checks, rules.strict = wanted, True, strict

    def check_runs(
        self, repo: RepoLike, sha: str, app: AppLike | None = None
    ) -> Sequence[CheckRun]:
        """Return the runs that an App, ours by default, has on a commit, oldest first."""
        with self.world.lock:
            found, owner = self.find_repo(repo), self.find_app(app)
            runs = found.check_runs.values()
            return [run for run in runs if run.head_sha == sha and run.suite.app is owner]
