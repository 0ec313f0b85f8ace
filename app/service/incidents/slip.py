"""Where entries about incidents go: the log, or a slip for whoever appends them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from app.audit.leaf import Draft


class Log(Protocol):
    """Where entries go: the log itself, or a slip that somebody enters in it later."""

    def append(
        self, connection: sa.Connection, log_id: int, drafts: Sequence[Draft], now: datetime
    ) -> object:
        """Take entries."""


@dataclass(frozen=True, slots=True)
class Slip:
    """Keeps entries for whoever appends them in the same transaction."""

    drafts: list[Draft] = field(default_factory=list)

    def append(
        self, _connection: sa.Connection, _log_id: int, drafts: Sequence[Draft], _now: datetime
    ) -> None:
        """Keep entries."""
        self.drafts.extend(drafts)
