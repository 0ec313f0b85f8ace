"""The compliance section of the policy file: limits, built-in rules' settings, own rules."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.policy.values import Globs, Identifier, Section


class SizeLimits(Section):
    """How large a change may be; generated files and lock files do not count as lines."""

    files: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Most files that may change."
    )
    changed_lines: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Most lines that may be added and removed together."
    )


class RuleCondition(Section):
    """When a compliance rule applies: a changed path matches and not only exempt paths changed."""

    changed: Globs = Field(
        default=(), description="Paths whose change makes the rule apply; none means any change."
    )
    unless_only: Globs = Field(
        default=(), description="Paths that do not make the rule apply although `changed` matches."
    )
    min_added: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Added lines in those files from which on the rule applies."
    )
    statuses: tuple[
        Literal["added", "modified", "deleted", "renamed", "copied", "type_changed"], ...
    ] = Field(default=(), description="Kinds of change that count; none means all of them.")


class RuleRequirement(Section):
    """What must hold in the change: some path added or changed, only some paths, a title form."""

    any_added: Globs = Field(default=(), description="A new file at one of these paths.")
    any_changed: Globs = Field(
        default=(), description="A new or changed file at one of these paths; not a deleted one."
    )
    only_paths: Globs = Field(
        default=(), description="Every changed path, old names included, is one of these."
    )
    title: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        default=None, description="RE2 expression found in the pull request's title."
    )
    checker: Literal["adr_valid"] | None = Field(
        default=None,
        description="Test of the content of the files found by `any_added` or `any_changed`.",
    )


class RuleProhibition(Section):
    """What must not be in the change; with both keys only such kinds at such paths."""

    paths: Globs = Field(default=(), description="Paths that must not change.")
    kinds: tuple[Literal["binary", "symlink", "submodule", "lfs_pointer", "executable"], ...] = (
        Field(default=(), description="Kinds of content that must not be added or changed.")
    )


class RuleExample(Section):
    """A test of a rule: changed paths by status letter and the expected result."""

    files: dict[Literal["A", "M", "D", "R"], tuple[str, ...]] = Field(
        default_factory=dict,
        description="Paths added (A), modified (M), deleted (D), renamed (R: `old -> new`).",
    )
    kind: Literal["text", "binary", "symlink", "submodule", "lfs_pointer", "executable"] = Field(
        default="text", description="What all these files are."
    )
    title: str = Field(default="test: example", description="Title of the pull request.")
    expect: Literal["pass", "fail", "not_applicable"] = Field(
        description="What the rule must say; with `checker` the content is taken as valid."
    )


Controls = dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")], tuple[str, ...]]


class ComplianceRule(Section):
    """A rule about the final diff: when it applies, what it demands, and how to mend it."""

    id: Identifier = Field(description="Name of the rule, unique in the file.")
    title: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="The rule in one sentence."
    )
    severity: Literal["block", "warn"] = Field(
        default="block", description="Whether a broken rule stops the merge or is only shown."
    )
    controls: Controls = Field(
        default_factory=dict,
        description="Identifiers of controls the rule serves, by framework, such as `soc2`.",
    )
    when: RuleCondition = Field(
        default=RuleCondition(), description="When the rule applies; by default always."
    )
    require: RuleRequirement | None = Field(
        default=None, description="What the change must have; all keys together."
    )
    forbid: RuleProhibition | None = Field(
        default=None, description="What the change must not have."
    )
    fix: Annotated[str, Field(min_length=1, max_length=1000)] = Field(
        description="What to do when the rule is broken."
    )
    tests: tuple[RuleExample, ...] = Field(
        default=(), description="Examples that are run whenever the file is loaded."
    )


class Architecture(Section):
    """Paths whose change needs a decision record, and where such records live."""

    paths: Globs = Field(
        default=(), description="Paths whose change needs a new decision record; none: no rule."
    )
    records: Globs = Field(
        default=("docs/adr/[0-9]*.md", "docs/decisions/[0-9]*.md"),
        min_length=1,
        description="Where decision records are.",
    )
    unless_only: Globs = Field(
        default=("**/*.md",), description="Paths among them that need no record."
    )


class WorkflowRules(Section):
    """How findings of the workflow auditor on changed workflow files weigh."""

    block: tuple[str, ...] = Field(
        default=(
            "unpinned-uses",
            "dangerous-triggers",
            "template-injection",
            "excessive-permissions",
        ),
        description="Audits whose new findings stop the merge.",
    )
    warn: tuple[str, ...] = Field(
        default=(), description="Audits whose new findings are shown as warnings."
    )


class CompliancePolicy(Section):
    """Rules for the final diff; built-in rules always run and can only be made stricter."""

    limits: SizeLimits = Field(default=SizeLimits(), description="Limits of size.")
    architecture: Architecture = Field(
        default=Architecture(), description="Decision records for changes of the architecture."
    )
    workflows: WorkflowRules = Field(
        default=WorkflowRules(), description="Weight of the workflow auditor's findings."
    )
    allow_executables: Globs = Field(default=(), description="Where new executables are normal.")
    allow_symlinks: Globs = Field(
        default=(), description="Where symbolic links that stay inside are normal."
    )
    allow_opaque: Globs = Field(
        default=(), description="Where binaries, LFS pointers and submodules are normal."
    )
    rules: Annotated[tuple[ComplianceRule, ...], Field(max_length=500)] = Field(
        default=(), description="Rules of your own."
    )
