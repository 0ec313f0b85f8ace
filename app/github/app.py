"""GitHub seen by this App: installations, tokens, and a client for each thread."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from github import Auth
from typing_extensions import override

from app.errors import NotFoundError
from app.github.chat import IssueChat
from app.github.checks import Checks
from app.github.client import Client, Shared
from app.github.deployments import Deployments
from app.github.fallback import ApiReading
from app.github.issues import RepositoryIssues
from app.github.reader import Reader
from app.github.tokens import AppKey, InstallationToken, TokenSource
from app.ports import (
    Access,
    DeliverySeen,
    InstallationSeen,
    PullRequestReading,
    RepositoryRef,
    RepositorySeen,
)


class _JwtAuth(Auth.JWT):
    """Makes a fresh JWT for each request from a key that was parsed once."""

    def __init__(self, key: AppKey) -> None:
        self._key = key

    @property
    @override
    def token_type(self) -> str:
        return "Bearer"

    @property
    @override
    def token(self) -> str:
        return self._key.token()


@dataclass(slots=True)
class GitHubApp:
    """The App's own view of GitHub; safe to share between threads."""

    shared: Shared
    key: AppKey
    clone_url: str
    _about: dict[str, Any] = field(default_factory=dict)
    _tokens: TokenSource = field(init=False)
    _local: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        """Let the token cache ask this App."""
        self._tokens = TokenSource(self._new_token, self.shared.now)

    def reader(self, repository: RepositoryRef) -> Reader:
        """Return a reader bound to one repository, for use on the calling thread."""
        token = self._tokens.get(repository.installation_id)
        client = self._client(repository.installation_id, token)
        return Reader(client, repository, self.numeric_id, self.clone_url, token.value)

    def without_git(
        self, repository: RepositoryRef, pull: PullRequestReading, why: str
    ) -> ApiReading:
        """Return what the API alone can tell about a change, for when git fails."""
        return ApiReading(self.reader(repository), pull, why)

    def sink(self, repository: RepositoryRef) -> Checks:
        """Return the writer of check runs of one repository."""
        token = self._tokens.get(repository.installation_id)
        client = self._client(repository.installation_id, token)
        return Checks(client, repository, self.numeric_id)

    def chat(self, repository: RepositoryRef) -> IssueChat:
        """Return the conversations of one repository."""
        token = self._tokens.get(repository.installation_id)
        client = self._client(repository.installation_id, token)
        return IssueChat(client, repository, self.numeric_id)

    def deploys(self, repository: RepositoryRef) -> Deployments:
        """Return the deployments of one repository."""
        token = self._tokens.get(repository.installation_id)
        client = self._client(repository.installation_id, token)
        return Deployments(client, repository, self.numeric_id)

    def issues(self, repository: RepositoryRef) -> RepositoryIssues:
        """Return the issues of one repository."""
        token = self._tokens.get(repository.installation_id)
        client = self._client(repository.installation_id, token)
        return RepositoryIssues(client, repository, self.numeric_id)

    def granted(self, installation_id: int) -> dict[str, str]:
        """Return the permissions of the installation's present token."""
        return dict(self._tokens.get(installation_id).permissions)

    def forget(self, installation_id: int) -> None:
        """Drop the installation's token, because it was suspended or its rights changed."""
        self._tokens.drop(installation_id)

    def installation_access(self, installation_id: int) -> Access:
        """Tell whether the installation is there and not suspended."""
        try:
            found = self._app_client().get(f"/app/installations/{installation_id}")
        except NotFoundError:
            return Access.UNINSTALLED
        return Access.SUSPENDED if found.get("suspended_at") else Access.OPEN

    def repository_access(self, repository: RepositoryRef) -> Access:
        """Tell whether the repository is there and covered by its installation."""
        access = self.installation_access(repository.installation_id)
        if access is Access.OPEN and not self._is_covered(repository):
            return Access.REPOSITORY_LOST
        return access

    def _is_covered(self, repository: RepositoryRef) -> bool:
        """Ask the App too: a public repository is readable through any installation."""
        token = self._tokens.get(repository.installation_id)
        client = self._client(repository.installation_id, token)
        try:
            found = client.get(f"/repos/{repository.full_name}")
            through = self._app_client().get(f"/repos/{found['full_name']}/installation")
        except NotFoundError:
            return False
        ids = (repository.id, repository.installation_id)
        return (found["id"], through["id"]) == ids

    @property
    def numeric_id(self) -> int:
        """Return the App's numeric id, which checks carry; asked once where only a name is set."""
        if self.key.app_id.isdigit():
            return int(self.key.app_id)
        if not self._about:
            self._about.update(self._app_client().get("/app"))
        return int(self._about["id"])

    def installations(self) -> Iterator[InstallationSeen]:
        """Yield every installation, all pages."""
        for item in self._app_client().pages("/app/installations"):
            owner = item.get("account") or {}
            yield InstallationSeen(
                id=item["id"],
                account_id=owner.get("id", 0),
                account_login=owner.get("login") or owner.get("slug") or "",
                suspended=bool(item.get("suspended_at")),
            )

    def repositories(self, installation_id: int) -> Iterator[RepositorySeen]:
        """Yield every repository the installation covers, all pages."""
        client = self._client(installation_id, self._tokens.get(installation_id))
        for item in client.pages("/installation/repositories", "repositories"):
            yield RepositorySeen(
                id=item["id"],
                owner_id=item["owner"]["id"],
                full_name=item["full_name"],
                default_branch=item["default_branch"],
                archived=item["archived"],
            )

    def deliveries(self) -> Iterator[DeliverySeen]:
        """Yield GitHub's own list of webhook deliveries, newest first."""
        for item in self._app_client().pages("/app/hook/deliveries"):
            delivered = datetime.fromisoformat(item["delivered_at"])
            yield DeliverySeen(item["id"], item["guid"], delivered)

    def redeliver(self, delivery_id: int) -> None:
        """Ask GitHub to send a delivery again; it keeps its GUID."""
        self._app_client().post(f"/app/hook/deliveries/{delivery_id}/attempts", {})

    def as_app(self) -> Client:
        """Return this thread's client that speaks as the App itself."""
        return self._app_client()

    def client_of(self, installation_id: int) -> Client:
        """Return this thread's client of an installation."""
        return self._client(installation_id, self._tokens.get(installation_id))

    def _app_client(self) -> Client:
        found: Client | None = getattr(self._local, "app", None)
        if found is None:
            found = self._local.app = Client(self.shared, _JwtAuth(self.key))
        return found

    def _client(self, installation_id: int, token: InstallationToken) -> Client:
        """Return this thread's client; threads never share one, since answers could be swapped."""
        clients: dict[int, tuple[InstallationToken, Client]]
        clients = self._local.__dict__.setdefault("clients", {})
        known = clients.get(installation_id)
        if known is None or known[0] is not token:
            auth = Auth.Token(token.value)
            forget = partial(self.forget, installation_id)
            client = Client(self.shared, auth, installation_id, token.made_at, forget)
            clients[installation_id] = known = (token, client)
        return known[1]

    def _new_token(self, installation_id: int) -> InstallationToken:
        # No body: GitHub reads that as everything the installation was granted.
        path = f"/app/installations/{installation_id}/access_tokens"
        answer = self._app_client().post(path, {})
        return InstallationToken(
            value=answer["token"],
            made_at=self.shared.now(),
            expires_at=datetime.fromisoformat(answer["expires_at"]),
            permissions=tuple(sorted((answer.get("permissions") or {}).items())),
        )
