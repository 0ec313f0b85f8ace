"""Reads one repository into facts; every list is read to its end or an error is raised."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from app.core.facts import (
    Account,
    AccountKind,
    CheckRun,
    Checks,
    CheckSuite,
    CommitStatus,
    Grant,
    History,
    Membership,
    PullRequest,
    Resolution,
    Review,
    Sha,
    Sibling,
    WorkflowRun,
)
from app.errors import NotFoundError
from app.github.client import Client
from app.ports import (
    Authorship,
    CheckQuery,
    CheckSaid,
    ChecksReading,
    GitAccess,
    ListedFile,
    OwnRun,
    PullRequestReading,
    RepositoryRef,
)

Json = Mapping[str, Any]
_BASE_CHANGES = ("base_ref_changed", "automatic_base_change_succeeded")
_KINDS = {
    "User": AccountKind.USER,
    "Bot": AccountKind.BOT,
    "Organization": AccountKind.ORGANIZATION,
    "Mannequin": AccountKind.MANNEQUIN,
}
# The API shows deleted accounts as this user.
_GHOST_ID = 10137


def moment(text: str | None) -> datetime | None:
    """Read GitHub's ISO 8601 moments."""
    return datetime.fromisoformat(text) if text else None


def account(found: Json | None) -> Account | None:
    """Read an account; deleted accounts (null or "ghost") are nobody."""
    if not found or not found.get("id") or found["id"] == _GHOST_ID:
        return None
    kind = _KINDS.get(found.get("type", ""), AccountKind.UNKNOWN)
    return Account(found["id"], found["login"], kind)


def _segment(text: str) -> str:
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class Reader:
    """One repository through one installation's client."""

    client: Client
    repository: RepositoryRef
    app_id: int
    clone_url: str
    token: str = field(repr=False)

    @property
    def _root(self) -> str:
        return f"/repos/{self.repository.full_name}"

    def pull_request(self, number: int) -> PullRequestReading:
        """Return the pull request as it is now."""
        found = self.client.get(f"{self._root}/pulls/{number}")
        if found["base"]["repo"]["id"] != self.repository.id:
            name = self.repository.full_name
            raise NotFoundError(f"another repository is called {name} now", HTTPStatus.NOT_FOUND)
        return _reading(found)

    def branch_tip(self, name: str) -> Sha | None:
        """Return what a branch points at; None when it is gone."""
        try:
            found = self.client.get(f"{self._root}/branches/{_segment(name)}")
        except NotFoundError:
            return None
        return Sha(found["commit"]["sha"])

    def open_pull_requests(self, base_ref: str | None = None) -> tuple[PullRequestReading, ...]:
        """Return all open pull requests, those of one base if given."""
        wanted = {"base": base_ref} if base_ref else {}
        found = self.client.pages(f"{self._root}/pulls", state="open", **wanted)
        ours = self.repository.id
        return tuple(_reading(item) for item in found if item["base"]["repo"]["id"] == ours)

    def has_branch(self, name: str) -> bool:
        """Tell whether the branch is still there."""
        return self.branch_tip(name) is not None

    def queue_branches(self, base_ref: str) -> Mapping[str, Sha]:
        """Return the temporary branches of a base's merge queue, with what they point at."""
        start = f"gh-readonly-queue/{quote(base_ref, safe='/')}/"
        found = self.client.pages(f"{self._root}/git/matching-refs/heads/{start}")
        return {
            item["ref"].removeprefix("refs/heads/"): Sha(item["object"]["sha"]) for item in found
        }

    def history(self, number: int) -> History:
        """Return when the base was last changed."""
        events = self.client.pages(f"{self._root}/issues/{number}/events")
        changed = [event["created_at"] for event in events if event["event"] in _BASE_CHANGES]
        return History(base_changed_at=moment(max(changed, default=None)))

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Return every submitted review, all pages."""
        found = self.client.pages(f"{self._root}/pulls/{number}/reviews")
        return tuple(_review(item) for item in found)

    def checks(self, head: Sha, query: CheckQuery) -> ChecksReading:
        """Return runs of all suites and all statuses of a commit; ours apart, by app id."""
        statuses = tuple(self.client.pages(f"{self._root}/commits/{head}/statuses"))
        runs = self._runs(head, query.apps)
        absent = _absent(query.names, runs, statuses)
        if absent and query.apps is not None:
            # Somebody else may have posted the wanted name: people should be told so.
            runs = self._runs(head, None)
        workflows = query.workflows or absent or _is_ambiguous(runs)
        suites, workflow_runs = self._workflows(head) if workflows else ((), ())
        foreign = [run for run in runs if _app_id(run) != self.app_id]
        return ChecksReading(
            Checks(
                runs=tuple(_check_run(run, workflow_runs) for run in foreign),
                statuses=tuple(_status(item, head) for item in statuses),
                suites=suites,
                workflow_runs=workflow_runs,
            ),
            tuple(_own_run(run) for run in runs if _app_id(run) == self.app_id),
        )

    def _runs(self, head: Sha, apps: tuple[int, ...] | None) -> list[Json]:
        """Return check runs; asking by app leaves out our own, which change with every verdict."""
        path = f"{self._root}/commits/{head}/check-runs"
        if apps is None:
            return list(self.client.pages(path, "check_runs", filter="all"))
        return [
            run
            for app in apps
            for run in self.client.pages(path, "check_runs", filter="all", app_id=app)
        ]

    def _workflows(self, head: Sha) -> tuple[tuple[CheckSuite, ...], tuple[WorkflowRun, ...]]:
        suites = self.client.pages(f"{self._root}/commits/{head}/check-suites", "check_suites")
        runs = self.client.pages(f"{self._root}/actions/runs", "workflow_runs", head_sha=head)
        foreign = (suite for suite in suites if _app_id(suite) != self.app_id)
        return tuple(map(_suite, foreign)), tuple(map(_workflow_run, runs))

    def said_by_checks(self, head: Sha, name: str, app_id: int) -> tuple[CheckSaid, ...]:
        """Return what an app's check runs of a name say of a commit, the newest first."""
        path = f"{self._root}/commits/{head}/check-runs"
        asked: dict[str, str | int] = {"check_name": name, "app_id": app_id, "filter": "latest"}
        found = [_check_said(run) for run in self.client.pages(path, "check_runs", **asked)]
        return tuple(sorted(found, key=lambda each: each.id, reverse=True))

    def authorship(self, base: Sha, head: Sha) -> Mapping[str, Authorship]:
        """Return the accounts behind the commits between base and head, by commit."""
        found = self.client.pages(f"{self._root}/compare/{base}...{head}", "commits")
        return {
            item["sha"]: Authorship(
                account(item["author"]),
                account(item["committer"]),
                bool((item["commit"].get("verification") or {}).get("verified")),
            )
            for item in found
        }

    def grants(self, accounts: Sequence[Account]) -> tuple[Grant, ...]:
        """Return what each account may do in the repository now."""
        return tuple(self._grant(person) for person in accounts)

    def _grant(self, person: Account) -> Grant:
        path = f"{self._root}/collaborators/{_segment(person.login)}/permission"
        try:
            found = self.client.get(path)
        except NotFoundError:
            return Grant(person.id, "none")
        if (found.get("user") or {}).get("id") != person.id:
            return Grant(person.id, "none", "the login belongs to another account now")
        return Grant(person.id, found["permission"], found.get("role_name") or "")

    def memberships(self, team: str, accounts: Sequence[Account]) -> tuple[Membership, ...]:
        """Return each account's membership state; GitHub counts child teams in."""
        return tuple(
            Membership(team, person.id, self._membership(team, person)) for person in accounts
        )

    def _membership(self, team: str, person: Account) -> str:
        path = f"{self._team(team)}/memberships/{_segment(person.login)}"
        try:
            return str(self.client.get(path)["state"])
        except NotFoundError:
            return "none"

    def _team(self, slug: str) -> str:
        owner = self.repository.full_name.partition("/")[0]
        return f"/orgs/{owner}/teams/{_segment(slug)}"

    def resolve(self, kind: str, names: Sequence[str]) -> tuple[Resolution, ...]:
        """Return the numeric ids behind logins (`user`) or team slugs (`team`)."""
        return tuple(Resolution(kind, name, self._id_of(kind, name)) for name in names)

    def _id_of(self, kind: str, name: str) -> int | None:
        path = self._team(name) if kind == "team" else f"/users/{_segment(name)}"
        try:
            return int(self.client.get(path)["id"])
        except NotFoundError:
            return None

    def siblings(self, head: Sha) -> tuple[Sibling, ...]:
        """Return this repository's open pull requests with exactly this head."""
        found = self.client.pages(f"{self._root}/commits/{head}/pulls")
        return tuple(
            Sibling(item["number"], item["base"]["ref"])
            for item in found
            if item["state"] == "open"
            and item["head"]["sha"] == head
            and item["base"]["repo"]["id"] == self.repository.id
        )

    def files(self, number: int) -> tuple[ListedFile, ...]:
        """Return the changed files as the API lists them, which ends at 3,000."""
        found = self.client.pages(f"{self._root}/pulls/{number}/files")
        return tuple(_listed(item) for item in found)

    def git_access(self) -> GitAccess:
        """Return where and how to fetch the repository's objects."""
        return GitAccess(f"{self.clone_url}/{self.repository.full_name}.git", self.token)


def _reading(found: Json) -> PullRequestReading:
    head, base = found["head"], found["base"]
    return PullRequestReading(
        pull_request=_pull_request(found),
        base_ref=base["ref"],
        head_sha=Sha(head["sha"]),
        default_branch=base["repo"]["default_branch"],
        full_name=base["repo"]["full_name"],
        opened_at=moment(found["created_at"]),
        updated_at=moment(found.get("updated_at")),
        commits=found.get("commits"),
    )


def _pull_request(found: Json) -> PullRequest:
    head_repository = found["head"]["repo"]
    return PullRequest(
        number=found["number"],
        title=found["title"],
        author=account(found["user"]),
        head_ref=found["head"]["ref"],
        head_repository_id=head_repository["id"] if head_repository else None,
        is_open=found["state"] == "open",
        is_merged=bool(found.get("merged_at")),
        is_draft=bool(found.get("draft")),
        mergeable=found.get("mergeable"),
        changed_files=found.get("changed_files"),
        labels=tuple(sorted(label["name"] for label in found["labels"])),
    )


def _review(found: Json) -> Review:
    commit = found.get("commit_id")
    return Review(
        id=found["id"],
        author=account(found["user"]),
        state=found["state"].upper(),
        commit=Sha(commit) if commit else None,
        submitted_at=moment(found.get("submitted_at")),
    )


def _absent(names: Iterable[str], runs: Iterable[Json], statuses: Iterable[Json]) -> bool:
    """Tell whether nothing was reported under one of the wanted names."""
    reported = {run["name"] for run in runs} | {status["context"] for status in statuses}
    return any(not any(_matches(wanted, name) for name in reported) for wanted in names)


def _matches(wanted: str, name: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in wanted.split("*"))
    return re.fullmatch(pattern, name, re.IGNORECASE | re.DOTALL) is not None


def _is_ambiguous(runs: Iterable[Json]) -> bool:
    """Tell whether one name of one app comes from several suites, so that origins matter."""
    suites: dict[tuple[int, str], set[int | None]] = {}
    for run in runs:
        suite = (run.get("check_suite") or {}).get("id")
        suites.setdefault((_app_id(run), run["name"]), set()).add(suite)
    return any(len(each) > 1 for each in suites.values())


def _app_id(found: Json) -> int:
    return (found.get("app") or {}).get("id") or 0


def _check_run(found: Json, workflow_runs: Iterable[WorkflowRun]) -> CheckRun:
    suite = (found.get("check_suite") or {}).get("id")
    origin = next((run for run in workflow_runs if suite and run.suite_id == suite), None)
    return CheckRun(
        id=found["id"],
        name=found["name"],
        app_id=_app_id(found),
        app_slug=(found.get("app") or {}).get("slug") or "",
        status=found["status"],
        conclusion=found["conclusion"],
        head_sha=Sha(found["head_sha"]),
        suite_id=suite,
        started_at=moment(found["started_at"]),
        completed_at=moment(found["completed_at"]),
        workflow=origin.path if origin else None,
        event=origin.event if origin else None,
    )


def _check_said(found: Json) -> CheckSaid:
    output = found.get("output") or {}
    parts = (output.get("summary"), output.get("text"))
    return CheckSaid(
        id=found["id"],
        head_sha=Sha(found["head_sha"]),
        conclusion=found["conclusion"],
        completed_at=moment(found["completed_at"]),
        text="\n\n".join(part for part in parts if part),
    )


def _own_run(found: Json) -> OwnRun:
    return OwnRun(
        id=found["id"],
        name=found["name"],
        external_id=found.get("external_id") or "",
        status=found["status"],
        conclusion=found["conclusion"],
    )


def _status(found: Json, head: Sha) -> CommitStatus:
    return CommitStatus(
        id=found["id"],
        context=found["context"],
        state=found["state"],
        creator=account(found["creator"]),
        head_sha=head,
        created_at=moment(found["created_at"]),
    )


def _suite(found: Json) -> CheckSuite:
    return CheckSuite(
        id=found["id"],
        app_id=_app_id(found),
        status=found["status"] or "",
        conclusion=found["conclusion"],
        created_at=moment(found["created_at"]),
        runs=found.get("latest_check_runs_count"),
    )


def _workflow_run(found: Json) -> WorkflowRun:
    return WorkflowRun(
        id=found["id"],
        suite_id=found.get("check_suite_id"),
        path=found["path"],
        event=found["event"],
        status=found["status"] or "",
        conclusion=found["conclusion"],
    )


def _listed(found: Json) -> ListedFile:
    return ListedFile(
        filename=found["filename"],
        status=found["status"],
        additions=found["additions"],
        deletions=found["deletions"],
        previous_filename=found.get("previous_filename"),
        sha=found.get("sha"),
        patch=found.get("patch"),
    )
