"""Orders: dangerous commands that are no deployments, from the request to what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.core.commands.scales import Risk
from app.core.deploy.codes import Code
from app.core.deploy.observed import Approvals, Refusal
from app.core.facts import Sha

_PATIENCE = timedelta(hours=4)
_PATIENCE_BY_RISK: Mapping[Risk, timedelta] = MappingProxyType({Risk.CRITICAL: timedelta(hours=1)})


class OrderState(StrEnum):
    """Where an order stands; only one that waits ever changes."""

    WAITING = "waiting"
    GRANTED = "granted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of an order at one moment.

    `stale` says what changed since it was given, so that people agreed to something else.
    `is_known` is False where whatever decides about it could not be read.
    """

    agreed: Approvals
    stale: Refusal | None = None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Turn:
    """How an order ends, and why."""

    to: OrderState
    code: str
    detail: str = ""


def patience(risk: Risk) -> timedelta:
    """Return how long an order of that risk waits for people."""
    return _PATIENCE_BY_RISK.get(risk, _PATIENCE)


def data_risk(environment: str, sha: Sha) -> str:
    """Return the sentence that people have to write before data may be lost."""
    return f"I accept that data of {environment} may be lost by going back to {sha[:12]}"


def accepts(reason: str, sentence: str) -> bool:
    """Tell whether a reason quotes a sentence, whatever its case and spaces."""
    return _folded(sentence) in _folded(reason)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def turn(expires_at: datetime, seen: Look, now: datetime) -> Turn | None:
    """Return how an order that waits ends now; None as long as it goes on waiting."""
    if seen.agreed.rejected_by is not None:
        return Turn(OrderState.REJECTED, Code.REJECTED, seen.agreed.rejected_by)
    if now >= expires_at:
        return Turn(OrderState.EXPIRED, Code.TIME_IS_UP)
    if not seen.is_known:
        return None
    if seen.stale is not None:
        return Turn(OrderState.STALE, seen.stale.code, seen.stale.detail)
    return Turn(OrderState.GRANTED, Code.APPROVED) if seen.agreed.suffice else None
