"""Moments as text: UTC, fixed width, so that their order is the order of the strings."""

from datetime import UTC, datetime


def stamp(when: datetime) -> str:
    """Write an aware moment with microseconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Read a moment written by `stamp`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
