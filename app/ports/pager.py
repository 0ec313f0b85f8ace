"""What incidents need of a service that wakes people."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

Action = Literal["trigger", "acknowledge", "resolve"]


@dataclass(frozen=True, slots=True)
class PagerEvent:
    """What is told about one incident; all events of the same `key` are about the same."""

    action: Action
    key: str
    summary: str
    source: str
    severity: Literal["critical", "error", "warning", "info"]
    at: datetime
    group: str = ""
    link: str = ""
    details: dict[str, str] = field(default_factory=dict)


class Pager(Protocol):
    """Tells events; the same event twice is one."""

    def tell(self, event: PagerEvent) -> None:
        """Tell an event.

        Raises PagerError when it is refused, and PagerUnavailableError when that may pass.
        """
