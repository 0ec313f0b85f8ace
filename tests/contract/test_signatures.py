"""GitHub's own webhook library and we sign alike and believe the same signatures."""

import pytest

from app.web.signature import matching_secret, sign
from tests.contract.programs import answers_of

pytestmark = pytest.mark.node

PACKAGE = "@octokit/webhooks-methods"
SECRETS = ("It's a Secret to Everybody", "x", "é☃ \t", "s" * 300)
BODIES = (
    "Hello, World!",
    "{}",
    '{"title": "naïve — 変更 🚀"}',
    '{\r\n  "a": "\\u0000\\ud83d\\ude80"\r\n}',
    " ",
    "x" * 100_000,
)
PAIRS = [(secret, body) for secret in SECRETS for body in BODIES]


def ours(secret: str, body: str) -> str:
    return sign(secret.encode(), body.encode())


def believed(secret: str, body: str, signature: str) -> bool:
    return matching_secret((secret.encode(),), body.encode(), signature) == 0


def test_what_the_library_signs_we_believe():
    cases = [{"secret": secret, "body": body} for secret, body in PAIRS]
    signatures = answers_of("signatures.mjs", PACKAGE, cases)
    judged = [believed(*pair, made) for pair, made in zip(PAIRS, signatures, strict=True)]
    assert judged == [True] * len(PAIRS)


def test_what_we_sign_the_library_believes():
    cases = [{"secret": s, "body": b, "signature": ours(s, b)} for s, b in PAIRS]
    assert answers_of("signatures.mjs", PACKAGE, cases) == [True] * len(PAIRS)


def test_both_refuse_the_same_wrong_signatures():
    secret, body = "secret", '{"zen": "Anything added dilutes everything else."}'
    right = ours(secret, body)
    wrong = [
        ours("other", body),
        ours(secret, body + " "),
        right[:-1],
        right[:-1] + ("0" if right[-1] != "0" else "1"),
        right.replace("sha256=", "sha1="),
        right.removeprefix("sha256="),
        "sha256=é",
    ]
    cases = [{"secret": secret, "body": body, "signature": each} for each in wrong]
    assert answers_of("signatures.mjs", PACKAGE, cases) == [False] * len(wrong)
    assert [believed(secret, body, each) for each in wrong] == [False] * len(wrong)


def test_both_believe_the_previous_secret_during_a_rotation():
    body = "{}"
    by_secret = {name: ours(name, body) for name in ("new", "old", "older")}
    cases = [
        {"secret": "new", "previous": ["old"], "body": body, "signature": made}
        for made in by_secret.values()
    ]
    assert answers_of("signatures.mjs", PACKAGE, cases) == [True, True, False]
    secrets = (b"new", b"old")
    found = [matching_secret(secrets, body.encode(), made) for made in by_secret.values()]
    assert found == [0, 1, None]
