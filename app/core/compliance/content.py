"""What the changed files are: executables, links, submodules, content nobody can review."""

import re

from app.core.compliance.builtin import RuleId, finding
from app.core.compliance.change import (
    SUBMODULE_MODE,
    Change,
    RuleOutcome,
    RuleResult,
    becomes_executable,
    has_new_content,
    is_in_head,
    is_submodule,
    judged,
)
from app.core.compliance.protection import is_protected
from app.core.facts import FileChange, FileKind
from app.core.policy.model import Policy
from app.core.policy.paths import PathSet, fold
from app.core.text import has_hidden_characters, quoted
from app.core.verdict import Finding, Tier

_OPAQUE = {FileKind.BINARY: "is binary", FileKind.LFS_POINTER: "stands for content in LFS"}
_GIT_DIRECTORY = frozenset({".git", "git~1"})
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:")


def executables(change: Change, policy: Policy) -> RuleResult:
    """Stop new executables nobody can read; show new executable text."""
    allowed = PathSet.of(policy.gates.compliance.allow_executables)
    new = [file for file in change.files if becomes_executable(file)]
    found = [_executable(file) for file in new if not allowed.matches(file.path)]
    return judged(RuleId.EXECUTABLE, found, len(new))


def _executable(file: FileChange) -> Finding:
    is_text = file.kind is FileKind.TEXT
    what = "becomes executable" if is_text else "becomes executable and nobody can review it"
    tier = Tier.WARN if is_text else Tier.BLOCK
    return finding(RuleId.EXECUTABLE, tier, f"{quoted(file.path)} {what}.", file.path)


def links_outside(change: Change, policy: Policy) -> RuleResult:
    """Stop links out of the repository or in place of policy; no path is exempt."""
    links = _links(change)
    found = [
        finding(RuleId.SYMLINK_OUTSIDE, Tier.BLOCK, why, file.path)
        for file in links
        if (why := _why_outside(file, policy))
    ]
    return judged(RuleId.SYMLINK_OUTSIDE, found, len(links))


def _why_outside(file: FileChange, policy: Policy) -> str | None:
    if is_protected(file.path, policy):
        return f"{quoted(file.path)} is a symbolic link; GitHub ignores it as policy."
    if file.link_target is not None and leaves_repository(file.path, file.link_target):
        return f"{quoted(file.path)} leads to {quoted(file.link_target)}, out of the repository."
    return None


def leaves_repository(path: str, target: str) -> bool:
    """Tell whether a link may lead out of the work tree, or into git's own directory.

    `..` after a name is refused too: through another link it leads elsewhere than it reads.
    """
    if _ABSOLUTE.match(target):
        return True
    steps = [step for step in re.split(r"[/\\]+", target) if step not in {"", "."}]
    ups = next((index for index, step in enumerate(steps) if step != ".."), len(steps))
    named = steps[ups:]
    if ".." in named or ups > path.count("/"):
        return True
    return any(fold(step) in _GIT_DIRECTORY for step in named)


def links(change: Change, policy: Policy) -> RuleResult:
    """Show symbolic links where the policy does not expect them."""
    allowed = PathSet.of(policy.gates.compliance.allow_symlinks)
    every = _links(change)
    found = [
        finding(RuleId.SYMLINK, Tier.WARN, f"{quoted(file.path)} is a symbolic link.", file.path)
        for file in every
        if not allowed.matches(file.path)
    ]
    return judged(RuleId.SYMLINK, found, len(every))


def _links(change: Change) -> list[FileChange]:
    return [file for file in change.files if file.kind is FileKind.SYMLINK and is_in_head(file)]


def submodules(change: Change, policy: Policy) -> RuleResult:
    """Stop new or moved pointers to other repositories; show those that go."""
    allowed = PathSet.of(policy.gates.compliance.allow_opaque)
    pointers = [file for file in change.files if is_submodule(file)]
    found = [_pointer(file) for file in pointers if not allowed.matches(file.path)]
    return judged(RuleId.SUBMODULE, found, len(pointers))


def _pointer(file: FileChange) -> Finding:
    stays = is_in_head(file) and (
        file.new_mode == SUBMODULE_MODE or file.kind is FileKind.SUBMODULE
    )
    what = "points to another commit of another repository" if stays else "was a submodule and goes"
    tier = Tier.BLOCK if stays else Tier.WARN
    return finding(RuleId.SUBMODULE, tier, f"{quoted(file.path)} {what}.", file.path)


def opaque(change: Change, policy: Policy) -> RuleResult:
    """Show new content that no reviewer can read."""
    allowed = PathSet.of(policy.gates.compliance.allow_opaque)
    new = [file for file in change.files if file.kind in _OPAQUE and has_new_content(file)]
    found = [
        finding(RuleId.OPAQUE, Tier.WARN, f"{quoted(file.path)} {_OPAQUE[file.kind]}.", file.path)
        for file in new
        if not allowed.matches(file.path)
    ]
    return judged(RuleId.OPAQUE, found, len(new))


def hidden_names(change: Change, policy: Policy) -> RuleResult:
    """Stop file names with characters that are invisible or turn the text around."""
    del policy  # nobody needs such names
    found = [
        finding(
            RuleId.HIDDEN_NAME,
            Tier.BLOCK,
            f"{quoted(file.path)} has characters in its name that nobody sees.",
            file.path,
        )
        for file in change.files
        if is_in_head(file) and has_hidden_characters(file.path)
    ]
    return judged(RuleId.HIDDEN_NAME, found, len(change.files))


def readable(change: Change, policy: Policy) -> RuleResult:
    """Say which files the other rules could not look at; that is never a pass."""
    del policy
    unread = [
        file.path
        for file in change.files
        if file.kind is FileKind.UNKNOWN
        or (file.kind is FileKind.SYMLINK and is_in_head(file) and file.link_target is None)
    ]
    if not unread:
        return RuleResult(RuleId.READABLE, RuleOutcome.PASS, len(change.files))
    more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
    reason = f"{quoted(unread[0])}{more} could not be read"
    return RuleResult(RuleId.READABLE, RuleOutcome.UNKNOWN, len(change.files), reason)
