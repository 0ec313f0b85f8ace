"""Permissions and events that the App asks GitHub for, each with what it is for."""

from collections.abc import Iterator, Mapping

LEVELS = ("none", "read", "write", "admin")
EVERY = "every gate"

# Permission names as GitHub's API writes them; the level is the least that works.
NEEDED: tuple[tuple[str, str, str], ...] = (
    (EVERY, "checks", "write"),
    (EVERY, "contents", "read"),
    (EVERY, "metadata", "read"),
    (EVERY, "pull_requests", "read"),
    ("ci", "actions", "read"),
    ("ci", "statuses", "read"),
    ("approval", "issues", "read"),
    ("approval with teams", "members", "read"),
    ("merge groups", "merge_queues", "read"),
    ("commands", "pull_requests", "write"),
    ("deployments", "deployments", "write"),
    ("deployments by a workflow", "actions", "write"),
    ("incidents", "issues", "write"),
)
EVENTS = (
    "check_run",
    "check_suite",
    "deployment_protection_rule",
    "deployment_status",
    "issue_comment",
    "issues",
    "member",
    "merge_group",
    "pull_request",
    "pull_request_review",
    "pull_request_review_thread",
    "push",
    "repository",
    "status",
    "team",
    "workflow_run",
)


def permissions() -> dict[str, str]:
    """Return every permission at the highest level that anything needs."""
    found: dict[str, str] = {}
    for _, name, level in NEEDED:
        found[name] = max(found.get(name, "none"), level, key=LEVELS.index)
    return found


def lacking(granted: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield what for, permission, what is granted and what is needed."""
    for purpose, permission, needed in NEEDED:
        has = granted.get(permission, "none")
        if _rank(has) < LEVELS.index(needed):
            yield purpose, permission, has, needed


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else 0
