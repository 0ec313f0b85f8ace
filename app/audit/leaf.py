"""Leaf bytes and hashes: RFC 8785 canonical JSON under an RFC 6962 leaf hash.

The stored bytes are the truth and are never re-serialised; the parser is strict.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import rfc8785

from app.errors import GatewrightError

ENTRY_VERSION = "gatewright/entry/1"
MAX_LEAF_BYTES = 16_384
GENESIS = bytes(32)


class LeafError(GatewrightError):
    """An entry cannot be written as a leaf, or stored bytes are not one."""


class EntryType(StrEnum):
    """What an entry reports; a closed list, versioned with the entry format."""

    LOG_OPENED = "log.opened"
    DELIVERY_ACCEPTED = "delivery.accepted"
    DELIVERY_DUPLICATE = "delivery.duplicate"
    FACTS_CAPTURED = "facts.captured"
    VERDICT_ISSUED = "verdict.issued"
    EVAL_ERROR = "eval.error"
    CHECK_RUN_INTENT = "check_run.intent"
    CHECK_RUN_POSTED = "check_run.posted"
    MERGE_OBSERVED = "merge.observed"
    COMMAND_DECIDED = "command.decided"
    DEPLOYMENT_SAID = "deployment.said"
    DEPLOYMENT_MOVED = "deployment.moved"
    HOLD_PLACED = "hold.placed"
    HOLD_LIFTED = "hold.lifted"
    CANARY_STEERED = "canary.steered"
    FLAG_SWITCHED = "flag.switched"
    ALERT_RECEIVED = "alert.received"
    EVIDENCE_RECEIVED = "evidence.received"
    PROTECTION_ANSWERED = "protection.answered"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_JOINED = "incident.joined"
    INCIDENT_ACKNOWLEDGED = "incident.acknowledged"
    INCIDENT_MITIGATED = "incident.mitigated"
    INCIDENT_REVIEWED = "incident.reviewed"
    INCIDENT_RESOLVED = "incident.resolved"
    INCIDENT_PAGED = "incident.paged"
    INCIDENT_TOLD = "incident.told"
    ORDER_MOVED = "order.moved"
    LOAN_GRANTED = "loan.granted"
    LOAN_ENDED = "loan.ended"
    LOAN_REVIEWED = "loan.reviewed"
    FREEZE_SET = "freeze.set"
    FREEZE_LIFTED = "freeze.lifted"
    CLOCK_SKEW = "clock.skew"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller wants recorded; the log adds id, order, time and the chain.

    `idem_key` makes the entry unique: the same key never makes a second entry.
    `fields` are strings under short names (`repo`, `pr`, `rev`, `out`, `ref`, …).
    """

    type: EntryType
    idem_key: str
    fields: Mapping[str, str]


def leaf_hash(leaf: bytes) -> bytes:
    """Return the RFC 6962 §2.1 hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def moment(when: datetime) -> str:
    """Write a moment as UTC with milliseconds."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def encode(fields: Mapping[str, str | int]) -> bytes:
    """Return the canonical bytes of an entry.

    Raises LeafError when the entry is over 16 KiB or cannot be written as UTF-8 JSON.
    """
    leaf = _canonical(dict(fields))
    if len(leaf) > MAX_LEAF_BYTES:
        raise LeafError(f"an entry has {len(leaf)} bytes, the limit is {MAX_LEAF_BYTES}")
    return leaf


def _canonical(entry: dict[str, Any]) -> bytes:
    try:
        return rfc8785.dumps(entry)
    except ValueError as error:  # of the library and, for halves of characters, of Python
        raise LeafError("an entry holds what cannot be written as canonical JSON") from error


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise LeafError("an entry names a key twice")
    return dict(pairs)


def _no_float(_text: str) -> float:
    raise LeafError("an entry holds a number that is not whole")


def decode(leaf: bytes) -> dict[str, object]:
    """Read stored bytes strictly: UTF-8, an object, no duplicate keys, no floats, canonical."""
    try:
        entry = json.loads(leaf.decode(), object_pairs_hook=_no_duplicates, parse_float=_no_float)
    except (ValueError, RecursionError) as error:  # a ValueError too: a number of 5,000 digits
        raise LeafError("an entry is not UTF-8 JSON") from error
    if not isinstance(entry, dict) or _canonical(entry) != leaf:
        raise LeafError("an entry is not in canonical form")
    return entry
