"""The webhook door on a real database, with a list in the place of the durable queue."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.audit.log import AuditLog
from app.engine.scheduler import Scheduler
from app.ports import Clock
from app.service.inbox import Inbox
from app.service.intake import Accepted, Intake
from app.store.database import Database
from app.store.tables import delivery, log_entry
from app.web.application import create_app
from app.web.hooks import ROUTER
from app.web.metrics import Metrics
from app.web.router import Router
from app.web.signature import sign
from app.web.webhook import Door, webhook_blueprint
from tests.bot import ListQueue
from tests.conftest import ManualClock

SECRET = b"It's a Secret to Everybody"
PREVIOUS = b"what it was before the rotation"
APP_ID = 4242
JSON_TYPE = "application/json"


def signed(body: bytes, secret: bytes = SECRET, **headers: str) -> dict[str, str]:
    """Return the headers GitHub sends with a body; names are written with underscores."""
    plain = {
        "Content-Type": JSON_TYPE,
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-GitHub-Event": "ping",
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-GitHub-Hook-Installation-Target-ID": str(APP_ID),
        "X-Hub-Signature-256": sign(secret, body),
    }
    return {**plain, **{name.replace("_", "-"): value for name, value in headers.items()}}


@dataclass(slots=True)
class Gate:
    """One web process with its database, as a test sees it."""

    application: Flask
    database: Database
    queue: ListQueue
    metrics: Metrics

    def send(self, body: bytes, headers: dict[str, str]) -> TestResponse:
        """Post exactly these bytes with exactly these headers."""
        return self.application.test_client().post("/webhook", data=body, headers=headers)

    def deliver(
        self, event: str, payload: object, guid: str | None = None, **headers: str
    ) -> TestResponse:
        """Deliver an event as GitHub does."""
        body = json.dumps(payload).encode()
        name = guid or str(uuid.uuid4())
        plain = {"X_GitHub_Event": event, "X_GitHub_Delivery": name}
        return self.send(body, signed(body, **{**plain, **headers}))

    def ledger(self) -> list[sa.Row[Any]]:
        """Return what is stored, oldest first."""
        with self.database.read() as connection:
            return list(connection.execute(sa.select(delivery).order_by(delivery.c.seq)))

    def decisions(self) -> list[str]:
        """Return what was decided about each stored delivery."""
        return [row.decision for row in self.ledger()]

    def log(self) -> list[dict[str, Any]]:
        """Return the entries of all logs, except that each log was opened."""
        query = sa.select(log_entry.c.leaf).order_by(log_entry.c.log_id, log_entry.c.seq)
        with self.database.read() as connection:
            found = [json.loads(leaf) for leaf in connection.execute(query).scalars()]
        return [entry for entry in found if entry["type"] != "log.opened"]

    def work(self) -> list[str]:
        """Return the keys of the jobs that were queued, sorted."""
        return sorted(key for _, key in self.queue.tickets)

    def count(self, name: str, **labels: str) -> float:
        """Return the value of a counter."""
        return self.metrics.registry.get_sample_value(f"gatewright_{name}_total", labels) or 0.0


@dataclass(slots=True)
class Fittings:
    """What of a gate a test may want otherwise."""

    secrets: Sequence[bytes] = (SECRET,)
    router: Router = ROUTER
    limit: int = 1000
    max_body_bytes: int = 25_000_000
    app_id: int = APP_ID
    wrap: Callable[[Callable[[Sequence[Accepted]], None]], Callable[[Sequence[Accepted]], None]] = (
        lambda accept: accept
    )


def open_gate(
    database: Database, fittings: Fittings | None = None, now: Clock | None = None
) -> Gate:
    """Build the web application around a database."""
    fitted, clock = fittings or Fittings(), now or ManualClock()
    queue, metrics = ListQueue(), Metrics()
    intake = Intake(database, AuditLog("gatewright.test"), Scheduler(queue, clock), clock)
    door = Door(
        secrets=fitted.secrets,
        router=fitted.router,
        inbox=Inbox(fitted.wrap(intake.accept), fitted.limit),
        metrics=metrics,
        app_id=fitted.app_id,
        max_body_bytes=fitted.max_body_bytes,
    )
    application = create_app([webhook_blueprint(door)], fitted.max_body_bytes)
    return Gate(application, database, queue, metrics)
