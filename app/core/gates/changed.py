"""Which paths a pull request changes, when that is known well enough to prove something by it."""

from app.core.facts import Facts

_UNREAD = "none"


def changed_paths(facts: Facts) -> frozenset[str] | None:
    """Return old and new names of all changed files, or None when the list may be incomplete.

    An empty change proves nothing. GitHub's file count is only a lower bound, because a rename
    can be one file or two.
    """
    paths = frozenset(path for change in facts.changes.files for path in change.paths)
    named = sum(len(change.paths) for change in facts.changes.files)
    expected = facts.pull_request.changed_files if facts.pull_request else None
    if facts.changes.source == _UNREAD or named < (expected or 1):
        return None
    return paths
