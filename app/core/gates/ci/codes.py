"""How a required check can end: one stable code each, with its outcome and its words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.core.verdict import Outcome

BADNESS = (Outcome.PASS, Outcome.PENDING, Outcome.ERROR, Outcome.FAIL)


class Code(StrEnum):
    """Reason codes of the ci gate."""

    PASSED = "CI_PASSED"
    NOT_REQUIRED = "CI_NOT_REQUIRED"
    NOT_APPLICABLE = "CI_NOT_APPLICABLE"
    CHECK_FAILED = "CI_CHECK_FAILED"
    CHECK_CANCELLED = "CI_CHECK_CANCELLED"
    CHECK_SKIPPED = "CI_CHECK_SKIPPED"
    CHECK_NEUTRAL = "CI_CHECK_NEUTRAL"
    CHECK_STALE = "CI_CHECK_STALE"
    RESULT_UNKNOWN = "CI_RESULT_UNKNOWN"
    CHECK_OVERDUE = "CI_CHECK_OVERDUE"
    SUITE_FAILED = "CI_SUITE_FAILED"
    CHECK_RUNNING = "CI_CHECK_RUNNING"
    ACTION_REQUIRED = "CI_ACTION_REQUIRED"
    CHECK_MISSING = "CI_CHECK_MISSING"
    TOO_FEW_MATCHES = "CI_TOO_FEW_MATCHES"
    RUN_NEEDS_APPROVAL = "CI_RUN_NEEDS_APPROVAL"
    WRONG_SOURCE = "CI_WRONG_SOURCE"
    OTHER_COMMIT = "CI_OTHER_COMMIT"
    OLDER_THAN_BASE = "CI_OLDER_THAN_BASE"
    SKIPPED_BY_COMMIT = "CI_SKIPPED_BY_COMMIT"
    CHECKS_ARCHIVED = "CI_CHECKS_ARCHIVED"
    TOO_FEW_CHECKS = "CI_TOO_FEW_CHECKS"
    SUITE_RUNNING = "CI_SUITE_RUNNING"
    SETTLING = "CI_SETTLING"
    WORKFLOW_MODIFIED = "CI_WORKFLOW_MODIFIED"
    WORKFLOW_UNKNOWN = "CI_WORKFLOW_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Ending:
    """What a code means; `headline` holds `{name}` and the sentences end with a full stop."""

    outcome: Outcome
    meaning: str
    headline: str
    who: str = ""
    action: str = ""


_WRITERS = "anybody with write access"
_AUTHOR = "the author"
_CI = "the CI system"
_MAINTAINER = "a maintainer"

ENDINGS: Mapping[Code, Ending] = MappingProxyType(
    {
        Code.PASSED: Ending(
            Outcome.PASS, "Every required check passed on the head commit.", "{name} passed"
        ),
        Code.NOT_REQUIRED: Ending(
            Outcome.PASS,
            "The policy names no check and does not ask for all checks.",
            "Not required: the policy names no check",
        ),
        Code.NOT_APPLICABLE: Ending(
            Outcome.PASS,
            "No changed path concerns any required check, and the paths prove it.",
            "Not required: no changed path concerns a required check",
        ),
        Code.CHECK_FAILED: Ending(
            Outcome.FAIL,
            "A required check ended with a failure, a time-out or an error.",
            "{name} failed",
            _AUTHOR,
            "Read its log, mend the cause and push, or re-run it if the cause was outside.",
        ),
        Code.CHECK_CANCELLED: Ending(
            Outcome.FAIL,
            "The newest run of a required check was cancelled.",
            "{name} was cancelled",
            _WRITERS,
            "Re-run it.",
        ),
        Code.CHECK_SKIPPED: Ending(
            Outcome.FAIL,
            "A required check was skipped, and no `when.paths` proves that it is irrelevant.",
            "{name} was skipped",
            _AUTHOR,
            "Mend the job that it depends on, or let the policy say with `when.paths` which"
            " changes need it.",
        ),
        Code.CHECK_NEUTRAL: Ending(
            Outcome.FAIL,
            "A required check ended neutral, which its entry in the policy does not accept.",
            "{name} ended neutral",
            _AUTHOR,
            "Read its report, or let the policy accept `neutral` for this check.",
        ),
        Code.CHECK_STALE: Ending(
            Outcome.FAIL,
            "GitHub gave up a required check because it did not end within 14 days.",
            "{name} went stale",
            _WRITERS,
            "Re-run it.",
        ),
        Code.RESULT_UNKNOWN: Ending(
            Outcome.FAIL,
            "A required check ended with a word that is not known.",
            "{name} ended with an unknown result",
            _WRITERS,
            "Re-run it; if the word comes again, report it to the makers of the check.",
        ),
        Code.CHECK_OVERDUE: Ending(
            Outcome.FAIL,
            "A required check did not report before its deadline.",
            "{name} did not report in time",
            _WRITERS,
            "Start it, or push again.",
        ),
        Code.SUITE_FAILED: Ending(
            Outcome.FAIL,
            "A check suite failed before it could create a check, so nothing else tells of it.",
            "{name} failed without a check",
            _AUTHOR,
            "Look for a workflow file that is not valid, mend it and push.",
        ),
        Code.CHECK_RUNNING: Ending(
            Outcome.PENDING,
            "A required check has not ended yet.",
            "{name} is running",
            _CI,
            "Wait for it.",
        ),
        Code.ACTION_REQUIRED: Ending(
            Outcome.PENDING,
            "A required check waits for somebody to act on its page.",
            "{name} waits for an action",
            _WRITERS,
            "Open the check's details and do what it asks for.",
        ),
        Code.CHECK_MISSING: Ending(
            Outcome.PENDING,
            "A required check has not reported on the head commit.",
            "{name} has not reported",
            _CI,
            "Wait for it. If it never comes, compare its name with the policy; a check made by a"
            " `workflow_run` workflow reports on the default branch and is never seen here.",
        ),
        Code.TOO_FEW_MATCHES: Ending(
            Outcome.PENDING,
            "Fewer checks match a name with `*` than the policy expects.",
            "{name} has too few matches",
            _CI,
            "Wait for the others.",
        ),
        Code.RUN_NEEDS_APPROVAL: Ending(
            Outcome.PENDING,
            "A workflow run from a fork waits until a maintainer approves it.",
            "{name} waits for approval of its workflow run",
            _MAINTAINER,
            "Read the change, then approve the workflow run on the pull request's page.",
        ),
        Code.WRONG_SOURCE: Ending(
            Outcome.PENDING,
            "A check with the right name came from another app, creator, workflow or event.",
            "{name} came from the wrong source",
            _CI,
            "Wait for the check from the source that the policy names.",
        ),
        Code.OTHER_COMMIT: Ending(
            Outcome.PENDING,
            "A required check reported on a commit that is not the head.",
            "{name} reported on another commit",
            _AUTHOR,
            "Let the check report on the pull request's head, not on the test-merge commit.",
        ),
        Code.OLDER_THAN_BASE: Ending(
            Outcome.PENDING,
            "A required check is older than the last change of the base branch's name.",
            "{name} ran before the base branch was changed",
            _WRITERS,
            "Re-run it against the present base branch.",
        ),
        Code.SKIPPED_BY_COMMIT: Ending(
            Outcome.PENDING,
            "The head commit's message tells CI to skip, so a required check is absent.",
            "{name} was skipped by the commit message",
            _AUTHOR,
            "Push a commit whose message does not ask CI to skip.",
        ),
        Code.CHECKS_ARCHIVED: Ending(
            Outcome.PENDING,
            "The head is so old that GitHub may have archived its checks.",
            "{name} may have been archived",
            _WRITERS,
            "Re-run CI on the head.",
        ),
        Code.TOO_FEW_CHECKS: Ending(
            Outcome.PENDING,
            "All checks must pass, and fewer have reported than `min_checks`.",
            "{name}",
            _CI,
            "Wait for more checks, or set up CI for this repository.",
        ),
        Code.SUITE_RUNNING: Ending(
            Outcome.PENDING,
            "All checks must pass, and a check suite or workflow run has not ended.",
            "{name} is running",
            _CI,
            "Wait for it.",
        ),
        Code.SETTLING: Ending(
            Outcome.PENDING,
            "All checks must pass, and the head is so new that more checks may appear.",
            "Waiting for more checks to appear",
            _CI,
            "Wait; this is looked at again without any event.",
        ),
        Code.WORKFLOW_MODIFIED: Ending(
            Outcome.PENDING,
            "The pull request changes the workflow that makes its own required check.",
            "Producing workflow modified; needs {name}",
            "the approvers of the rule",
            "Review the workflow change and approve the present head.",
        ),
        Code.WORKFLOW_UNKNOWN: Ending(
            Outcome.ERROR,
            "It cannot be told whether the changed workflow was approved.",
            "Could not evaluate: approval of the changed workflow",
            _MAINTAINER,
            "Mend what could not be read, then evaluate again.",
        ),
    }
)

MEANING: Mapping[Code, str] = MappingProxyType(
    {code: ending.meaning for code, ending in ENDINGS.items()}
)
