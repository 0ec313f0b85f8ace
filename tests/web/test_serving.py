"""The webhook behind the real server: bodies without length, too long, or cut off."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from app.web.serving import serving
from tests.web.gate import Fittings, Gate, open_gate, signed

LIMIT = 10_000
HOST = "127.0.0.1"


@pytest.fixture
def gate(sqlite) -> Gate:
    return open_gate(sqlite, Fittings(max_body_bytes=LIMIT))


@pytest.fixture
def port(gate) -> Iterator[int]:
    with serving(gate.application) as url:
        yield urlsplit(url).port


def json_of(length: int) -> bytes:
    """Return a JSON object of exactly that many bytes."""
    return b'{"pad": "' + b"x" * (length - 11) + b'"}'


def head_of(body: bytes, **more: str) -> bytes:
    """Return the beginning of a request with a signature for the body."""
    headers = {"Host": "x", **signed(body), **more}
    lines = ["POST /webhook HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def answer_to(port: int, *pieces: bytes, close: bool = False) -> str:
    """Send pieces over a line of their own and return the status that comes back."""
    with socket.create_connection((HOST, port), timeout=10) as line:
        for piece in pieces:
            line.sendall(piece)
        if close:
            line.shutdown(socket.SHUT_WR)
        return line.recv(100).decode().partition(" ")[2][:3]


def test_a_body_of_just_the_allowed_size_is_stored(gate, port):
    body = json_of(LIMIT)
    head = head_of(body, **{"Content-Length": str(LIMIT)})
    assert answer_to(port, head, body) == "202"
    assert len(gate.ledger()) == 1


def test_a_body_without_length_is_stored(gate, port):
    body = json_of(LIMIT // 2)
    head = head_of(body, **{"Transfer-Encoding": "chunked"})
    pieces = [chunk(body[:1000]), chunk(body[1000:]), chunk(b"")]
    assert answer_to(port, head, *pieces) == "202"
    assert len(gate.ledger()) == 1


@pytest.mark.parametrize("length", [LIMIT + 1, 99_999_999_999])
def test_a_longer_body_is_413_before_it_is_sent(gate, port, length):
    assert answer_to(port, head_of(b"", **{"Content-Length": str(length)})) == "413"
    assert gate.ledger() == []


def test_a_longer_body_without_length_is_413_when_it_gets_there(gate, port):
    head = head_of(b"", **{"Transfer-Encoding": "chunked"})
    pieces = [chunk(b" " * 1000) for _ in range(LIMIT // 1000)]
    assert answer_to(port, head, *pieces, chunk(b" ")) == "413"
    assert gate.ledger() == []


def test_a_body_that_breaks_off_is_not_stored(gate, port):
    body = json_of(500)
    head = head_of(body, **{"Content-Length": "500"})
    assert answer_to(port, head, body[:-1], close=True) != "202"
    assert gate.ledger() == []


def test_a_post_without_a_body_is_refused(gate, port):
    assert answer_to(port, head_of(b"", **{"Content-Length": "0"})) == "400"
    assert gate.ledger() == []


def test_a_newline_in_a_header_never_reaches_us(gate, port):
    more = {"Content-Length": "2", "X-GitHub-Event": "ping\n delivery=forged"}
    assert answer_to(port, head_of(b"{}", **more), b"{}") == "400"
    assert gate.ledger() == []
