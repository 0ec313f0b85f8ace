"""The parts that every webhook payload has around its own body."""

from app.sandbox.payloads.accounts import organization, user
from app.sandbox.payloads.common import Json, node_id
from app.sandbox.payloads.repos import event_repository, org_of
from app.sandbox.world.apps import Installation
from app.sandbox.world.events import Event
from app.sandbox.world.world import World


def envelope(world: World, event: Event, installation: Installation | None) -> Json:
    """Show the whole payload, with the event's own fields first and winning."""
    made: Json = {} if event.action is None else {"action": event.action}
    made |= event.body
    if event.repo is not None:
        made.setdefault("repository", event_repository(world, event.repo))
    org = org_of(world, event.repo) if event.repo else None
    if event.org is not None:
        org = organization(world, event.org)
    if org is not None:
        made["organization"] = org
    if installation is not None and "installation" not in made:
        key = node_id("MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u", installation.id)
        made["installation"] = {"id": installation.id, "node_id": key}
    return made | {"sender": user(world, event.sender)}
