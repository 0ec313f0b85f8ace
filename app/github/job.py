"""GitHub seen by one job of a workflow: the job's own token, for the job's own repository.

It answers for reading only what `GitHubApp` answers for an installation; nothing is written.
"""

from dataclasses import dataclass, field, replace

from github import Auth
from typing_extensions import override

from app.core.facts import Checks, Sha
from app.github.client import Client, Shared
from app.github.fallback import ApiReading
from app.github.reader import Reader
from app.github.records import Records
from app.ports import CheckQuery, ChecksReading, PullRequestReading, RepositoryRef

# No App has this number: what other Apps reported is nobody's own.
_NO_APP = -1


@dataclass(frozen=True, slots=True)
class JobReader(Reader):
    """A reader that leaves out the check run of the job that asks, which cannot have ended."""

    own_run: int | None = None

    @override
    def checks(self, head: Sha, query: CheckQuery) -> ChecksReading:
        """Return what everybody else's checks say about a commit."""
        found = Reader.checks(self, head, query)
        return replace(found, checks=without_run(found.checks, self.own_run))


def without_run(checks: Checks, own_run: int | None) -> Checks:
    """Leave out a check run, and its suite and workflow run where these hold nothing else.

    A suite that holds other jobs stays: it is not known whether more of them are to come.
    """
    own = next((run for run in checks.runs if run.id == own_run), None)
    if own is None:
        return checks
    others = tuple(run for run in checks.runs if run.id != own.id)
    suite = next((each for each in checks.suites if each.id == own.suite_id), None)
    shared = any(run.suite_id == own.suite_id for run in others)
    if suite is None or shared or (suite.runs or 0) > 1:
        return replace(checks, runs=others)
    return replace(
        checks,
        runs=others,
        suites=tuple(each for each in checks.suites if each.id != suite.id),
        workflow_runs=tuple(each for each in checks.workflow_runs if each.suite_id != suite.id),
    )


@dataclass(frozen=True, slots=True)
class GitHubJob:
    """GitHub as one job may read it, on one thread."""

    shared: Shared
    token: str = field(repr=False)
    clone_url: str
    own_run: int | None = None
    _client: Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Open one client: all reading is done with one token."""
        object.__setattr__(self, "_client", Client(self.shared, Auth.Token(self.token)))

    def repository(self, full_name: str) -> RepositoryRef:
        """Return the repository of this name with its ids; raises NotFoundError."""
        found = self._client.get(f"/repos/{full_name}")
        return RepositoryRef(found["id"], found["full_name"], 0, found["owner"]["id"])

    def default_branch(self, full_name: str) -> str:
        """Return the name of the repository's default branch."""
        return str(self._client.get(f"/repos/{full_name}")["default_branch"])

    def reader(self, repository: RepositoryRef) -> JobReader:
        """Return a reader of the repository."""
        return JobReader(
            self._client, repository, _NO_APP, self.clone_url, self.token, self.own_run
        )

    def records(self, repository: RepositoryRef) -> Records:
        """Return what GitHub's records say was deployed."""
        return Records(self._client, repository)

    def without_git(
        self, repository: RepositoryRef, pull: PullRequestReading, why: str
    ) -> ApiReading:
        """Return what the API alone can tell about a change, for when git fails."""
        return ApiReading(self.reader(repository), pull, why)
