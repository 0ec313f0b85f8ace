"""Whether an alert comes from who it says: a bearer token, or PagerDuty's signatures."""

import hashlib
import hmac
from collections.abc import Sequence


def is_bearer(header: str | None, token: bytes) -> bool:
    """Compare an `Authorization: Bearer …` header with the token, in constant time."""
    kind, _, given = (header or "").partition(" ")
    is_same = hmac.compare_digest(given.strip().encode(), token)
    return bool(token) and kind.casefold() == "bearer" and is_same


def is_signed(header: str | None, body: bytes, secrets: Sequence[bytes]) -> bool:
    """Accept any match of several `v1=` signatures and secrets: both change in a rotation (T97)."""
    given = [
        each.strip().removeprefix("v1=")
        for each in (header or "").split(",")
        if each.strip().startswith("v1=")
    ]
    wanted = [hmac.new(secret, body, hashlib.sha256).hexdigest() for secret in secrets if secret]
    return any(hmac.compare_digest(each.encode(), one.encode()) for each in given for one in wanted)
