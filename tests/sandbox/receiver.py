"""A webhook receiver on the loopback that keeps what it gets."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Hook:
    """One delivery as it came over the wire."""

    event: str
    headers: dict[str, str]
    raw: bytes

    @property
    def payload(self) -> Any:
        return json.loads(self.raw)

    @property
    def name(self) -> str:
        """`event.action`, or the event alone."""
        action = self.payload.get("action")
        return f"{self.event}.{action}" if action else self.event


@dataclass
class Receiver:
    """Answers with `status`; `hooks` is in order of arrival."""

    url: str
    status: int = 202
    hooks: list[Hook] = field(default_factory=list)

    def named(self, name: str) -> list[Hook]:
        return [hook for hook in self.hooks if hook.name == name]

    @property
    def names(self) -> list[str]:
        return [hook.name for hook in self.hooks]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            event = self.headers.get("X-GitHub-Event", "")
            receiver.hooks.append(Hook(event, dict(self.headers), raw))
            self.send_response(receiver.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/webhook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
