"""Holds: a person keeps one pull request from being deployed, until somebody lifts that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.commands.codes import Code
from app.core.deploy.observed import Refusal

EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Who keeps which pull request from where; an empty environment stands for all of them.

    It has no end of its own: what nobody lifts stays.
    """

    number: int
    environment: str
    account_id: int
    login: str
    reason: str
    at: datetime

    def covers(self, number: int, environment: str) -> bool:
        """Tell whether the hold keeps a pull request from an environment, whatever its case."""
        return number == self.number and self.environment in (EVERYWHERE, environment.casefold())


def held(holds: Iterable[Hold], number: int | None, environment: str) -> Refusal | None:
    """Return why a pull request may not go to an environment now; None if nobody holds it."""
    found = [each for each in holds if number is not None and each.covers(number, environment)]
    if not found:
        return None
    first = min(found, key=lambda each: (each.at, each.account_id))
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return Refusal(Code.HELD, f"held by {first.login} ({first.reason}){more}")
