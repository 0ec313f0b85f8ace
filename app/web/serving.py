"""Serving on waitress: in the foreground for `serve`, on a thread for demo and tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from waitress.server import create_server

_RECEIVE_BYTES = 1 << 17


@dataclass(slots=True)
class Listener:
    """A listening socket and the threads behind it."""

    server: Any
    host: str

    @classmethod
    def open(cls, application: Flask, host: str, port: int, threads: int) -> "Listener":
        """Listen; port 0 takes a free one."""
        limit = application.config["MAX_CONTENT_LENGTH"] or 0
        server = create_server(
            application,
            host=host,
            port=port,
            threads=threads,
            ident="gatewright",
            # Deliveries are tens of kilobytes: by default they would be read in many small pieces.
            recv_bytes=_RECEIVE_BYTES,
            asyncore_use_poll=True,
            max_request_body_size=limit + 1,
        )
        return cls(server, host)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://{self.host}:{self.server.effective_port}"

    def run(self) -> None:
        """Answer requests until the server is closed."""
        self.server.run()

    def close(self) -> None:
        """Stop listening; requests that are being answered end first."""
        self.server.task_dispatcher.shutdown()
        self.server.close()

    def end(self) -> None:
        """Let `run` return on its own thread, whatever connections clients keep open."""
        self.server.trigger.pull_trigger(self._drop_connections)

    def _drop_connections(self) -> None:
        for connection in tuple(self.server._map.values()):  # noqa: SLF001 - waitress has no other way
            connection.close()


@contextmanager
def serving(application: Flask, threads: int = 4) -> Iterator[str]:
    """Serve on a free loopback port as long as the context lasts."""
    listener = Listener.open(application, "127.0.0.1", 0, threads)
    thread = threading.Thread(target=listener.run, daemon=True, name="listener")
    thread.start()
    try:
        yield listener.url
    finally:
        listener.server.task_dispatcher.shutdown()
        listener.end()
        thread.join(5)
