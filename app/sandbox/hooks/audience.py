"""Which Apps receive an event: subscription, permission, coverage, not suspended."""

from collections.abc import Iterator

from app.sandbox.world.apps import App, Installation
from app.sandbox.world.events import Event
from app.sandbox.world.world import World, covers

# Any one of the permissions lets the event through; events not named need only metadata.
_PERMISSIONS: dict[str, tuple[str, ...]] = {
    "push": ("contents",),
    "create": ("contents",),
    "delete": ("contents",),
    "pull_request": ("pull_requests",),
    "pull_request_review": ("pull_requests",),
    "pull_request_review_comment": ("pull_requests",),
    "pull_request_review_thread": ("pull_requests",),
    "issue_comment": ("issues", "pull_requests"),
    "issues": ("issues",),
    "check_run": ("checks",),
    "check_suite": ("checks",),
    "status": ("statuses",),
    "deployment": ("deployments",),
    "deployment_status": ("deployments",),
    "deployment_protection_rule": ("deployments",),
    "merge_group": ("merge_queues",),
    "workflow_run": ("actions",),
    "workflow_dispatch": ("contents",),
    "repository_dispatch": ("contents",),
    "branch_protection_rule": ("administration",),
    "repository_ruleset": ("administration",),
    "member": ("members",),
    "membership": ("members",),
    "organization": ("members",),
    "team": ("members",),
}


def recipients(world: World, event: Event) -> Iterator[tuple[App, Installation | None]]:
    """Every App that hears of the event, with the installation through which it does."""
    if event.installation is not None:
        yield event.installation.app, event.installation
        return
    for installation in world.installations.values():
        if _hears(installation, event):
            yield installation.app, installation


def _hears(installation: Installation, event: Event) -> bool:
    app = installation.app
    if installation.deleted or installation.suspended_at is not None:
        return False
    if event.only_app not in {None, app.id} or not app.subscribes(event.name):
        return False
    return _in_reach(installation, event) and _permitted(installation, event.name)


def _in_reach(installation: Installation, event: Event) -> bool:
    if event.repo is not None:
        return covers(installation, event.repo)
    return event.org is not None and installation.account is event.org


def _permitted(installation: Installation, event: str) -> bool:
    wanted = _PERMISSIONS.get(event)
    return wanted is None or any(name in installation.permissions for name in wanted)
