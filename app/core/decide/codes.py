"""Reason codes that no single gate owns: the rollup's, merge groups', and those of every gate."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Code(StrEnum):
    """Reason codes of the rollup and of what is the same for every gate."""

    READY = "MERGE_READY"
    WAITING = "MERGE_WAITING"
    UNDECIDED = "MERGE_UNDECIDED"
    BLOCKED = "MERGE_BLOCKED"
    DRAFT = "MERGE_DRAFT"
    CLOSED = "MERGE_CLOSED"
    NOT_GOVERNED = "MERGE_NOT_GOVERNED"
    GATE_MISSING = "MERGE_GATE_MISSING"
    AGAIN = "MERGE_AGAIN"
    ENGINE_ERROR = "MERGE_ENGINE_ERROR"
    SIBLING_BLOCKS = "MERGE_SIBLING_BLOCKS"
    SIBLING_UNJUDGED = "MERGE_SIBLING_UNJUDGED"
    POLICY_INVALID = "POLICY_INVALID"
    GROUP_CARRIED = "GROUP_CARRIED"
    GROUP_MEMBERS_UNKNOWN = "GROUP_MEMBERS_UNKNOWN"
    GROUP_MEMBER_CLOSED = "GROUP_MEMBER_CLOSED"
    GROUP_MEMBER_RETARGETED = "GROUP_MEMBER_RETARGETED"
    GROUP_MEMBER_UNRECORDED = "GROUP_MEMBER_UNRECORDED"
    GROUP_MEMBER_NOT_PASSING = "GROUP_MEMBER_NOT_PASSING"
    CI_FACTS_MISSING = "CI_FACTS_MISSING"
    COMPLIANCE_FACTS_MISSING = "COMPLIANCE_FACTS_MISSING"
    SECRETS_FACTS_MISSING = "SECRETS_FACTS_MISSING"
    APPROVAL_FACTS_MISSING = "APPROVAL_FACTS_MISSING"
    FRESHNESS_FACTS_MISSING = "FRESHNESS_FACTS_MISSING"
    MERGE_FACTS_MISSING = "MERGE_FACTS_MISSING"


_FACTS_MISSING = "A part of the facts that is needed could not be read, so nothing can be told."

MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.READY: "Every gate passes or is not required.",
        Code.WAITING: "No gate fails, and at least one waits for a person or a machine.",
        Code.UNDECIDED: "No gate fails, and at least one cannot tell.",
        Code.BLOCKED: "At least one gate fails.",
        Code.DRAFT: "The pull request is a draft, and the policy holds drafts.",
        Code.CLOSED: "The pull request is closed or merged.",
        Code.NOT_GOVERNED: "The policy does not govern the base branch; nothing is published.",
        Code.GATE_MISSING: "A gate was not judged, so the rest cannot say yes.",
        Code.AGAIN: "Something happened that may be bad news; the old success does not stand.",
        Code.ENGINE_ERROR: "The evaluation failed several times; an operator has to look at it.",
        Code.SIBLING_BLOCKS: "Another open pull request has the same head and does not pass.",
        Code.SIBLING_UNJUDGED: "Another open pull request has the same head and is not judged yet.",
        Code.POLICY_INVALID: "The policy of the base branch cannot be used as it is written.",
        Code.GROUP_CARRIED: "Every pull request of the merge group passed this gate.",
        Code.GROUP_MEMBERS_UNKNOWN: "The pull requests of the merge group are not known.",
        Code.GROUP_MEMBER_CLOSED: "A pull request of the merge group is not open.",
        Code.GROUP_MEMBER_RETARGETED: "A pull request of the merge group has another base branch.",
        Code.GROUP_MEMBER_UNRECORDED: "A pull request of the group has no verdict for its head.",
        Code.GROUP_MEMBER_NOT_PASSING: "A pull request of the merge group does not pass the gate.",
        Code.CI_FACTS_MISSING: _FACTS_MISSING,
        Code.COMPLIANCE_FACTS_MISSING: _FACTS_MISSING,
        Code.SECRETS_FACTS_MISSING: _FACTS_MISSING,
        Code.APPROVAL_FACTS_MISSING: _FACTS_MISSING,
        Code.FRESHNESS_FACTS_MISSING: _FACTS_MISSING,
        Code.MERGE_FACTS_MISSING: _FACTS_MISSING,
    }
)
