"""`POST /webhook`: check, store durably, answer; everything else happens later."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Request, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.errors import DeliveryRefusedError
from app.service.inbox import Inbox
from app.service.intake import Accepted
from app.service.intents import (
    GainRepository,
    Ignore,
    Intent,
    LoseRepository,
    RememberInstallation,
    SweepInstallation,
    SweepRepository,
    SyncInstallation,
)
from app.store.database import AWAY
from app.store.deliveries import Received
from app.web.metrics import Metrics, known
from app.web.router import Event, Handler, Router
from app.web.signature import matching_secret

_HEADER_AT_MOST = 200
# Actions are names, except that `repository_dispatch` takes any text for one.
_ACTION = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
_GUID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_WITHOUT_REPOSITORY = (
    GainRepository,
    Ignore,
    LoseRepository,
    RememberInstallation,
    SweepInstallation,
    SyncInstallation,
)
_COME_BACK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Door:
    """What the webhook needs: secrets, handlers, and an inbox that is durable when it returns."""

    secrets: Sequence[bytes]
    router: Router
    inbox: Inbox
    metrics: Metrics
    app_id: int
    max_body_bytes: int

    def receive(self, incoming: Request) -> str:
        """Take one delivery in and return its GUID.

        Raises DeliveryRefusedError with the status to answer.
        """
        body = self._body(incoming)
        self._check_signature(incoming, body)
        name, guid = _header(incoming, "X-GitHub-Event"), _header(incoming, "X-GitHub-Delivery")
        payload = _payload(body)
        self._check_target(incoming)
        event = Event(name, _action(payload), payload, self.app_id)
        self._store(event, guid, body)
        return guid

    def _body(self, incoming: Request) -> bytes:
        if incoming.mimetype != "application/json":
            raise DeliveryRefusedError(
                415, "set the webhook's content type to application/json in the App's settings"
            )
        incoming.max_content_length = self.max_body_bytes
        try:
            return incoming.get_data(cache=False)
        except RequestEntityTooLarge as error:
            at_most = f"the body must be at most {self.max_body_bytes} bytes"
            raise DeliveryRefusedError(413, at_most) from error

    def _check_signature(self, incoming: Request, body: bytes) -> None:
        given = incoming.headers.get("X-Hub-Signature-256")
        index = matching_secret(self.secrets, body, given)
        if index is None:
            raise DeliveryRefusedError(401, "the signature is missing or wrong")
        if index > 0:
            self.metrics.previous_secret.inc()

    def _check_target(self, incoming: Request) -> None:
        """Refuse deliveries that were meant for another App."""
        kind = incoming.headers.get("X-GitHub-Hook-Installation-Target-Type", "integration")
        target = incoming.headers.get("X-GitHub-Hook-Installation-Target-ID")
        if kind == "integration" and target and target != str(self.app_id):
            raise DeliveryRefusedError(400, "this delivery is for another App")

    def _store(self, event: Event, guid: str, body: bytes) -> None:
        intents = self._intents(event)
        received = _received(event, guid, body, _decision(intents))
        try:
            self.inbox.put(Accepted(received, intents))
        except AWAY as error:
            raise DeliveryRefusedError(503, "the database is busy, send it later") from error
        self.metrics.deliveries.labels(event=known(event.name), decision=_kind(intents)).inc()
        structlog.get_logger().info(
            "delivery stored", gh_event=event.full_name, decision=received.decision
        )

    def _intents(self, event: Event) -> tuple[Intent, ...]:
        """Ask every handler; an event that nobody handles is ignored, which is an answer too."""
        handlers = self.router.handlers(event)
        if not handlers:
            return (Ignore(f"no handler for {event.full_name}"),)
        found = (intent for handler in handlers for intent in self._asked(handler, event))
        intents = tuple(dict.fromkeys(found))
        if _fresh_look(event) in intents:
            self.metrics.unreadable.labels(event=known(event.name)).inc()
        if _repository_id(event) is None:
            rest = tuple(each for each in intents if not _needs_repository(each))
            return rest or (Ignore("no repository in the payload"),)
        return intents

    def _asked(self, handler: Handler, event: Event) -> Iterable[Intent]:
        """Ask one handler; what it cannot read makes us look at GitHub itself."""
        try:
            return tuple(handler(event))
        except Exception as error:  # noqa: BLE001 - handlers of other packages raise anything
            structlog.get_logger().warning("payload unreadable", error=type(error).__name__)
            return (_fresh_look(event),)


def _fresh_look(event: Event) -> Intent:
    cause = f"unreadable {event.full_name}"
    if _repository_id(event) is None:
        return SyncInstallation(cause)
    return SweepRepository(cause)


def _repository_id(event: Event) -> int | None:
    return _number(event.payload.get("repository"), "id")


def _needs_repository(intent: Intent) -> bool:
    return not isinstance(intent, _WITHOUT_REPOSITORY)


def _header(incoming: Request, name: str) -> str:
    value = incoming.headers.get(name, "")
    if not value or len(value) > _HEADER_AT_MOST or not value.isprintable():
        raise DeliveryRefusedError(400, f"the header {name} is missing or unreadable")
    return value


def _action(payload: Mapping[str, Any]) -> str | None:
    action = payload.get("action")
    return action if isinstance(action, str) and _ACTION.fullmatch(action) else None


def _payload(body: bytes) -> Mapping[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DeliveryRefusedError(400, "the body is not JSON") from error
    if not isinstance(payload, dict):
        raise DeliveryRefusedError(400, "the body is not a JSON object")
    return payload


def _number(part: object, name: str) -> int | None:
    value = part.get(name) if isinstance(part, dict) else None
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return value if fits else None


def _received(event: Event, guid: str, body: bytes, decision: str) -> Received:
    payload = event.payload
    installation = payload.get("installation")
    repository = payload.get("repository")
    owner = repository.get("owner") if isinstance(repository, dict) else None
    account = installation.get("account") if isinstance(installation, dict) else None
    organization = payload.get("organization")
    return Received(
        guid=guid,
        event=event.name,
        action=event.action,
        account_id=_number(owner, "id")
        or _number(account, "id")
        or _number(organization, "id")
        or 0,
        installation_id=_number(installation, "id"),
        repository_id=_number(repository, "id"),
        body=body,
        decision=decision,
    )


def _decision(intents: Sequence[Intent]) -> str:
    """Say in one line what is done about a delivery."""
    parts = [
        f"ignored: {each.reason}" if isinstance(each, Ignore) else type(each).__name__
        for each in intents
    ]
    return ", ".join(dict.fromkeys(parts))[:500]


def _kind(intents: Sequence[Intent]) -> str:
    return "ignored" if all(isinstance(each, Ignore) for each in intents) else "acted_on"


def webhook_blueprint(door: Door) -> Blueprint:
    """Return the route of the webhook."""
    blueprint = Blueprint("webhook", __name__)

    @blueprint.post("/webhook")
    def webhook() -> tuple[Response, int]:
        guid = request.headers.get("X-GitHub-Delivery", "")
        # Not authentic yet: only what cannot be anything but an id goes into the log.
        structlog.contextvars.bind_contextvars(delivery=guid if _GUID.fullmatch(guid) else "")
        try:
            return jsonify(delivery=door.receive(request)), 202
        except DeliveryRefusedError as refused:
            door.metrics.refused.labels(status=str(refused.status)).inc()
            log = structlog.get_logger()
            log.warning("delivery refused", status=refused.status, why=str(refused))
            answer = jsonify(error=str(refused))
            if refused.status == HTTPStatus.SERVICE_UNAVAILABLE:
                answer.headers["Retry-After"] = str(_COME_BACK_SECONDS)
            return answer, refused.status

    @blueprint.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()

    return blueprint
