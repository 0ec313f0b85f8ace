"""Webhook signatures: HMAC-SHA-256 over the raw bytes, current secret first.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import hashlib
import hmac
from collections.abc import Sequence

_PREFIX = "sha256="


def sign(secret: bytes, body: bytes) -> str:
    """Return the value of `X-Hub-Signature-256` for a body."""
    return _PREFIX + hmac.new(secret, body, hashlib.sha256).hexdigest()


def matching_secret(secrets: Sequence[bytes], body: bytes, signature: str | None) -> int | None:
    """Return the index of the secret that signed the body; None when none did.

    Empty secrets never match. Bytes are compared, in constant time: a header with other
    characters than ASCII is a wrong signature, not a crash.
    """
    given = (signature or "").encode("utf-8", "surrogateescape")
    for index, secret in enumerate(secrets):
        if secret and hmac.compare_digest(sign(secret, body).encode(), given):
            return index
    return None
