"""The App's webhook: its settings, the delivery log, redelivery."""

from typing import Any

from app.sandbox.hooks.delivery import Delivery
from app.sandbox.http.call import Call
from app.sandbox.http.routing import Reply, Route
from app.sandbox.payloads.apps import hook
from app.sandbox.payloads.common import Json, maybe_iso
from app.sandbox.problems import ProblemError, not_found
from app.sandbox.world.apps import App


def get_config(call: Call) -> Any:
    """Where deliveries go."""
    return hook(_app(call).hook)


def edit_config(call: Call) -> Any:
    """Change where deliveries go and how they are signed."""
    settings = _app(call).hook
    for name in ("url", "secret", "content_type"):
        value = call.maybe(name, str)
        if value is not None:
            setattr(settings, name, value)
    if "insecure_ssl" in call.fields:
        settings.insecure_ssl = str(call.fields["insecure_ssl"])
    return hook(settings)


def list_deliveries(call: Call) -> Any:
    """Deliveries newest first; the cursor of the next page is in the Link header."""
    found = _mine(call)
    wanted = call.query.get("status")
    if wanted is not None:
        found = [d for d in found if (d.status == "OK") == (wanted == "success")]
    cursor = call.query.get("cursor")
    if cursor is not None:
        if not cursor.isdigit():
            raise ProblemError(400, "Invalid cursor")
        found = [d for d in found if d.id <= int(cursor)]
    _, per_page = call.page_bounds()
    rest = found[per_page:]
    if rest:
        call.link({"next": {"cursor": str(rest[0].id)}})
    return [_item(each) for each in found[:per_page]]


def get_delivery(call: Call) -> Any:
    """One delivery with what was sent and answered."""
    found = _delivery(call)
    return _item(found) | {
        "url": found.app.hook.url,
        "request": {"headers": found.request_headers, "payload": found.payload},
        "response": {"headers": found.response_headers, "payload": found.response_body},
    }


def redeliver(call: Call) -> Any:
    """Send again with the same guid."""
    call.courier.redeliver(_delivery(call))
    return Reply(202, {})


def _app(call: Call) -> App:
    if call.actor.app is None:
        raise not_found()
    return call.actor.app


def _mine(call: Call) -> list[Delivery]:
    return [each for each in call.courier.log() if each.app is _app(call)]


def _delivery(call: Call) -> Delivery:
    for each in _mine(call):
        if each.id == call.number("delivery_id"):
            return each
    raise not_found()


def _item(found: Delivery) -> Json:
    return {
        "id": found.id,
        "guid": found.guid,
        "delivered_at": maybe_iso(found.delivered_at),
        "redelivery": found.redelivery,
        "duration": found.duration,
        "status": found.status,
        "status_code": found.status_code,
        "event": found.event,
        "action": found.action,
        "installation_id": found.installation_id,
        "repository_id": found.repository_id,
        "throttled_at": None,
    }


ROUTES = (
    Route("GET", "/app/hook/config", get_config, auth="app"),
    Route("PATCH", "/app/hook/config", edit_config, auth="app"),
    Route("GET", "/app/hook/deliveries", list_deliveries, auth="app"),
    Route("GET", "/app/hook/deliveries/{delivery_id}", get_delivery, auth="app"),
    Route("POST", "/app/hook/deliveries/{delivery_id}/attempts", redeliver, auth="app"),
)
