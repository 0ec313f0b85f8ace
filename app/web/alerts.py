"""`POST /alerts/SOURCE/OWNER/REPO/ENVIRONMENT`: monitoring says that something is wrong."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Request, Response, jsonify, request

from app.core.alerts.alert import AlertUnreadableError
from app.core.alerts.sources import SOURCES
from app.errors import DeliveryRefusedError
from app.service.chatops.alarms import Alarms, Place
from app.store.database import AWAY
from app.web.alert_signature import is_bearer, is_signed

MOST_BYTES = 1_000_000
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@:+-]{0,99}")
_PAGERDUTY = "pagerduty"


@dataclass(frozen=True, slots=True)
class AlertDoor:
    """Who may send alerts, and who takes them; without secrets nobody may."""

    alarms: Alarms
    token: bytes = field(repr=False)
    pagerduty: Sequence[bytes] = field(repr=False)

    def receive(self, source: str, place: Place, incoming: Request) -> int:
        """Take alerts in and return how many are new; raises DeliveryRefusedError."""
        if source not in SOURCES:
            raise DeliveryRefusedError(404, f"known sources: {', '.join(SOURCES)}")
        body = _body(incoming)
        self._check(source, incoming, body)
        if not _ENVIRONMENT.fullmatch(place.environment):
            raise DeliveryRefusedError(404, "this is no name of an environment")
        try:
            seen = SOURCES[source](_object(body))
        except AlertUnreadableError as error:
            raise DeliveryRefusedError(400, str(error)) from error
        return self._accept(place, seen)

    def _check(self, source: str, incoming: Request, body: bytes) -> None:
        if source == _PAGERDUTY and self.pagerduty:
            header = incoming.headers.get("X-PagerDuty-Signature")
            if is_signed(header, body, self.pagerduty):
                return
            raise DeliveryRefusedError(401, "the signature is missing or wrong")
        if not is_bearer(incoming.headers.get("Authorization"), self.token):
            raise DeliveryRefusedError(401, "the bearer token is missing or wrong")

    def _accept(self, place: Place, seen: Sequence[Any]) -> int:
        try:
            count = self.alarms.accept(place, seen)
        except AWAY as error:
            raise DeliveryRefusedError(503, "the database is busy, send it later") from error
        if count is None:
            raise DeliveryRefusedError(404, "the App does not know this repository")
        return count


def _body(incoming: Request) -> bytes:
    if incoming.mimetype != "application/json":
        raise DeliveryRefusedError(415, "alerts are sent as application/json")
    if incoming.content_length is None or incoming.content_length > MOST_BYTES:
        raise DeliveryRefusedError(413, f"the body must be at most {MOST_BYTES} bytes")
    return incoming.get_data(cache=False)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DeliveryRefusedError(400, "the body is not JSON") from error
    if not isinstance(found, dict):
        raise DeliveryRefusedError(400, "the body must be a JSON object")
    return found


def alerts_blueprint(door: AlertDoor) -> Blueprint:
    """Return the route that monitoring calls."""
    blueprint = Blueprint("alerts", __name__)

    @blueprint.post("/alerts/<source>/<owner>/<repo>/<path:environment>")
    def receive(source: str, owner: str, repo: str, environment: str) -> tuple[Response, int]:
        place = Place(f"{owner}/{repo}", environment)
        return jsonify(new=door.receive(source, place, request)), 202

    @blueprint.errorhandler(DeliveryRefusedError)
    def refused(error: DeliveryRefusedError) -> tuple[Response, int]:
        return jsonify(error=str(error)), error.status

    return blueprint
