"""Locks of environments: a lease with an end and a number that only grows (fencing)."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.core.deploy.observed import Refusal


@dataclass(frozen=True, slots=True)
class Lock:
    """Who holds an environment: a deployment, or a person with a reason.

    `until` is None for a person's lock without an end. `fencing` is greater than any number that
    was ever given out for the environment, so that a late writer can be told from the holder.
    """

    environment: str
    holder: str
    fencing: int
    until: datetime | None
    reason: str = ""
    account_id: int | None = None

    def is_alive(self, now: datetime) -> bool:
        """Tell whether the lease still runs; it ends at its last instant, not after it."""
        return self.until is None or now < self.until


def acquire(found: Lock | None, wanted: Lock, now: datetime, highest: int) -> Lock | Refusal:
    """Return the lock as it has to be written; asking again as its holder renews it (F51)."""
    if found is not None and found.is_alive(now):
        if found.holder == wanted.holder:
            return replace(found, until=wanted.until)
        return Refusal("locked", f"{found.environment} is held by {found.holder}")
    return replace(wanted, fencing=highest + 1)
