"""PagerDuty: one event out, by the Events API v2.

https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests

from app.errors import PagerError, PagerUnavailableError
from app.ports.pager import PagerEvent

_SECONDS = (3, 10)
_LONGEST_SUMMARY = 1024
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """The service behind a routing key; messages name neither the key nor the address."""

    routing_key: str = field(repr=False)
    address: str = field(repr=False)

    def tell(self, event: PagerEvent) -> None:
        """Send an event; 202 is the only answer that means it was taken."""
        try:
            answer = requests.post(
                self.address,
                json=self._body(event),
                timeout=_SECONDS,
                allow_redirects=False,
                headers={"Accept": "application/json"},
            )
        except requests.RequestException as error:
            what = f"PagerDuty cannot be reached ({type(error).__name__})"
            raise PagerUnavailableError(what) from error
        status = answer.status_code
        if status == HTTPStatus.ACCEPTED:
            return
        what = f"PagerDuty answers with status {status}"
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise PagerUnavailableError(what)
        raise PagerError(what)

    def _body(self, event: PagerEvent) -> dict[str, Any]:
        body: dict[str, Any] = {
            "routing_key": self.routing_key,
            "event_action": event.action,
            "dedup_key": event.key[:_LONGEST_KEY],
        }
        if event.action != "trigger":
            return body
        links = [{"href": event.link, "text": "The incident's issue"}] if event.link else []
        payload = {
            "summary": event.summary[:_LONGEST_SUMMARY],
            "source": event.source,
            "severity": event.severity,
            "timestamp": event.at.isoformat(timespec="milliseconds"),
            "group": event.group,
            "class": "deployment",
            "custom_details": event.details,
        }
        return body | {"client": "Gatewright", "links": links, "payload": payload}
