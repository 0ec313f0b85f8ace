"""The reason codes of the approval gate, one for each way to end, and what they mean."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Code(StrEnum):
    """Stable words for why approvals suffice or do not; `MEANING` explains each."""

    SATISFIED = "APPROVAL_SATISFIED"
    NOT_REQUIRED = "APPROVAL_NOT_REQUIRED"
    COUNT = "APPROVAL_COUNT"
    COUNT_EXTRA = "APPROVAL_COUNT_EXTRA"
    STALE_RETARGET = "APPROVAL_STALE_RETARGET"
    STALE_OLDER_BASE = "APPROVAL_STALE_OLDER_BASE"
    STALE_CRISS_CROSS = "APPROVAL_STALE_CRISS_CROSS"
    STALE_EVIL_MERGE = "APPROVAL_STALE_EVIL_MERGE"
    STALE_REWRITTEN = "APPROVAL_STALE_REWRITTEN"
    STALE_NEW_COMMITS = "APPROVAL_STALE_NEW_COMMITS"
    STALE_BASE_MERGE = "APPROVAL_STALE_BASE_MERGE"
    STALE_REBASE = "APPROVAL_STALE_REBASE"
    STALE_UNKNOWN_COMMIT = "APPROVAL_STALE_UNKNOWN_COMMIT"
    WITHOUT_COMMIT = "APPROVAL_WITHOUT_COMMIT"
    WITHOUT_TIME = "APPROVAL_WITHOUT_TIME"
    CHANGES_REQUESTED = "APPROVAL_CHANGES_REQUESTED"
    UNKNOWN_CONTRIBUTOR = "APPROVAL_UNKNOWN_CONTRIBUTOR"
    POLICY_UNKNOWN_NAME = "APPROVAL_POLICY_UNKNOWN_NAME"
    POLICY_UNKNOWN_RULE = "APPROVAL_POLICY_UNKNOWN_RULE"
    NO_PULL_REQUEST = "APPROVAL_NO_PULL_REQUEST"
    FACTS_MISSING = "APPROVAL_FACTS_MISSING"


MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.SATISFIED: "Every applicable rule has the approvals it asks for.",
        Code.NOT_REQUIRED: "No applicable rule asks for an approval, and the policy says so.",
        Code.COUNT: "A rule has fewer approvals than it asks for.",
        Code.COUNT_EXTRA: (
            "A rule needs one approval more, because a contributor is unknown and could be the "
            "one who approved."
        ),
        Code.STALE_RETARGET: (
            "An approval is older than the last change of the base branch; it was given for "
            "another target."
        ),
        Code.STALE_OLDER_BASE: (
            "The branch was put on an older or unrelated commit of the base than the one it had "
            "when it was approved, which can bring reverted changes back."
        ),
        Code.STALE_CRISS_CROSS: (
            "Branch and base have several merge bases (criss-cross merges), so it cannot be "
            "proven that the approved change is unchanged."
        ),
        Code.STALE_EVIL_MERGE: (
            "There is a merge since the approval, and the result is not the clean merge with the "
            "base (evil merge): the merge itself or a commit beside it changes more than that."
        ),
        Code.STALE_REWRITTEN: (
            "The branch was rewritten after the approval and is not a clean rebase of what was "
            "approved."
        ),
        Code.STALE_NEW_COMMITS: "The branch has new commits since the approval.",
        Code.STALE_BASE_MERGE: (
            "Only the base was merged since the approval, but the policy does not let approvals "
            "survive that (`survive: clean_base_merge`)."
        ),
        Code.STALE_REBASE: (
            "The branch was cleanly rebased since the approval, but the policy does not let "
            "approvals survive that (`survive: clean_rebase`)."
        ),
        Code.STALE_UNKNOWN_COMMIT: (
            "The approved commit is not in the repository any more, so it cannot be compared with "
            "the head."
        ),
        Code.WITHOUT_COMMIT: "The approval names no commit.",
        Code.WITHOUT_TIME: "The approval has no time of submission.",
        Code.CHANGES_REQUESTED: "Somebody's newest opinion is that changes are needed.",
        Code.UNKNOWN_CONTRIBUTOR: (
            "A contributor belongs to no GitHub account, and the policy blocks such changes."
        ),
        Code.POLICY_UNKNOWN_NAME: (
            "An applicable rule names a user or team that does not exist or cannot be told apart."
        ),
        Code.POLICY_UNKNOWN_RULE: "`otherwise` names a rule that the policy does not have.",
        Code.NO_PULL_REQUEST: "There is no pull request to judge.",
        Code.FACTS_MISSING: "Facts that the gate needs could not be read.",
    }
)
