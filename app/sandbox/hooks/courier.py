"""Sends webhooks, one after the other, and keeps the delivery log."""

import threading
import time
import uuid
from collections import deque
from dataclasses import replace

import urllib3

from app.errors import GatewrightError
from app.sandbox.hooks.audience import recipients
from app.sandbox.hooks.delivery import Delivery
from app.sandbox.hooks.mischief import Mischief, Rule
from app.sandbox.payloads.envelope import envelope
from app.sandbox.world.events import Event
from app.sandbox.world.world import World

# GitHub gives a receiver ten seconds.
PATIENCE_SECONDS = 10.0
_OK_BELOW = 300


class NotIdleError(GatewrightError):
    """Webhooks were still being sent when the waiting time was over."""


class Courier:
    """One thread that delivers in order; the world's events come in under the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._mischief = Mischief()
        self._queue: deque[Delivery] = deque()
        self._log: list[Delivery] = []
        self._busy = False
        self._stopped = False
        self._changed = threading.Condition()
        self._http = urllib3.PoolManager(retries=False, timeout=PATIENCE_SECONDS)
        self._thread = threading.Thread(target=self._work, name="sandbox-courier", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """End after the delivery under way; what waits is not sent."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(timeout=PATIENCE_SECONDS)
        self._http.clear()

    def take(self, event: Event) -> None:
        """Queue a delivery of the event for every App that receives it."""
        for app, installation in recipients(self._world, event):
            payload = envelope(self._world, event, installation)
            self.send(
                Delivery(
                    id=self._world.new_id("delivery"),
                    guid=str(uuid.uuid4()),
                    app=app,
                    event=event.name,
                    action=event.action,
                    payload=payload,
                    installation_id=installation.id if installation else None,
                    repository_id=event.repo.id if event.repo else None,
                )
            )

    def send(self, delivery: Delivery) -> None:
        """Queue a delivery, subject to the mishaps in force."""
        if delivery.app.hook.url and delivery.app.hook.active:
            with self._changed:
                self._enqueue(self._mischief.pass_on(delivery))

    def redeliver(self, delivery: Delivery) -> None:
        """Send once more with the same guid; GitHub does so only when asked."""
        again = replace(
            delivery, id=self._world.new_id("delivery"), redelivery=True, status="pending"
        )
        with self._changed:
            self._enqueue([again])

    def log(self) -> list[Delivery]:
        """Return what was sent or failed, newest first."""
        with self._changed:
            return self._log[::-1]

    # -- faults

    def add_rule(self, rule: Rule) -> Rule:
        """Put a mishap in force."""
        with self._changed:
            return self._mischief.add(rule)

    def release(self, rule: Rule | None = None) -> None:
        """Send what delay and reorder rules kept."""
        with self._changed:
            self._enqueue(self._mischief.release(rule))

    def clear_rules(self) -> None:
        """End all mishaps and send what they kept."""
        with self._changed:
            self._enqueue(self._mischief.clear())

    # -- waiting

    def wait_idle(self, timeout: float = 10.0) -> None:
        """Return when nothing is queued or under way; kept deliveries do not count."""
        with self._changed:
            if not self._changed.wait_for(self._is_idle, timeout):
                raise NotIdleError(f"webhooks were still being sent after {timeout} s")

    def _is_idle(self) -> bool:
        return not self._queue and not self._busy

    def _enqueue(self, deliveries: list[Delivery]) -> None:
        self._queue.extend(deliveries)
        self._changed.notify_all()

    def _work(self) -> None:
        while (delivery := self._next()) is not None:
            self._deliver(delivery)
            with self._changed:
                self._log.append(delivery)
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> Delivery | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or bool(self._queue))
            if self._stopped:
                return None
            self._busy = True
            return self._queue.popleft()

    def _deliver(self, delivery: Delivery) -> None:
        body, headers = delivery.wire()
        delivery.request_headers = headers
        delivery.delivered_at = self._world.now()
        if delivery.status == "timed out":
            return
        started = time.monotonic()
        try:
            self._post(delivery, body, headers)
        except urllib3.exceptions.NewConnectionError:  # urllib3 counts it among the time-outs
            delivery.status, delivery.status_code = "failed to connect to host", 0
        except urllib3.exceptions.TimeoutError:
            delivery.status, delivery.status_code = "timed out", 0
        except urllib3.exceptions.HTTPError:
            delivery.status, delivery.status_code = "connection was closed", 0
        delivery.duration = round(time.monotonic() - started, 3)

    def _post(self, delivery: Delivery, body: bytes, headers: dict[str, str]) -> None:
        answer = self._http.request(
            "POST", delivery.app.hook.url, body=body, headers=headers, redirect=False
        )
        delivery.status_code = answer.status
        good = answer.status < _OK_BELOW
        delivery.status = "OK" if good else f"Invalid HTTP Response: {answer.status}"
        delivery.response_headers = dict(answer.headers)
        delivery.response_body = answer.data.decode(errors="replace")
