"""Codes for what the numbers could not use or had to doubt, and what each means."""

from collections.abc import Mapping
from enum import StrEnum


class Flaw(StrEnum):
    """What is doubtful about the events."""

    EVENT_UNREADABLE = "EVENT_UNREADABLE"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    EVENT_REPEATED = "EVENT_REPEATED"
    REPEAT_DIFFERS = "REPEAT_DIFFERS"
    RECEIVED_TOO_EARLY = "RECEIVED_TOO_EARLY"
    NOT_YET_RECEIVED = "NOT_YET_RECEIVED"
    OTHER_REPOSITORY = "OTHER_REPOSITORY"
    OTHER_SERVICE = "OTHER_SERVICE"
    OTHER_ENVIRONMENT = "OTHER_ENVIRONMENT"
    STATUS_WITHOUT_DEPLOYMENT = "STATUS_WITHOUT_DEPLOYMENT"
    DEPLOYMENT_UNFINISHED = "DEPLOYMENT_UNFINISHED"
    DEPLOYMENT_ORDER = "DEPLOYMENT_ORDER"
    SHA_UNKNOWN = "SHA_UNKNOWN"
    PARENT_UNKNOWN = "PARENT_UNKNOWN"
    PARENTS_LOST = "PARENTS_LOST"
    PATHS_LOST = "PATHS_LOST"
    AUTHOR_UNKNOWN = "AUTHOR_UNKNOWN"
    AUTHOR_DATE_IMPLAUSIBLE = "AUTHOR_DATE_IMPLAUSIBLE"
    CLOCK_SKEWED = "CLOCK_SKEWED"
    COMMITS_LOST = "COMMITS_LOST"
    LISTED_COMMIT_UNKNOWN = "LISTED_COMMIT_UNKNOWN"
    MERGE_UNKNOWN = "MERGE_UNKNOWN"
    PULL_REQUEST_ORDER = "PULL_REQUEST_ORDER"
    REVERT_OF_UNKNOWN = "REVERT_OF_UNKNOWN"
    CHERRY_PICK_OF_UNKNOWN = "CHERRY_PICK_OF_UNKNOWN"
    INCIDENT_NEVER_OPENED = "INCIDENT_NEVER_OPENED"
    INCIDENT_ORDER = "INCIDENT_ORDER"
    DUPLICATE_OF_NOTHING = "DUPLICATE_OF_NOTHING"
    LINK_TO_NOTHING = "LINK_TO_NOTHING"
    INCIDENT_UNATTRIBUTED = "INCIDENT_UNATTRIBUTED"
    NO_INCIDENT_SOURCE = "NO_INCIDENT_SOURCE"


MEANING: Mapping[Flaw, str] = {
    Flaw.EVENT_UNREADABLE: (
        "an event that cannot be read was set aside; its place in the list and the mistake are told"
    ),
    Flaw.KEY_UNKNOWN: "a key that nothing reads, perhaps misspelled, was passed over",
    Flaw.EVENT_REPEATED: "the same fact was told again and counts once",
    Flaw.REPEAT_DIFFERS: (
        "the same fact was told in different words; the latest word on each field counts"
    ),
    Flaw.RECEIVED_TOO_EARLY: "an event was received before it happened, so some clock is wrong",
    Flaw.NOT_YET_RECEIVED: (
        "an event arrived after the moment that was asked about, and does not exist for the answer"
    ),
    Flaw.OTHER_REPOSITORY: "an event tells of another repository",
    Flaw.OTHER_SERVICE: "a deployment to production belongs to another service",
    Flaw.OTHER_ENVIRONMENT: "a deployment of the service went elsewhere than to production",
    Flaw.STATUS_WITHOUT_DEPLOYMENT: "a status tells of a deployment that nobody told of",
    Flaw.DEPLOYMENT_UNFINISHED: "a deployment neither succeeded nor failed, and is in no number",
    Flaw.DEPLOYMENT_ORDER: (
        "a deployment ended or began before it could; its times are taken as they are"
    ),
    Flaw.SHA_UNKNOWN: "a deployment of a commit that nobody told of counts, and has no lead time",
    Flaw.PARENT_UNKNOWN: "a commit's parent is unknown; the history ends there",
    Flaw.PARENTS_LOST: "a commit came without its parents; it is taken for one that has none",
    Flaw.PATHS_LOST: "a commit came without its paths, so no service owns it",
    Flaw.AUTHOR_UNKNOWN: (
        "nobody told what kind of author wrote a delivered change; it counts, as `unknown`"
    ),
    Flaw.AUTHOR_DATE_IMPLAUSIBLE: "an author date far before the commit was passed over",
    Flaw.CLOCK_SKEWED: (
        "a change or pull request began after it was delivered; it counts with no time at all"
    ),
    Flaw.COMMITS_LOST: (
        "a squash came without its commits; it is one change that began when the pull "
        "request was opened"
    ),
    Flaw.LISTED_COMMIT_UNKNOWN: (
        "a pull request lists a commit that nobody told of; it is passed over"
    ),
    Flaw.MERGE_UNKNOWN: (
        "nobody told of the commit that a pull request was merged as; it may never be seen "
        "as delivered"
    ),
    Flaw.PULL_REQUEST_ORDER: (
        "a pull request was merged before it was opened; its times are taken as they are"
    ),
    Flaw.REVERT_OF_UNKNOWN: (
        "a commit reverts one that nobody told of, or a merge; nothing is blamed for it"
    ),
    Flaw.CHERRY_PICK_OF_UNKNOWN: (
        "a commit was picked from one that nobody told of; it counts as a change of its own"
    ),
    Flaw.INCIDENT_NEVER_OPENED: (
        "an incident was resolved or reopened and never opened; it is in no number"
    ),
    Flaw.INCIDENT_ORDER: (
        "an incident was resolved before it was opened; it counts with no time at all"
    ),
    Flaw.DUPLICATE_OF_NOTHING: (
        "an incident repeats one that nobody told of; it is left out as a duplicate"
    ),
    Flaw.LINK_TO_NOTHING: (
        "an incident names a cause that leads to no deployment; the clock decides"
    ),
    Flaw.INCIDENT_UNATTRIBUTED: "an incident in the window is charged to no deployment",
    Flaw.NO_INCIDENT_SOURCE: (
        "no incident and no alert was ever told of: the fail rate rests on rollbacks, "
        "reverts, hotfixes and statuses"
    ),
}


def documentation_of(code: Flaw) -> str:
    """Return the anchor in the documentation that explains a code."""
    return f"docs/dora.md#{code.value.lower()}"


def code_table() -> str:
    """Return the codes as a Markdown table whose rows can be linked to by code."""
    rows = [f'| <a id="{code.value.lower()}"></a>`{code}` | {MEANING[code]} |' for code in Flaw]
    return "\n".join(["| code | meaning |", "|---|---|", *rows])
