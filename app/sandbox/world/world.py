"""The whole state of the sandbox, with the look-ups that everything uses."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from app.sandbox.world.accounts import Account, Team, at_least, higher
from app.sandbox.world.apps import App, Installation, InstallationToken
from app.sandbox.world.events import Event
from app.sandbox.world.pulls import Pull
from app.sandbox.world.repos import Repo

# Ids of different kinds never meet, so that a mix-up is a 404 and not a lucky hit.
_FIRST_IDS = {
    "app": 4201,
    "team": 31_001,
    "hook": 51_001,
    "environment": 161_001,
    "account": 201_001,
    "ruleset": 301_001,
    "repo": 701_001,
    "workflow": 801_001,
    "installation": 901_001,
    "deployment": 11_000_001,
    "deployment_status": 12_000_001,
    "pull": 1_301_000_001,
    "issue": 1_401_000_001,
    "comment": 1_501_000_001,
    "reaction": 1_601_000_001,
    "review": 1_701_000_001,
    "review_comment": 1_801_000_001,
    "label": 1_901_000_001,
    "status": 2_101_000_001,
    "issue_event": 2_201_000_001,
    "suite": 22_001_000_001,
    "check_run": 33_001_000_001,
    "workflow_run": 44_001_000_001,
    "delivery": 55_001_000_001,
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _nobody_listens(_: Event) -> None:
    """Events of a world without webhooks."""


@dataclass(slots=True)
class Options:
    """Behaviour of GitHub that comes and goes, under the control of a test."""

    lazy_mergeable: bool = False


@dataclass(eq=False)
class World:
    """Everything that exists; hold `lock` while reading or changing it."""

    directory: Path
    clock: Callable[[], datetime] = _utc_now
    base_url: str = "http://127.0.0.1"
    lock: threading.RLock = field(default_factory=threading.RLock)
    options: Options = field(default_factory=Options)
    accounts: dict[int, Account] = field(default_factory=dict)
    repos: dict[int, Repo] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    user_tokens: dict[str, Account] = field(default_factory=dict)
    app_tokens: dict[str, InstallationToken] = field(default_factory=dict)
    manifests: dict[str, App] = field(default_factory=dict)
    former_names: dict[str, int] = field(default_factory=dict)
    emit: Callable[[Event], None] = _nobody_listens
    _skew: timedelta = timedelta()
    _ids: dict[str, Iterator[int]] = field(
        default_factory=lambda: {kind: count(first) for kind, first in _FIRST_IDS.items()}
    )

    @cached_property
    def actions_key(self) -> RSAPrivateKey:
        """The key with which workflow runs' tokens are signed; made when it is first needed."""
        return generate_private_key(public_exponent=65537, key_size=2048)

    def now(self) -> datetime:
        """Return the present, in whole seconds as GitHub's timestamps are."""
        return (self.clock() + self._skew).replace(microsecond=0)

    def advance(self, by: timedelta) -> None:
        """Let time pass without waiting: tokens expire, limits reset."""
        self._skew += by

    def new_id(self, kind: str) -> int:
        """Return the next id of a kind."""
        return next(self._ids[kind])

    # -- look-ups

    def account(self, login: str) -> Account | None:
        """Find an account by login; case does not matter."""
        wanted = login.lower()
        return next((a for a in self.accounts.values() if a.login.lower() == wanted), None)

    def repo(self, full_name: str) -> Repo | None:
        """Find a repository by its present `owner/name`; case does not matter."""
        wanted = full_name.lower()
        return next((r for r in self.repos.values() if r.full_name.lower() == wanted), None)

    def team(self, org: Account, slug: str) -> Team | None:
        """Find a team of an organisation."""
        return org.teams.get(slug.lower())

    def app_by_key(self, issuer: str) -> App | None:
        """Find an App by id or client id, as the `iss` of its tokens names it."""
        return next((a for a in self.apps.values() if issuer in (str(a.id), a.client_id)), None)

    def app_of(self, account: Account) -> App | None:
        """Return the App behind a bot account."""
        return next((app for app in self.apps.values() if app.bot is account), None)

    def installations_for(self, repo: Repo) -> list[Installation]:
        """Installations, suspended ones too, that cover a repository."""
        return [i for i in self.installations.values() if covers(i, repo)]

    def pulls_from(self, repo: Repo, branch: str) -> list[tuple[Repo, Pull]]:
        """Open pull requests anywhere whose head is this branch."""
        return [
            (base, pull)
            for base in self.repos.values()
            for pull in base.open_pulls()
            if pull.head_repo_id == repo.id and pull.head_ref == branch
        ]

    # -- rights

    def role(self, repo: Repo, account: Account) -> str:
        """Return the best of what owner, organisation, teams and collaboration give."""
        best = "none" if repo.private else "read"
        if repo.owner is account:
            return "admin"
        if repo.owner.is_org:
            best = higher(best, self._org_role(repo, account))
        return higher(best, repo.collaborators.get(account.id, "none"))

    def _org_role(self, repo: Repo, account: Account) -> str:
        seat = repo.owner.members.get(account.id)
        if seat is None or seat.state != "active":
            return "none"
        best = "admin" if seat.role == "admin" else repo.owner.base_role
        for team in repo.owner.teams.values():
            place = team.members.get(account.id)
            if place is not None and place.state == "active":
                for level in team.line():
                    best = higher(best, level.repos.get(repo.id, "none"))
        return best

    def can(self, repo: Repo, account: Account, wanted: str) -> bool:
        """Whether an account has at least a role."""
        return at_least(self.role(repo, account), wanted)


def covers(installation: Installation, repo: Repo) -> bool:
    """Whether an installation includes a repository."""
    if installation.deleted or repo.owner is not installation.account:
        return False
    return installation.selected is None or repo.id in installation.selected
