"""What GitHub knows of the App, read for a check-up: registration, webhook, accounts, branches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

import requests

from app.core.installing.checkup import AccountSeen, AppSeen, BranchSeen, HookSeen
from app.errors import GitHubUnavailableError, NotFoundError
from app.github.app import GitHubApp
from app.github.client import Client

_SECONDS = 10
_DELIVERIES = 20


def github_time(api_url: str) -> datetime | None:
    """Return GitHub's time by its own clock; raises GitHubUnavailableError."""
    try:
        answer = requests.head(api_url, timeout=_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise GitHubUnavailableError(f"cannot be reached ({type(error).__name__})") from error
    try:
        return parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Examination:
    """Reads what a check-up looks at; nothing is changed."""

    github: GitHubApp
    client: Client

    def app(self) -> AppSeen:
        """Return the App's registration; raises GitHubError for a key that is not the App's."""
        found = self.client.get("/app")
        owner = found.get("owner") or {}
        return AppSeen(
            slug=found["slug"],
            owner=owner.get("login") or "",
            is_of_organisation=owner.get("type") == "Organization",
            permissions=found["permissions"],
            events=found["events"],
        )

    def hook(self) -> HookSeen:
        """Return where deliveries go and what the last ones were answered with."""
        found = self.client.get("/app/hook/config")
        newest = islice(self.client.pages("/app/hook/deliveries"), _DELIVERIES)
        return HookSeen(
            url=found.get("url") or "",
            content_type=found.get("content_type") or "form",
            is_checked=str(found.get("insecure_ssl", "0")) == "0",
            has_secret=bool(found.get("secret")),
            answers=tuple(int(each["status_code"]) for each in newest),
        )

    def accounts(self) -> Iterator[AccountSeen]:
        """Yield every installation."""
        for found in self.client.pages("/app/installations"):
            owner = found.get("account") or {}
            yield AccountSeen(
                id=found["id"],
                account=owner.get("login") or owner.get("slug") or "",
                is_suspended=bool(found.get("suspended_at")),
                permissions=found["permissions"],
            )

    def branches(self, installation_id: int, most: int) -> Iterator[BranchSeen]:
        """Yield what the default branches of the first repositories require."""
        client = self.github.client_of(installation_id)
        live = (each for each in self.github.repositories(installation_id) if not each.archived)
        for each in islice(live, most):
            required = tuple(_required(client, each.full_name, each.default_branch))
            yield BranchSeen(each.full_name, each.default_branch, required)


def _required(client: Client, repository: str, branch: str) -> Iterator[tuple[str, int | None]]:
    """Yield required checks of rulesets and of classic protection."""
    name = quote(branch, safe="")
    for rule in client.pages(f"/repos/{repository}/rules/branches/{name}"):
        if rule["type"] == "required_status_checks":
            for check in rule["parameters"]["required_status_checks"]:
                yield check["context"], check.get("integration_id")
    try:
        found = client.get(f"/repos/{repository}/branches/{name}")
    except NotFoundError:
        return
    yield from _classic(found)


def _classic(found: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    checks = (found.get("protection") or {}).get("required_status_checks") or {}
    for check in checks.get("checks") or ():
        app = check.get("app_id")
        yield check["context"], app if app and app > 0 else None
