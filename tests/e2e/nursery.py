"""Makes workers that can be killed: imports once, then forks one for each line it is told.

Run as a program with the settings in the environment. Each line on standard input is answered by
the process id of a new worker; at the end of the input everything ends.
"""

import os
import signal
import sys
import threading
from contextlib import suppress

import structlog

from app.settings import load_settings
from app.wiring import Parts


def work() -> None:
    """Be a worker until killed."""
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=sys.stderr))
    parts = Parts.build(load_settings())
    worker = parts.worker(parts.github())
    worker.engine.look_every_seconds = 0.2
    worker.start()
    threading.Event().wait()


def main() -> None:
    """Fork on request; a child never reads our input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    workers = []
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(0)
            os.setsid()
            work()
        workers.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    for pid in workers:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
