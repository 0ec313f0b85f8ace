"""The reason codes of commands, one for each way to be refused, and what they mean."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Code(StrEnum):
    """Stable words for why a command was not carried out; `MEANING` explains each."""

    PARSE_ERROR = "parse_error"
    UNKNOWN_ENVIRONMENT = "unknown_environment"
    UNKNOWN_GATE = "unknown_gate"
    TOO_MANY_COMMANDS = "too_many_commands"
    NOT_A_PULL_REQUEST = "not_a_pull_request"
    PULL_REQUEST_CLOSED = "pull_request_closed"
    COMMENT_EDITED = "comment_edited"
    COMMAND_EXPIRED = "command_expired"
    DUPLICATE = "duplicate"
    AUTHOR_UNKNOWN = "author_unknown"
    BOT_COMMENT = "bot_comment"
    APP_NOT_ALLOWED = "app_not_allowed"
    RUN_NOT_TRUSTED = "run_not_trusted"
    COMMENT_NEEDED = "comment_needed"
    PERMISSION_DENIED = "permission_denied"
    PERMISSION_UNKNOWN = "permission_unknown"
    APPROVAL_REQUIRED = "approval_required"
    SELF_APPROVAL = "self_approval"
    APPROVER_NOT_ELIGIBLE = "approver_not_eligible"
    APPROVAL_STALE = "approval_stale"
    NO_REQUEST = "no_request"
    FORK_DENIED = "fork_denied"
    SHA_NOT_PROTECTED = "sha_not_protected"
    REF_CHANGED = "ref_changed"
    SHA_MISMATCH = "sha_mismatch"
    GATE_FAILED = "gate_failed"
    GATE_INCONCLUSIVE = "gate_inconclusive"
    EVIDENCE_STALE = "evidence_stale"
    ORDER_VIOLATION = "order_violation"
    FROZEN = "frozen"
    HELD = "held"
    LOCKED = "locked"
    QUEUE_FULL = "queue_full"
    QUARANTINED = "quarantined"
    REVIEW_REQUIRED = "review_required"
    MIGRATION_FENCE = "migration_fence"
    NO_ROLLBACK_TARGET = "no_rollback_target"
    ROLLBACK_OVERDUE = "rollback_overdue"
    ENVIRONMENT_UNPROTECTED = "environment_unprotected"
    API_UNAVAILABLE = "api_unavailable"
    INTERNAL_ERROR = "internal_error"


MEANING: Mapping[Code, str] = MappingProxyType(
    {
        Code.PARSE_ERROR: "The line is not a complete command, so nothing was guessed.",
        Code.UNKNOWN_ENVIRONMENT: "The policy has no environment of that name.",
        Code.UNKNOWN_GATE: "There is no gate of that name.",
        Code.TOO_MANY_COMMANDS: (
            "One comment may hold one command that changes something and five that only read; "
            "with more, none runs."
        ),
        Code.NOT_A_PULL_REQUEST: "The comment stands on an issue.",
        Code.PULL_REQUEST_CLOSED: (
            "The pull request is closed or merged, and the command needs an open one."
        ),
        Code.COMMENT_EDITED: (
            "The comment was edited, possibly by somebody else; only a new comment is a command."
        ),
        Code.COMMAND_EXPIRED: "The comment is too old to be acted on.",
        Code.DUPLICATE: "The same comment was already acted on.",
        Code.AUTHOR_UNKNOWN: "The comment belongs to no account that permissions could be read of.",
        Code.BOT_COMMENT: "The comment was written by a bot, and bots give no commands.",
        Code.APP_NOT_ALLOWED: (
            "Another app wrote the comment in a person's name, and the policy does not list it."
        ),
        Code.RUN_NOT_TRUSTED: (
            "Only a workflow of the default branch that the policy lists speaks for the person who "
            "started it by hand."
        ),
        Code.COMMENT_NEEDED: "People say this themselves, in a comment where the request is shown.",
        Code.PERMISSION_DENIED: "The person's level is too low for the command.",
        Code.PERMISSION_UNKNOWN: (
            "What the person may do could not be read completely, which counts as nothing."
        ),
        Code.APPROVAL_REQUIRED: "The command waits for approvals or sign-offs.",
        Code.SELF_APPROVAL: (
            "Requester, author and those who pushed to the pull request cannot approve."
        ),
        Code.APPROVER_NOT_ELIGIBLE: (
            "The approver is no person, has too low a level, or it is not known who is barred."
        ),
        Code.APPROVAL_STALE: (
            "The approval was given for another request, environment, commit, tree, parameters, "
            "policy or evidence."
        ),
        Code.NO_REQUEST: "No request is in a state in which that could be done.",
        Code.FORK_DENIED: "The code comes from a fork, or from a repository that is gone.",
        Code.SHA_NOT_PROTECTED: (
            "The commit is neither the head of the pull request nor contained in a protected "
            "branch, so nobody need have reviewed it."
        ),
        Code.REF_CHANGED: "The head moved after the command was given.",
        Code.SHA_MISMATCH: "GitHub gives different commits for the same thing.",
        Code.GATE_FAILED: "A gate of the environment failed.",
        Code.GATE_INCONCLUSIVE: "A gate of the environment lacks the evidence to decide.",
        Code.EVIDENCE_STALE: "Evidence is older than it may be, or about another commit.",
        Code.ORDER_VIOLATION: "The commit did not pass the environments before this one.",
        Code.FROZEN: "A freeze covers the environment.",
        Code.HELD: "Somebody holds the pull request back.",
        Code.LOCKED: "Somebody else has locked the environment.",
        Code.QUEUE_FULL: "Too many requests already wait for the environment.",
        Code.QUARANTINED: "This code was rolled back there and is barred until it is reviewed.",
        Code.REVIEW_REQUIRED: "An incident of the environment waits for its review.",
        Code.MIGRATION_FENCE: "The target cannot run on the present database schema.",
        Code.NO_ROLLBACK_TARGET: "No earlier deployment is known to be good.",
        Code.ROLLBACK_OVERDUE: "The rollback did not end within its time.",
        Code.ENVIRONMENT_UNPROTECTED: (
            "The environment is missing on GitHub or lacks the protection rule."
        ),
        Code.API_UNAVAILABLE: "GitHub did not answer what had to be known.",
        Code.INTERNAL_ERROR: "Something failed inside; nothing was carried out.",
    }
)
