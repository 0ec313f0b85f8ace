"""Reads everything a verdict needs about one pull request; what fails becomes a named gap."""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from app.core.compliance.architecture import documents_needed
from app.core.decide import GATES
from app.core.facts import (
    Account,
    AccountKind,
    Checks,
    Commit,
    Facts,
    Gap,
    Grant,
    History,
    Membership,
    Part,
    Resolution,
    Review,
    Sha,
    Sibling,
    Subject,
)
from app.core.judge import parts_needed
from app.core.policy.model import Approvers, Policy
from app.core.policy.problem import PolicyProblem
from app.core.verdict import GateName
from app.errors import GitError, GitHubUnavailableError
from app.ports import (
    Authorship,
    ChangeReader,
    ChangeReading,
    CheckQuery,
    ChecksReading,
    Clock,
    GitHubReader,
    PullRequestReading,
    Reading,
    RepositoryRef,
)
from app.service.contributors import Contributors
from app.service.gaps import Gaps
from app.service.policies import LoadedPolicy, read_policy, read_policy_at
from app.store import registry
from app.store.database import Database
from app.store.registry import KnownPullRequest

# The numeric id of the App that runs GitHub Actions on github.com.
GITHUB_ACTIONS = 15368
_STARTING = timedelta(minutes=2)
_OPINIONS = ("APPROVED", "CHANGES_REQUESTED")


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts about one head under the policy of its base."""

    facts: Facts
    policy: LoadedPolicy


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Reads pull requests; everything is read fresh, payloads are only hints."""

    github: Reading
    changes: ChangeReader
    database: Database
    now: Clock
    email_key: bytes
    remedy: Callable[[RepositoryRef, Part], str]
    gates: Collection[GateName] = tuple(GATES)
    config: str | None = None

    def gaps(self, repository: RepositoryRef) -> Gaps:
        """Return an empty collection of what cannot be read of a repository."""
        return Gaps(partial(self.remedy, repository))

    def policy(self, reading: ChangeReading) -> LoadedPolicy:
        """Load the policy of the base: the one at its own place, or the one that `config` names."""
        if self.config is None:
            return read_policy(reading.policy_files())
        return read_policy_at(self.config, reading.policy_files((self.config,)))

    def pull_request(self, repository: RepositoryRef, number: int) -> PullRequestReading:
        """Read the pull request and remember its head; raises NotFoundError when it is gone."""
        pull = self.github.reader(repository).pull_request(number)
        seen = KnownPullRequest(
            number=number,
            head_sha=pull.head_sha,
            base_ref=pull.base_ref,
            is_open=pull.pull_request.is_open,
            head_seen_at=self.now(),
            verdict_id=None,
        )
        with self.database.write() as connection:
            registry.remember_pull_request(connection, repository.id, seen)
        return pull

    def gather(self, repository: RepositoryRef, pull: PullRequestReading) -> Gathered:
        """Read all facts about the pull request's head as it was just read.

        Raises GitHubUnavailableError when git and the API do not agree on the head yet.
        """
        gaps = self.gaps(repository)
        reader = self.github.reader(repository)
        number = pull.pull_request.number
        reviews = gaps.attempt(Part.REVIEWS, partial(reader.reviews, number), ())
        reviewed = _older_commits(reviews, pull.head_sha)
        with ExitStack() as opened:
            reading = self._open(opened, repository, pull, reviewed)
            if reading.tips.head != pull.head_sha:
                raise GitHubUnavailableError(
                    "git and the API name different heads; one of them lags behind"
                )
            policy = self.policy(reading)
            job = _Reading(self, repository, reader, reading, pull, gaps, reviews, policy.value)
            return Gathered(job.facts(reviewed), policy)

    def _open(
        self,
        opened: ExitStack,
        repository: RepositoryRef,
        pull: PullRequestReading,
        reviewed: Sequence[Sha],
    ) -> ChangeReading:
        """Open the repository by git; where git fails, by the API with its limits."""
        access = self.github.reader(repository).git_access()
        head_ref = f"refs/pull/{pull.pull_request.number}/head"
        context = self.changes.open(repository.id, access, pull.base_ref, head_ref, reviewed)
        try:
            return opened.enter_context(context)
        except GitError as error:
            return self.github.without_git(repository, pull, str(error))


def _older_commits(reviews: Sequence[Review], head: Sha) -> tuple[Sha, ...]:
    """Return the commits other than the head that somebody approved."""
    approved = {review.commit for review in reviews if review.state == "APPROVED"}
    return tuple(sorted(commit for commit in approved if commit and commit != head))


def opinionated(reviews: Sequence[Review]) -> tuple[Account, ...]:
    """Return the people whose rights decide whether their review counts, by id."""
    people = {
        review.author.id: review.author
        for review in reviews
        if review.author is not None
        and review.author.kind is AccountKind.USER
        and review.state in _OPINIONS
    }
    return tuple(people[key] for key in sorted(people))


def named(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the logins and team slugs that the policy names, by kind."""
    users: set[str] = set()
    teams: set[str] = set()
    waiting: list[Approvers] = [rule.by for rule in policy.gates.approval.rules]
    while waiting:
        by = waiting.pop()
        users.update(by.users)
        teams.update(by.teams)
        waiting.extend(by.any_of)
    return {"user": tuple(sorted(users)), "team": tuple(sorted(teams))}


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading in progress: which parts are needed and where they come from."""

    gatherer: Gatherer
    repository: RepositoryRef
    reader: GitHubReader
    reading: ChangeReading
    pull: PullRequestReading
    gaps: Gaps
    reviews: tuple[Review, ...]
    policy: Policy | PolicyProblem

    def facts(self, reviewed: Sequence[Sha]) -> Facts:
        """Read what the policy needs, and nothing else."""
        plain = Facts(
            subject=self._subject(),
            default_branch=self.pull.default_branch,
            pull_request=self.pull.pull_request,
            reviews=self.reviews,
            siblings=self._siblings(),
            gaps=(),
        )
        if isinstance(self.policy, Policy):
            plain = self._complete(plain, self.policy, reviewed)
        return replace(plain, gaps=tuple(self.gaps.found))

    def _subject(self) -> Subject:
        return Subject(
            repository_id=self.repository.id,
            repository=self.pull.full_name,
            pull_request=self.pull.pull_request.number,
            base_ref=self.pull.base_ref,
            base_sha=self.reading.tips.base,
            merge_base=self.reading.merge_base,
            head_sha=self.pull.head_sha,
        )

    def _complete(self, plain: Facts, policy: Policy, reviewed: Sequence[Sha]) -> Facts:
        wanted = parts_needed(policy, self.gatherer.gates)
        history = self._history(wanted)
        commits = self._commits()
        changes, change_gaps = self.reading.changes()
        texts = documents_needed(policy) if Part.DOCUMENTS in wanted else ()
        documents, document_gaps = self.reading.documents(texts)
        secrets, secret_gaps = self.reading.secrets() if Part.SECRETS in wanted else (None, ())
        audited = Part.WORKFLOW_AUDIT in wanted
        audit, audit_gaps = self.reading.workflow_audit() if audited else (None, ())
        self.gaps.add((*change_gaps, *document_gaps, *secret_gaps, *audit_gaps))
        return replace(
            plain,
            history=history,
            commits=commits,
            pushers=self._pushers(tuple(commit.sha for commit in commits)),
            changes=changes,
            documents=documents,
            grants=self._grants(wanted),
            memberships=self._memberships(policy) if Part.TEAMS in wanted else (),
            directory=self._directory(policy) if Part.DIRECTORY in wanted else (),
            checks=self._checks(wanted, policy, history),
            divergence=self.reading.divergence(),
            carries=self.reading.carries(reviewed),
            secrets=secrets,
            workflow_audit=audit,
        )

    def _siblings(self) -> tuple[Sibling, ...]:
        number = self.pull.pull_request.number
        found: tuple[Sibling, ...] = ()
        if self._is_new_head(number):
            read = partial(self.reader.siblings, self.pull.head_sha)
            missing = len(self.gaps.found)
            found = self.gaps.attempt(Part.SIBLINGS, read, ())
            if len(self.gaps.found) == missing:
                self._note_siblings(number)
        others = {sibling.number: sibling for sibling in found if sibling.number != number}
        with self.gatherer.database.read() as connection:
            known = registry.open_with_head(connection, self.repository.id, self.pull.head_sha)
        for pull in known:
            if pull.number != number:
                others.setdefault(pull.number, Sibling(pull.number, pull.base_ref))
        return tuple(others[key] for key in sorted(others))

    def _is_new_head(self, number: int) -> bool:
        """Tell whether the siblings of this head were never read in full."""
        with self.gatherer.database.read() as connection:
            known = registry.known_pull_request(connection, self.repository.id, number)
        return known is None or known.siblings_of != self.pull.head_sha

    def _note_siblings(self, number: int) -> None:
        head = self.pull.head_sha
        with self.gatherer.database.write() as connection:
            registry.set_siblings_read(connection, self.repository.id, number, head)

    def _commits(self) -> tuple[Commit, ...]:
        texts = self.reading.commits()
        base, head = self.reading.tips.base, self.pull.head_sha
        nobody: dict[str, Authorship] = {}
        read = partial(self.reader.authorship, base, head)
        authorship = self.gaps.attempt(Part.AUTHORSHIP, read, nobody)
        if any(text.sha not in authorship for text in texts):
            detail = "GitHub does not name the accounts behind every commit"
            self.gaps.add([Gap(Part.AUTHORSHIP, "AUTHORS_INCOMPLETE", detail)])
        return Contributors(self.gatherer.email_key, authorship, self._is_account).commits(texts)

    def _is_account(self, account: Account) -> bool:
        """Tell whether the login behind an address belongs to that id, by GitHub's own word."""
        read = partial(self.reader.resolve, "user", (account.login,))
        found = self.gaps.attempt(Part.AUTHORSHIP, read, ())
        return any(each.id == account.id for each in found)

    def _pushers(self, commits: tuple[Sha, ...]) -> tuple[Account, ...]:
        with self.gatherer.database.read() as connection:
            return registry.pushers_of(connection, self.repository.id, commits)

    def _history(self, wanted: frozenset[Part]) -> History:
        number = self.pull.pull_request.number
        with self.gatherer.database.read() as connection:
            known = registry.known_pull_request(connection, self.repository.id, number)
        seen = known.head_seen_at if known else self.gatherer.now()
        found = History()
        if Part.HISTORY in wanted:
            found = self.gaps.attempt(Part.HISTORY, partial(self.reader.history, number), found)
        return replace(found, opened_at=self.pull.opened_at, head_seen_at=seen)

    def _grants(self, wanted: frozenset[Part]) -> tuple[Grant, ...]:
        people = opinionated(self.reviews) if Part.PERMISSIONS in wanted else ()
        return self.gaps.attempt(Part.PERMISSIONS, partial(self.reader.grants, people), ())

    def _memberships(self, policy: Policy) -> tuple[Membership, ...]:
        people = opinionated(self.reviews)
        found: tuple[Membership, ...] = ()
        for team in named(policy)["team"]:
            read = partial(self.reader.memberships, team, people)
            found += self.gaps.attempt(Part.TEAMS, read, ())
        return found

    def _directory(self, policy: Policy) -> tuple[Resolution, ...]:
        found: tuple[Resolution, ...] = ()
        for kind, names in named(policy).items():
            read = partial(self.reader.resolve, kind, names)
            found += self.gaps.attempt(Part.DIRECTORY, read, ())
        return found

    def _checks(self, wanted: frozenset[Part], policy: Policy, history: History) -> Checks:
        if Part.CHECKS not in wanted:
            return Checks()
        query = check_query(policy)
        seen = history.head_seen_at or self.gatherer.now()
        if self.gatherer.now() - seen < _STARTING:
            # Checks that are absent just after a push need no explanation yet.
            query = replace(query, names=())
        read = partial(self.reader.checks, self.pull.head_sha, query)
        return self.gaps.attempt(Part.CHECKS, read, ChecksReading(Checks(), ())).checks


def check_query(policy: Policy) -> CheckQuery:
    """Return which checks the policy's CI gate looks at."""
    ci = policy.gates.ci
    ids = [_known_app(entry.app) for entry in ci.required]
    only_runs = all(entry.kind != "status" and entry.creator is None for entry in ci.required)
    pinned = only_runs and not ci.all and all(ids)
    return CheckQuery(
        apps=tuple(sorted({each for each in ids if each})) if pinned else None,
        names=tuple(entry.name for entry in ci.required if entry.when is None),
        workflows=ci.all
        or ci.modified_workflow != "ignore"
        or any(entry.workflow or entry.event for entry in ci.required),
    )


def _known_app(app: str | int | None) -> int | None:
    return GITHUB_ACTIONS if app == "github-actions" else app if isinstance(app, int) else None
