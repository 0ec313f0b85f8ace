"""What all payloads need: time stamps, node ids, the type of JSON objects."""

import base64
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def iso(moment: datetime) -> str:
    """GitHub's form of a time stamp: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe_iso(moment: datetime | None) -> str | None:
    """Write the same for times that may not have come yet."""
    return None if moment is None else iso(moment)


def node_id(prefix: str, key: int | str) -> str:
    """Make an opaque id of the GraphQL kind."""
    return f"{prefix}_{base64.urlsafe_b64encode(str(key).encode()).decode().rstrip('=')}"
