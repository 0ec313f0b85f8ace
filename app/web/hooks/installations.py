"""The App's installations: where it may work, and with which rights."""

from collections.abc import Iterator

from app.service.intents import (
    GainRepository,
    Ignore,
    Intent,
    LoseRepository,
    RememberInstallation,
    SyncInstallation,
)
from app.web.hooks.payloads import AccountPart, InstallationEvent, InstallationPart, read
from app.web.router import Event, Router

router = Router()

_GONE = ("deleted",)
# Before these the App could not see, or not judge by, what happened in the repositories.
_GIVES_RIGHTS = ("created", "new_permissions_accepted", "unsuspend")


def _remembered(found: InstallationPart, action: str | None) -> RememberInstallation:
    account = found.account or AccountPart()
    return RememberInstallation(
        account_id=account.id,
        account_login=account.login or account.slug or "",
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
        yield SyncInstallation(event.full_name, judges_all=event.action in _GIVES_RIGHTS)


@router.on("installation_repositories")
@router.on("installation_target")
def repositories(event: Event) -> Iterator[Intent]:
    """Take what was given, let go of what was taken away, and read all repositories anew."""
    found = read(InstallationEvent, event.payload)
    if found.installation.account is not None:
        yield _remembered(found.installation, event.action)
    for lost in found.repositories_removed:
        yield LoseRepository(lost.id, lost.full_name)
    for gained in found.repositories_added:
        yield GainRepository(gained.id, gained.full_name, event.full_name)
    yield SyncInstallation(event.full_name)


@router.on("ping")
def ping(_event: Event) -> Iterator[Intent]:
    """Answer GitHub's first call."""
    yield Ignore("ping")
