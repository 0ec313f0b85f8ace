"""A waitress server on the loopback, in a thread, that can be stopped."""

import socket
import threading
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.server import create_server
from waitress.trigger import trigger

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"
THREADS = 8
_BACKLOG = 128


class LocalServer:
    """Serves one WSGI application; the port is known before the first request."""

    def __init__(self, application: "WSGIApplication", port: int = 0) -> None:
        listener = socket.create_server((HOST, port), backlog=_BACKLOG)
        self.port = int(listener.getsockname()[1])
        self._stopping = False
        self._sockets: dict[int, Any] = {}
        self._server = create_server(
            application, self._sockets, sockets=[listener], threads=THREADS, ident=""
        )
        self._thread = threading.Thread(target=self._loop, name="sandbox-http", daemon=True)

    @property
    def url(self) -> str:
        """Where it can be reached."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Let the loop end, then the workers; only then nobody uses the sockets any more."""
        self._stopping = True
        for each in list(self._sockets.values()):
            if isinstance(each, trigger):
                each.pull_trigger()
        self._thread.join(timeout=10)
        self._server.task_dispatcher.shutdown()
        for each in list(self._sockets.values()):
            each.close()

    def join(self) -> None:
        """Wait until somebody stops it."""
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopping:
            wasyncore.loop(use_poll=True, map=self._sockets, count=1)
