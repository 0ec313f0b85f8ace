"""The process that sees values: it reads contents from a pipe and answers with digests only.

Started by `pool` and never imported by it. It has no environment, no network library and limited
memory; whatever goes wrong in it leaves no text behind.
"""

import os
import resource
import signal
import sys
import time
import types
from typing import BinaryIO

from app.scan.engine import ENGINE, Engine, Findings, TooManyHitsError, self_test
from app.scan.frames import FRAME, frame, parse_head
from app.scan.hits import ContentScan

_MEMORY = 3 << 30


class OutOfTimeError(BaseException):
    """The processor time of one content is spent; no library catches it by accident."""


def main() -> None:
    """Answer requests until the pipe closes."""
    requests, answers = sys.stdin.buffer, _private_output()
    _limit_resources()
    _replace_network_library()
    _, key = _receive(requests)
    engine = Engine(key)
    self_test(engine)
    _send(answers, {"engine": ENGINE})
    while True:
        request, content = _receive(requests)
        _send(answers, _answer(engine, request, content).as_dict())


def _answer(engine: Engine, request: dict[str, object], content: bytes) -> ContentScan:
    findings = Findings()
    started = time.process_time()
    unread = None
    try:
        signal.setitimer(signal.ITIMER_PROF, float(str(request["seconds"])))
        if request["prose"]:
            engine.scan_prose(content.decode("utf-8", "replace"), findings)
        else:
            engine.scan(content, str(request["path"]), findings)
    except (OutOfTimeError, MemoryError):
        unread = "budget"
    except TooManyHitsError:
        unread = "too_many_findings"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ContentScan(findings.hits(), unread, time.process_time() - started)


def _private_output() -> BinaryIO:
    """Keep the pipe for answers alone: what a library prints goes nowhere."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    os.dup2(silence, sys.stderr.fileno())
    return answers


def _limit_resources() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGPROF, _out_of_time)


def _out_of_time(*_: object) -> None:
    raise OutOfTimeError


def _replace_network_library() -> None:
    """Stand in for `requests`, which plugins import to verify secrets with their providers."""
    stand_in, errors = (types.ModuleType(name) for name in ("requests", "requests.exceptions"))
    vars(errors)["RequestException"] = OSError
    vars(stand_in).update(exceptions=errors, Response=object)
    sys.modules["requests"] = stand_in


def _receive(stream: BinaryIO) -> tuple[dict[str, object], bytes]:
    head_size, body_size = FRAME.unpack(_exactly(stream, FRAME.size))
    head = parse_head(_exactly(stream, head_size))
    return head, _exactly(stream, body_size)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        sys.exit(0)
    return content


def _send(stream: BinaryIO, answer: dict[str, object]) -> None:
    stream.write(frame(answer))
    stream.flush()


if __name__ == "__main__":
    main()
