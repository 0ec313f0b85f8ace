"""Recomputes a recorded verdict from stored bytes and compares it byte for byte."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.canonical import FactsUnreadableError, canonical, facts_from_bytes, judgement_document
from app.core.judge import judge
from app.core.policy.load import policy_digest
from app.errors import ReplayError
from app.service.policies import PROBLEM_TYPE, LoadedPolicy, load_problem, load_text, read_policy
from app.store import verdicts
from app.store.verdicts import Recorded


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recorded verdict beside the one that was computed again."""

    recorded: Recorded
    stored: bytes
    computed: bytes

    @property
    def is_equal(self) -> bool:
        """Tell whether both are the same bytes and the stored ones are those the id names."""
        digest = hashlib.sha256(self.stored).hexdigest()
        return self.stored == self.computed and self.recorded.id == f"v-{digest[:24]}"


def replay(connection: sa.Connection, verdict_id: str) -> Replayed:
    """Judge the stored facts under the stored policy at the recorded moment.

    Raises ReplayError when the verdict is unknown or something it was computed from is gone.
    """
    recorded = _the_only(verdict_id, verdicts.starting(connection, verdict_id))
    facts = _read(connection, recorded.facts_sha256, "facts")
    stored = _read(connection, recorded.judgement_sha256, "judgement")
    policy = _policy(connection, recorded, stored)
    try:
        read = facts_from_bytes(facts)
    except FactsUnreadableError as error:
        raise ReplayError(f"the stored facts cannot be read: {error}") from error
    judgement = judge(
        read,
        policy.value,
        policy.digest,
        policy.source,
        datetime.fromisoformat(recorded.decided_at),
    )
    return Replayed(recorded, stored, canonical(judgement_document(judgement)))


def _the_only(verdict_id: str, found: Sequence[Recorded]) -> Recorded:
    if not found:
        raise ReplayError(f"there is no verdict {verdict_id!r}")
    if len(found) > 1:
        raise ReplayError(f"several verdicts start with {verdict_id!r}; write more of the id")
    return found[0]


def _read(connection: sa.Connection, digest: str, what: str) -> bytes:
    body = verdicts.read_detail(connection, digest)
    if body is None:
        raise ReplayError(f"the {what} of this verdict are not stored any more")
    if hashlib.sha256(body).hexdigest() != digest:
        raise ReplayError(f"the stored {what} are not those that were recorded")
    return body


def _policy(connection: sa.Connection, recorded: Recorded, stored: bytes) -> LoadedPolicy:
    if recorded.policy_sha256 == policy_digest(None):
        return read_policy(())
    text = _read(connection, recorded.policy_sha256, "policy")
    if verdicts.media_type(connection, recorded.policy_sha256) == PROBLEM_TYPE:
        return load_problem(text)
    return load_text(text, json.loads(stored)["policy"]["source"])
