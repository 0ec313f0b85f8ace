"""How large a change may be."""

from app.core.compliance.builtin import RuleId, finding
from app.core.compliance.change import Change, RuleOutcome, RuleResult, judged
from app.core.facts import FileChange
from app.core.policy.model import Policy
from app.core.verdict import Finding, Tier

LOCK_FILES = frozenset(
    {
        ".terraform.lock.hcl",
        "Cargo.lock",
        "Gemfile.lock",
        "Package.resolved",
        "Pipfile.lock",
        "Podfile.lock",
        "bun.lock",
        "composer.lock",
        "conan.lock",
        "flake.lock",
        "go.sum",
        "gradle.lockfile",
        "mix.lock",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "packages.lock.json",
        "pdm.lock",
        "pnpm-lock.yaml",
        "poetry.lock",
        "pubspec.lock",
        "uv.lock",
        "yarn.lock",
    }
)


def number_of_files(change: Change, policy: Policy) -> RuleResult:
    """Compare the changed files, of whatever kind, with the limit."""
    limit = policy.gates.compliance.limits.files
    return _within(RuleId.TOO_MANY_FILES, "files", len(change.files), limit)


def number_of_lines(change: Change, policy: Policy) -> RuleResult:
    """Compare added and removed lines that people wrote with the limit."""
    limit = policy.gates.compliance.limits.changed_lines
    lines = sum(map(_lines, change.files))
    return _within(RuleId.TOO_MANY_LINES, "lines", lines, limit)


def _lines(file: FileChange) -> int:
    if file.generated or file.path.rpartition("/")[2] in LOCK_FILES:
        return 0
    return (file.added_lines or 0) + (file.removed_lines or 0)


def _within(rule: RuleId, noun: str, number: int, limit: int | None) -> RuleResult:
    if limit is None:
        return RuleResult(rule, RuleOutcome.NOT_APPLICABLE, number, "the policy sets no limit")
    excess: list[Finding] = []
    if number > limit:
        excess.append(finding(rule, Tier.BLOCK, f"{number} {noun} changed; {limit} are allowed."))
    return judged(rule, excess, number)
