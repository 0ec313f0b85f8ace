import hashlib
import hmac

import pytest

from app.web.signature import matching_secret, sign

# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
SECRET = b"It's a Secret to Everybody"
BODY = b"Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_githubs_published_example_is_reproduced():
    assert sign(SECRET, BODY) == SIGNATURE


def test_githubs_published_example_is_accepted():
    assert matching_secret((SECRET,), BODY, SIGNATURE) == 0


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(None, id="no header"),
        pytest.param("", id="an empty header"),
        pytest.param("sha256=", id="only the prefix"),
        pytest.param(SIGNATURE.removeprefix("sha256="), id="no prefix"),
        pytest.param(SIGNATURE.replace("sha256", "sha1"), id="another algorithm named"),
        pytest.param(SIGNATURE[:-1], id="one digit missing"),
        pytest.param(SIGNATURE + "0", id="one digit more"),
        pytest.param(SIGNATURE.upper(), id="capital letters"),
        pytest.param(f" {SIGNATURE}", id="a space in front"),
        pytest.param("sha256=\u00e9\u2603", id="characters beyond ASCII"),
        pytest.param("sha256=\udc80", id="a byte that is no character"),
    ],
)
def test_a_header_that_is_not_the_signature_is_refused(signature):
    assert matching_secret((SECRET,), BODY, signature) is None


@pytest.mark.parametrize("body", [b"", b"Hello, World", b"Hello, World!\n", b"hello, world!"])
def test_a_signature_of_another_body_is_refused(body):
    assert matching_secret((SECRET,), body, SIGNATURE) is None


def test_the_previous_secret_is_told_apart():
    body = b"{}"
    assert matching_secret((b"new", b"old"), body, sign(b"old", body)) == 1
    assert matching_secret((b"new", b"old"), body, sign(b"new", body)) == 0


@pytest.mark.parametrize("secrets", [(), (b"",), (b"", b"")])
def test_without_a_secret_nothing_is_accepted(secrets):
    made = "sha256=" + hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    assert matching_secret(secrets, BODY, made) is None


def test_an_empty_secret_does_not_open_the_door_beside_a_real_one():
    assert matching_secret((SECRET, b""), BODY, sign(b"", BODY)) is None


def test_comparison_takes_constant_time(monkeypatch):
    asked = []

    def compare(left: bytes, right: bytes) -> bool:
        asked.append((left, right))
        return left == right

    monkeypatch.setattr("app.web.signature.hmac.compare_digest", compare)
    assert matching_secret((SECRET,), BODY, SIGNATURE) == 0
    assert asked == [(SIGNATURE.encode(), SIGNATURE.encode())]
