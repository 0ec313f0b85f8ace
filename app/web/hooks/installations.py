"""The App's installations: where it may work, and with which rights."""

from collections.abc import Iterator
from typing import Any

from app.service.intents import Ignore, Intent, RememberInstallation, SyncInstallation
from app.web.hooks.payloads import InstallationEvent, InstallationPart, read
from app.web.router import Event, Router

router = Router()

_GONE = ("deleted",)


def _remembered(found: InstallationPart, action: str | None) -> RememberInstallation:
    account: dict[str, Any] = found.account or {}
    return RememberInstallation(
        account_id=account.get("id", 0),
        account_login=account.get("login") or account.get("slug") or "",
        suspended=action == "suspend" or bool(found.suspended_at and action != "unsuspend"),
        removed=action in _GONE,
    )


@router.on("installation")
def installation(event: Event) -> Iterator[Intent]:
    """Keep the installation's state and read it anew unless it is gone or suspended."""
    found = read(InstallationEvent, event.payload).installation
    state = _remembered(found, event.action)
    yield state
    if not (state.removed or state.suspended):
        yield SyncInstallation(event.full_name)


@router.on("installation_repositories")
@router.on("installation_target")
def repositories(event: Event) -> Iterator[Intent]:
    """Read the installation's repositories anew."""
    found = read(InstallationEvent, event.payload).installation
    if found.account is not None:
        yield _remembered(found, event.action)
    yield SyncInstallation(event.full_name)


@router.on("ping")
def ping(_event: Event) -> Iterator[Intent]:
    """Answer GitHub's first call."""
    yield Ignore("ping")
