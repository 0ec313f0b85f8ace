"""GitHub's rate limits as answers show them, and when to come back.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from app.errors import RateLimitedError

_SECONDARY_WAIT = timedelta(seconds=60)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def limit_in(
    status: int, headers: Mapping[str, str], body: str, now: datetime
) -> RateLimitedError | None:
    """Return the limit that an answer reports; None for any other refusal.

    A 429, and a 403 that speaks of a rate limit, without a time to come back waits a minute.
    """
    if status not in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
        return None
    after = _whole(headers.get("retry-after"))
    if after is not None:
        return RateLimitedError(now + timedelta(seconds=after), "secondary")
    reset = _whole(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        until = datetime.fromtimestamp(reset, UTC) + timedelta(seconds=1)
        return RateLimitedError(max(until, now + timedelta(seconds=1)), "primary")
    if status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in body.lower():
        return RateLimitedError(now + _SECONDARY_WAIT, "secondary")
    return None
