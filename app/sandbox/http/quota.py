"""Rate limits: a counter per caller with GitHub's headers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.sandbox.http.actors import Actor

WINDOW = timedelta(hours=1)
LIMITS = {"anonymous": 60, "user": 5000, "app": 5000, "installation": 5000}


@dataclass(slots=True)
class Budget:
    """What one caller has used of the present hour."""

    limit: int
    reset: datetime
    used: int = 0

    @property
    def remaining(self) -> int:
        """Requests left until the reset."""
        return max(0, self.limit - self.used)


class Quota:
    """The budgets of all callers."""

    def __init__(self) -> None:
        self._budgets: dict[str, Budget] = {}

    def of(self, actor: Actor, now: datetime) -> Budget:
        """Return the caller's budget, a fresh one when its hour is over."""
        budget = self._budgets.get(actor.name)
        if budget is None or budget.reset <= now:
            budget = Budget(LIMITS[actor.kind], now + WINDOW)
            self._budgets[actor.name] = budget
        return budget

    def leave(self, name: str, remaining: int, now: datetime) -> None:
        """Set what a caller, named as in the request log, has left."""
        kind = name.partition(":")[0]
        budget = self._budgets.setdefault(name, Budget(LIMITS[kind], now + WINDOW))
        budget.used = budget.limit - remaining


def headers(budget: Budget) -> dict[str, str]:
    """Return the headers that every answer carries."""
    return {
        "X-RateLimit-Limit": str(budget.limit),
        "X-RateLimit-Remaining": str(budget.remaining),
        "X-RateLimit-Used": str(budget.used),
        "X-RateLimit-Reset": str(int(budget.reset.timestamp())),
        "X-RateLimit-Resource": "core",
    }
