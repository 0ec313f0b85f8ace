"""The webhook behind the real server: bodies without length, too long, or cut off."""

import http.client
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


def post(port: int, body: bytes, *, chunked: bool = False, size: int = 1000) -> int:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    content = pieces if chunked else body
    connection.request("POST", "/webhook", content, signed(body), encode_chunked=chunked)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_a_body_of_just_the_allowed_size_is_stored(gate, port):
    assert post(port, json_of(LIMIT)) == 202
    assert len(gate.ledger()) == 1


def test_a_body_without_length_is_stored(gate, port):
    assert post(port, json_of(LIMIT // 2), chunked=True) == 202
    assert len(gate.ledger()) == 1


@pytest.mark.parametrize("chunked", [False, True], ids=["with length", "chunked"])
@pytest.mark.parametrize("length", [LIMIT + 1, 5 * LIMIT])
def test_a_longer_body_is_413_and_not_stored(gate, port, length, chunked):
    assert post(port, json_of(length), chunked=chunked) == 413
    assert gate.ledger() == []


def test_a_length_that_is_a_lie_is_413_before_the_body_is_sent(gate, port):
    with socket.create_connection((HOST, port), timeout=10) as line:
        head = b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        line.sendall(head + b"Content-Length: 99999999999\r\n\r\n{")
        assert b" 413 " in line.recv(100)
    assert gate.ledger() == []


def test_a_body_that_breaks_off_is_not_stored(gate, port):
    body = json_of(500)
    with socket.create_connection((HOST, port), timeout=10) as line:
        lines = [f"{name}: {value}" for name, value in signed(body).items()]
        head = ["POST /webhook HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines]
        line.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body[:-1])
        line.shutdown(socket.SHUT_WR)
        assert b" 202 " not in line.recv(100)
    assert gate.ledger() == []


def test_a_post_without_a_body_is_refused(gate, port):
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    connection.request("POST", "/webhook", headers={**signed(b""), "Content-Length": "0"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 400
    assert gate.ledger() == []


def test_a_newline_in_a_header_never_reaches_us(gate, port):
    body = b"{}"
    with socket.create_connection((HOST, port), timeout=10) as line:
        headers = signed(body) | {"X-GitHub-Event": "ping\n delivery=forged"}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = ["POST /webhook HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines]
        line.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        assert b" 400 " in line.recv(100)
    assert gate.ledger() == []
