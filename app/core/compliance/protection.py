"""Paths that count as policy: whoever changes them is judged by what the base branch says."""

from app.core.compliance.builtin import RuleId, finding
from app.core.compliance.change import Change, RuleResult, is_in_head, judged
from app.core.facts import FileChange
from app.core.policy.location import POLICY_PATHS
from app.core.policy.model import Policy
from app.core.policy.paths import PathSet
from app.core.text import quoted
from app.core.verdict import Tier

BUILT_IN_PATHS = (
    *POLICY_PATHS,
    ".gatewright/**",
    ".github/actions/**",
    ".github/workflows/**",
    "**/.gitattributes",
    ".gitmodules",
    ".secrets.baseline",
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
)


def is_protected(path: str, policy: Policy) -> bool:
    """Tell whether a path counts as policy; a policy adds paths and cannot take any away."""
    return any(paths.matches(path) for paths in _protected(policy))


def protected(change: Change, policy: Policy) -> RuleResult:
    """Show every change of a protected path, under its old or its new name."""
    found = [
        finding(RuleId.PROTECTED_PATH, Tier.WARN, _touched(file), file.path)
        for file in change.files
        if any(is_protected(path, policy) for path in file.paths)
    ]
    return judged(RuleId.PROTECTED_PATH, found, len(change.files))


def twins(change: Change, policy: Policy) -> RuleResult:
    """Stop a path that some file systems take for a protected one; its removal is only shown."""
    found = [
        finding(RuleId.TWIN_PATH, _weight(file, path), _twin(path), path)
        for file in change.files
        for path in file.paths
        if not is_protected(path, policy)
        and any(paths.has_twin(path) for paths in _protected(policy))
    ]
    return judged(RuleId.TWIN_PATH, found, len(change.files))


def _protected(policy: Policy) -> tuple[PathSet, PathSet]:
    return PathSet.of(BUILT_IN_PATHS), PathSet.of(policy.protected_paths)


def _touched(file: FileChange) -> str:
    names = " and ".join(map(quoted, file.paths))
    if any(path in POLICY_PATHS for path in file.paths):
        return f"{names}: the policy itself changes; this verdict is by the base branch's policy."
    return f"{names}: policy files change; they are judged by the base branch's policy."


def _twin(path: str) -> str:
    return (
        f"{quoted(path)} is the name of a protected path where upper and lower case, composed "
        "letters, or signs nobody sees make no difference."
    )


def _weight(file: FileChange, path: str) -> Tier:
    return Tier.BLOCK if is_in_head(file) and path == file.path else Tier.WARN
