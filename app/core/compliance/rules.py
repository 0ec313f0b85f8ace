"""The policy's own rules: when one applies, what it demands, what it forbids."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from app.core.compliance.builtin import flatten
from app.core.compliance.change import (
    Change,
    RuleOutcome,
    RuleResult,
    becomes_executable,
    has_new_content,
    is_in_head,
    is_new_in,
    is_submodule,
)
from app.core.compliance.records import check_record
from app.core.facts import FileChange
from app.core.linear_regex import compile_regex
from app.core.policy.model import ComplianceRule, RuleCondition, RuleProhibition, RuleRequirement
from app.core.policy.paths import PathSet
from app.core.text import quoted
from app.core.verdict import Finding, Tier

Checker = Callable[[str, Change], tuple[str, ...] | None]

CHECKERS: Mapping[str, Checker] = {"adr_valid": check_record}

_TIERS = {"block": Tier.BLOCK, "warn": Tier.WARN}


@dataclass(frozen=True, slots=True)
class _Breach:
    """What is wrong, and at which path; or what cannot be told."""

    what: str
    path: str | None = None
    is_unknown: bool = False


def evaluate(
    rule: ComplianceRule, change: Change, checkers: Mapping[str, Checker] = CHECKERS
) -> RuleResult:
    """Judge one rule; a rule that does not apply says so and why."""
    relevant = _relevant(rule.when, change)
    reason = _why_not(rule, relevant, change)
    if reason:
        return RuleResult(rule.id, RuleOutcome.NOT_APPLICABLE, len(relevant), reason)
    breaches = tuple(_breaches(rule, relevant, change, checkers))
    findings = tuple(_finding(rule, each) for each in breaches if not each.is_unknown)
    unknown = "; ".join(each.what for each in breaches if each.is_unknown)
    outcome = RuleOutcome.FAIL if findings else RuleOutcome.PASS
    return RuleResult(
        rule.id, RuleOutcome.UNKNOWN if unknown else outcome, len(relevant), unknown, findings
    )


def _relevant(when: RuleCondition, change: Change) -> tuple[FileChange, ...]:
    changed, exempt = PathSet.of(when.changed or ("**",)), PathSet.of(when.unless_only)
    return tuple(
        file
        for file in change.files
        if changed.any(file.paths)
        and not all(exempt.matches(path) for path in file.paths)
        and (not when.statuses or file.status.value in when.statuses)
    )


def _why_not(rule: ComplianceRule, relevant: tuple[FileChange, ...], change: Change) -> str:
    least = rule.when.min_added
    if rule.when != RuleCondition() and not relevant:
        return "no changed file meets its condition"
    # A file without lines may hold any number of them.
    added = sum(least if file.added_lines is None else file.added_lines for file in relevant)
    if added < least:
        return f"{added} lines were added, it applies from {least} on"
    return _only_about_a_title(rule, change)


def _only_about_a_title(rule: ComplianceRule, change: Change) -> str:
    is_title = rule.require is not None and rule.require == RuleRequirement(
        title=rule.require.title
    )
    return "a merge group has no title of its own" if is_title and change.is_group else ""


def _breaches(
    rule: ComplianceRule,
    relevant: tuple[FileChange, ...],
    change: Change,
    checkers: Mapping[str, Checker],
) -> Iterator[_Breach]:
    if rule.forbid is not None:
        yield from _forbidden(rule.forbid, change)
    if rule.require is not None:
        path = relevant[0].path if relevant else None
        yield from _missing_files(rule.require, change, path)
        yield from _outside(rule.require, change)
        yield from _title(rule.require, change)
        yield from _unsound(rule.require, change, checkers)


def _forbidden(forbid: RuleProhibition, change: Change) -> Iterator[_Breach]:
    paths = PathSet.of(forbid.paths or ("**",))
    for file in change.files:
        if not forbid.kinds:
            if paths.any(file.paths):
                yield _Breach(f"{quoted(file.path)} must not change", file.path)
        elif paths.matches(file.path):
            for kind in forbid.kinds:
                if _is_of_kind(file, kind):
                    yield _Breach(f"{quoted(file.path)} is of the kind {kind}", file.path)


def _is_of_kind(file: FileChange, kind: str) -> bool:
    if kind == "executable":
        return becomes_executable(file)
    if kind == "submodule":
        return is_submodule(file)
    return file.kind.value == kind and has_new_content(file)


def _missing_files(require: RuleRequirement, change: Change, path: str | None) -> Iterator[_Breach]:
    if require.any_added and not any(_added(require, change)):
        yield _Breach(f"no file was added at {_patterns(require.any_added)}", path)
    if require.any_changed and not any(_changed(require, change)):
        yield _Breach(f"no file was changed at {_patterns(require.any_changed)}", path)


def _added(require: RuleRequirement, change: Change) -> Iterator[FileChange]:
    paths = PathSet.of(require.any_added)
    return (file for file in change.files if is_new_in(paths, file))


def _changed(require: RuleRequirement, change: Change) -> Iterator[FileChange]:
    paths = PathSet.of(require.any_changed)
    return (file for file in change.files if is_in_head(file) and paths.matches(file.path))


def _patterns(patterns: tuple[str, ...]) -> str:
    return " or ".join(map(quoted, patterns))


def _outside(require: RuleRequirement, change: Change) -> Iterator[_Breach]:
    if not require.only_paths:
        return
    paths = PathSet.of(require.only_paths)
    if not change.files:
        yield _Breach("no file was changed, so none is where it should be")
    for file in change.files:
        if not all(paths.matches(path) for path in file.paths):
            yield _Breach(
                f"{quoted(file.path)} is not at {_patterns(require.only_paths)}", file.path
            )


def _title(require: RuleRequirement, change: Change) -> Iterator[_Breach]:
    if require.title is None or change.is_group:
        return
    if change.title is None:
        yield _Breach("the pull request's title is not known", is_unknown=True)
    elif not compile_regex(require.title).found_in(change.title):
        yield _Breach(f"the title {quoted(change.title)} does not match {quoted(require.title)}")


def _unsound(
    require: RuleRequirement, change: Change, checkers: Mapping[str, Checker]
) -> Iterator[_Breach]:
    if require.checker is None:
        return
    found = {file.path for file in (*_added(require, change), *_changed(require, change))}
    for path in sorted(found):
        problems = checkers[require.checker](path, change)
        if problems is None:
            yield _Breach(f"the text of {quoted(path)} is not known", path, is_unknown=True)
        for problem in problems or ():
            yield _Breach(f"{quoted(path)}: {problem}", path)


def _finding(rule: ComplianceRule, breach: _Breach) -> Finding:
    return Finding(
        rule=rule.id,
        tier=_TIERS[rule.severity],
        message=f"{rule.title}: {breach.what}. {rule.fix}",
        path=breach.path,
        controls=flatten(rule.controls),
    )
