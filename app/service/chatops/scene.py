"""What a command or a deployment stands on, read fresh: pull request, policy, people, git."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from app.core.facts import PullRequest, Sha
from app.core.policy.deployments import DeploymentPolicy
from app.core.policy.model import Policy
from app.errors import NotFoundError
from app.ports import (
    ChangeReader,
    ChangeReading,
    GitHub,
    GitHubReader,
    PullRequestReading,
    RepositoryRef,
)
from app.ports.deployments import Chat, Deploys, Metrics
from app.ports.issues import Issues
from app.service.chatops.people import Roll
from app.service.policies import LoadedPolicy, read_policy
from app.store import registry
from app.store.database import Database


@dataclass(frozen=True)
class Scene:
    """One pull request's place; the policy is that of the default branch's tip (T38).

    On an issue that no pull request belongs to, the default branch `stands_in` for one.
    """

    repository: RepositoryRef
    reader: GitHubReader
    chat: Chat
    deploys: Deploys
    pull: PullRequestReading
    reading: ChangeReading
    policy: LoadedPolicy
    database: Database
    app_id: int
    stands_in: bool = False
    metrics: Metrics | None = None

    def again(self) -> "Scene":
        """Return the place as it is now: the pull request and people's rights are read anew."""
        return replace(self, pull=self.reader.pull_request(self.number))

    @property
    def number(self) -> int:
        """The pull request's number."""
        return self.pull.pull_request.number

    @cached_property
    def deployments(self) -> DeploymentPolicy | None:
        """The policy's section; None when the policy cannot be used."""
        value = self.policy.value
        return value.deployments if isinstance(value, Policy) else None

    @cached_property
    def roll(self) -> Roll:
        """The people of the policy; a policy that cannot be used grants nobody anything."""
        return Roll(self.reader, self.deployments or DeploymentPolicy())

    @cached_property
    def paths(self) -> tuple[str, ...] | None:
        """Every path that the pull request changes, both names of a rename; None if not known."""
        changes, gaps = self.reading.changes()
        if gaps:
            return None
        names = {name for each in changes.files for name in (each.path, each.old_path) if name}
        return tuple(sorted(names))

    @cached_property
    def hands(self) -> frozenset[int]:
        """Everybody who wrote or pushed a commit of the pull request, by id (T25)."""
        commits = tuple(each.sha for each in self.reading.commits())
        written = self.reader.authorship(self.reading.tips.base, self.pull.head_sha)
        people = [account for each in written.values() for account in (each.author, each.committer)]
        with self.database.read() as connection:
            pushers = registry.pushers_of(
                connection, self.repository.id, (*commits, self.pull.head_sha)
            )
        return frozenset(each.id for each in (*people, *pushers) if each is not None)

    @cached_property
    def listed_head(self) -> Sha:
        """The head as git has it, the other of GitHub's two answers (T30)."""
        return self.reading.tips.head


@dataclass(frozen=True)
class Ground:
    """A repository without a pull request: its default branch, the policy there, and its issues."""

    repository: RepositoryRef
    reader: GitHubReader
    chat: Chat
    issues: Issues
    reading: ChangeReading
    policy: LoadedPolicy

    @cached_property
    def deployments(self) -> DeploymentPolicy | None:
        """The policy's section; None when the policy cannot be used."""
        value = self.policy.value
        return value.deployments if isinstance(value, Policy) else None

    @cached_property
    def roll(self) -> Roll:
        """The people of the policy; a policy that cannot be used grants nobody anything."""
        return Roll(self.reader, self.deployments or DeploymentPolicy())


@dataclass(frozen=True, slots=True)
class Stage:
    """Opens scenes."""

    github: GitHub
    changes: ChangeReader
    database: Database
    metrics: Metrics | None = None

    @contextmanager
    def open(self, repository: RepositoryRef, number: int) -> Iterator[Scene | None]:
        """Read a pull request and open the repository; None when there is no such pull request.

        Raises GitError when git cannot be read, which is tried again later.
        """
        reader = self.github.reader(repository)
        try:
            pull = reader.pull_request(number)
        except NotFoundError:
            yield None
            return
        access, head = reader.git_access(), f"refs/pull/{number}/head"
        with self.changes.open(repository.id, access, pull.default_branch, head) as reading:
            yield Scene(
                repository=repository,
                reader=reader,
                chat=self.github.chat(repository),
                deploys=self.github.deploys(repository),
                pull=pull,
                reading=reading,
                policy=read_policy(reading.policy_files()),
                database=self.database,
                app_id=self.github.numeric_id,
                metrics=self.metrics,
            )

    @contextmanager
    def ground(
        self, repository: RepositoryRef, branch: str, also: Sequence[Sha] = ()
    ) -> Iterator[Ground]:
        """Open a repository at the tip of its default branch, with some older commits.

        Raises GitError when git cannot be read, which is tried again later.
        """
        reader = self.github.reader(repository)
        access, head = reader.git_access(), f"refs/heads/{branch}"
        with self.changes.open(repository.id, access, branch, head, also) as reading:
            yield Ground(
                repository=repository,
                reader=reader,
                chat=self.github.chat(repository),
                issues=self.github.issues(repository),
                reading=reading,
                policy=read_policy(reading.policy_files()),
            )

    @contextmanager
    def beside(
        self, repository: RepositoryRef, branch: str, issue_number: int
    ) -> Iterator[Scene | None]:
        """Open a repository for a comment on an issue that no pull request belongs to."""
        with self.ground(repository, branch) as ground:
            tip = ground.reading.tips.head
            standing_in = PullRequestReading(
                pull_request=PullRequest(issue_number, "", None, branch, repository.id),
                base_ref=branch,
                head_sha=tip,
                default_branch=branch,
                full_name=repository.full_name,
                opened_at=None,
            )
            yield Scene(
                repository=repository,
                reader=ground.reader,
                chat=ground.chat,
                deploys=self.github.deploys(repository),
                pull=standing_in,
                reading=ground.reading,
                policy=ground.policy,
                database=self.database,
                app_id=self.github.numeric_id,
                stands_in=True,
            )
