"""What a rule may look at, and what it says about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.core.facts import ChangeStatus, Document, Facts, FileChange, FileKind, Sha
from app.core.policy.paths import PathSet
from app.core.verdict import Finding

EXECUTABLE_MODE = "100755"
SUBMODULE_MODE = "160000"


@dataclass(frozen=True, slots=True)
class Change:
    """A change as rules see it; `title` is None where there is no single pull request."""

    files: tuple[FileChange, ...]
    title: str | None = None
    documents: tuple[Document, ...] = ()
    head_sha: Sha | None = None
    is_group: bool = False

    @classmethod
    def of(cls, facts: Facts) -> "Change":
        """Take the change out of the facts, its files in the order of their paths."""
        return cls(
            files=tuple(sorted(facts.changes.files, key=_by_path)),
            title=facts.pull_request.title if facts.pull_request else None,
            documents=facts.documents,
            head_sha=facts.subject.head_sha,
            is_group=facts.group is not None,
        )


def _by_path(file: FileChange) -> tuple[str, tuple[str, ...], str]:
    return file.path, file.paths, file.status


class RuleOutcome(StrEnum):
    """What one rule says; `unknown` is never a yes."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The outcome of one rule, over how many files, and why where that is not plain."""

    rule: str
    outcome: RuleOutcome
    examined: int = 0
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def judged(rule: str, findings: Iterable[Finding], examined: int) -> RuleResult:
    """Return a result that fails if there is a finding."""
    found = tuple(findings)
    outcome = RuleOutcome.FAIL if found else RuleOutcome.PASS
    return RuleResult(rule, outcome, examined, findings=found)


def is_in_head(file: FileChange) -> bool:
    """Tell whether something stands at the path after the change."""
    return file.status is not ChangeStatus.DELETED


def becomes_executable(file: FileChange) -> bool:
    """Tell whether the change adds an executable or sets the executable bit."""
    if not is_in_head(file) or file.new_mode != EXECUTABLE_MODE:
        return False
    is_new = file.status in {ChangeStatus.ADDED, ChangeStatus.COPIED}
    return is_new or file.old_mode != EXECUTABLE_MODE


def has_new_content(file: FileChange) -> bool:
    """Tell whether bytes arrive with the change, not only a name or a mode."""
    if not is_in_head(file):
        return False
    is_new = file.status in {ChangeStatus.ADDED, ChangeStatus.COPIED}
    return is_new or file.old_oid is None or file.old_oid != file.new_oid


def is_submodule(file: FileChange) -> bool:
    """Tell whether a pointer to another repository stands or stood at the path."""
    return file.kind is FileKind.SUBMODULE or SUBMODULE_MODE in {file.old_mode, file.new_mode}


def is_new_in(paths: PathSet, file: FileChange) -> bool:
    """Tell whether the change adds a file to a set of paths.

    A file renamed within the set was there before; one that is moved in was not.
    """
    if not paths.matches(file.path):
        return False
    if file.status is ChangeStatus.RENAMED:
        return not all(paths.matches(path) for path in file.paths)
    if file.status is ChangeStatus.COPIED:
        return file.old_oid is None or file.old_oid != file.new_oid
    return file.status is ChangeStatus.ADDED
