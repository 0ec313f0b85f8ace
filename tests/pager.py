"""A service that wakes people, as PagerDuty documents it: it keeps what it is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.prometheus import serving


@dataclass
class Desk:
    """What came in, and with which statuses the next requests are answered."""

    url: str = ""
    told: list[dict] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def actions(self) -> list[str]:
        return [each["event_action"] for each in self.told]


@contextmanager
def desk() -> Iterator[Desk]:
    """Serve the Events API v2 on loopback."""
    made = Desk()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = made.statuses.pop(0) if made.statuses else 202
            if status == 202:
                made.told.append(body)
            answer = json.dumps({"status": "success", "dedup_key": body["dedup_key"]}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_given: object) -> None:
            """Say nothing."""

    with serving(Door) as address:
        made.url = f"http://{address}/v2/enqueue"
        yield made
