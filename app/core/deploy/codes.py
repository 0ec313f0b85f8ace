"""Why a deployment goes where it goes: stable words, each with a sentence."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Code(StrEnum):
    """Why a deployment changed its state or waits; commands have codes of their own."""

    APPROVED = "approved"
    APPROVAL_NEEDED = "approval_needed"
    APPROVAL_STALE = "approval_stale"
    CANCELLED = "cancelled"
    CANARY_FAILED = "canary_failed"
    CANARY_INCONCLUSIVE = "canary_inconclusive"
    CANARY_PASSED = "canary_passed"
    GATE_FAILED = "gate_failed"
    GATE_INCONCLUSIVE = "gate_inconclusive"
    GATES_PASSED = "gates_passed"
    HEALTHY = "healthy"
    LOCK_LOST = "lock_lost"
    PROMOTED = "promoted"
    PROMOTED_BY_HAND = "promoted_by_hand"
    REF_CHANGED = "ref_changed"
    REJECTED = "rejected"
    REVIEW_ACCEPTED = "review_accepted"
    ROLLBACK_FAILED = "rollback_failed"
    ROLLBACK_OVERDUE = "rollback_overdue"
    ROLLED_BACK = "rolled_back"
    RUN_FAILED = "run_failed"
    RUN_LOST = "run_lost"
    RUN_SUCCEEDED = "run_succeeded"
    SHA_MISMATCH = "sha_mismatch"
    SLOT_FREE = "slot_free"
    STALE = "stale"
    REVOKED = "revoked"
    REVIEW_DUE = "review_due"
    TIME_IS_UP = "time_is_up"
    TRIGGERED = "triggered"
    ABORTED = "aborted"
    UNHEALTHY = "unhealthy"
    WATCH_BLIND = "watch_blind"
    WATCH_OVER = "watch_over"
    MIGRATION_FENCE = "migration_fence"
    POLICY_CHANGED = "policy_changed"
    POLICY_INVALID = "policy_invalid"
    QUEUED = "queued"


MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.APPROVED: "Everybody who has to agree has, or nobody has to.",
        Code.APPROVAL_NEEDED: "People have to agree first.",
        Code.APPROVAL_STALE: "Another thing was approved, or an approver lost the right.",
        Code.CANCELLED: "Somebody took the request back before it began.",
        Code.CANARY_FAILED: "The canary breaks a limit.",
        Code.CANARY_INCONCLUSIVE: "The canary could not be judged in its time.",
        Code.CANARY_PASSED: "The canary is proven to keep its limits.",
        Code.GATE_FAILED: "The merge gates do not pass on the commit.",
        Code.GATE_INCONCLUSIVE: "The merge gates did not decide about the commit in time.",
        Code.GATES_PASSED: "Everything was looked at once more and nothing objects.",
        Code.HEALTHY: "Nothing speaks against the new version.",
        Code.LOCK_LOST: "Something else has the environment.",
        Code.PROMOTED: "Everybody has the new version.",
        Code.PROMOTED_BY_HAND: "Somebody gave the canary to everybody, and nothing forbade it.",
        Code.REF_CHANGED: "The head moved after the request.",
        Code.REJECTED: "Somebody who may approve is against it.",
        Code.REVIEW_ACCEPTED: "The incident was reviewed.",
        Code.ROLLBACK_FAILED: "The version before is not back, or there is none.",
        Code.ROLLBACK_OVERDUE: "The rollback did not end within its time.",
        Code.ROLLED_BACK: "The version before is back.",
        Code.RUN_FAILED: "The workflow failed, or could not be started.",
        Code.RUN_LOST: "Nobody knows what became of the workflow.",
        Code.RUN_SUCCEEDED: "The workflow has done its work.",
        Code.SHA_MISMATCH: "GitHub or the workflow names another commit.",
        Code.SLOT_FREE: "The environment is free.",
        Code.STALE: "What people were to agree to is not so any more.",
        Code.REVOKED: "Somebody took an order or an override back.",
        Code.REVIEW_DUE: "People have to look at it after the fact.",
        Code.TIME_IS_UP: "The state lasted as long as it may.",
        Code.TRIGGERED: "Monitoring or an alert speaks against the new version.",
        Code.ABORTED: "Somebody asked for the version before.",
        Code.UNHEALTHY: "The new version is not well.",
        Code.WATCH_BLIND: "Nothing was measured in the time: it is no version to go back to.",
        Code.WATCH_OVER: "The watch is over and nothing was seen.",
        Code.MIGRATION_FENCE: "The version before cannot run on the present database schema.",
        Code.POLICY_CHANGED: "The policy treats the environment in another way than before.",
        Code.POLICY_INVALID: "The policy of the default branch cannot be used.",
        Code.QUEUED: "Others came first.",
    }
)


def code_table() -> str:
    """Return a Markdown table of the codes, each with the anchor it is linked by."""
    rows = [f'| <a id="{code}"></a>`{code}` | {text} |' for code, text in MEANING.items()]
    return "\n".join(("| code | meaning |", "| --- | --- |", *rows))
