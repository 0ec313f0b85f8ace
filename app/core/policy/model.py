"""The policy file as frozen, strict models; every default is the safe choice.

Unknown keys are errors. Loosening needs a word in the file: nothing is switched off by leaving
a line out.
"""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

_DURATION = re.compile(r"\A(?P<count>[1-9][0-9]{0,5})(?P<unit>[smhd])\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: object) -> timedelta:
    """Read `90s`, `15m`, `2h` or `7d`; anything else raises ValueError."""
    if isinstance(text, timedelta):
        return text
    match = _DURATION.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            "write a duration as a whole number and a unit, for example 90s, 15m, 2h or 7d"
        )
    return timedelta(seconds=int(match["count"]) * _SECONDS[match["unit"]])


def _duration_text(value: timedelta) -> str:
    return f"{int(value.total_seconds())}s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration, json_schema_input_type=str),
    PlainSerializer(_duration_text, return_type=str),
]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Glob = Annotated[str, Field(min_length=1, max_length=512)]
Globs = Annotated[tuple[Glob, ...], Field(max_length=500)]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,98}(\[bot\])?$")]
Permission = Literal["read", "write", "admin"]


class Section(BaseModel):
    """A mapping of the policy file: frozen, strict, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PathCondition(Section):
    """True when a changed path (old or new name) matches; `!` patterns exclude, order-free."""

    paths: Globs = Field(min_length=1)


class Governs(Section):
    """Which pull requests are judged: by base branch, and what happens to drafts."""

    branches: Globs = ("**",)
    drafts: Literal["hold", "evaluate"] = "hold"


class ChecksDisplay(Section):
    """Whether each gate gets a check run of its own beside the rollup."""

    detail: Literal["per_gate", "rollup_only"] = "per_gate"


class Identities(Section):
    """Accounts of type User that are machines and never count as people."""

    machine_users: tuple[Login, ...] = ()


class RequiredCheck(Section):
    """A check that must be green; pinned by app, creator, workflow file or event where given.

    `name` may hold `*`; then every match must pass and at least `expect` must exist.
    `app` is an app slug or its numeric id. `when` makes the check conditional on changed paths.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Literal["check_run", "status", "any"] = "any"
    app: str | int | None = None
    creator: Login | None = None
    workflow: str | None = None
    event: str | None = None
    expect: Annotated[int, Field(ge=1, le=256)] = 1
    deadline: Duration | None = None
    accept: tuple[Literal["success", "neutral"], ...] = ("success",)
    when: PathCondition | None = None


class CiPolicy(Section):
    """Which checks must be green on the head commit.

    With no `required` and `all: false` the gate is not required and says so.
    """

    required: Annotated[tuple[RequiredCheck, ...], Field(max_length=200)] = ()
    all: bool = False
    min_checks: Annotated[int, Field(ge=1, le=1000)] = 1
    settle: Duration = timedelta(seconds=60)
    newer_than_base_change: bool = True
    modified_workflow: Identifier | Literal["ignore"] = "ignore"


class SizeLimits(Section):
    """How large a change may be; generated files and lock files do not count as lines."""

    files: Annotated[int, Field(ge=1)] | None = None
    changed_lines: Annotated[int, Field(ge=1)] | None = None


class RuleCondition(Section):
    """When a compliance rule applies: a changed path matches and not only exempt paths changed."""

    changed: Globs = ()
    unless_only: Globs = ()
    min_added: Annotated[int, Field(ge=0)] = 0
    statuses: tuple[
        Literal["added", "modified", "deleted", "renamed", "copied", "type_changed"], ...
    ] = ()


class RuleRequirement(Section):
    """What must hold in the change: some path added or changed, only some paths, a title form."""

    any_added: Globs = ()
    any_changed: Globs = ()
    only_paths: Globs = ()
    title: Annotated[str, Field(max_length=500)] | None = None
    checker: Literal["adr_valid"] | None = None


class RuleProhibition(Section):
    """What must not be in the change: paths, kinds of content, executables."""

    paths: Globs = ()
    kinds: tuple[Literal["binary", "symlink", "submodule", "lfs_pointer", "executable"], ...] = ()


class RuleExample(Section):
    """A test of a rule: changed paths by status letter and the expected result."""

    files: dict[Literal["A", "M", "D"], tuple[str, ...]] = Field(default_factory=dict)
    title: str = "test: example"
    expect: Literal["pass", "fail", "not_applicable"]


class ComplianceRule(Section):
    """A rule about the final diff: when it applies, what it demands, and how to mend it."""

    id: Identifier
    title: Annotated[str, Field(min_length=1, max_length=200)]
    severity: Literal["block", "warn"] = "block"
    controls: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    when: RuleCondition = RuleCondition()
    require: RuleRequirement | None = None
    forbid: RuleProhibition | None = None
    fix: Annotated[str, Field(min_length=1, max_length=1000)]
    tests: tuple[RuleExample, ...] = ()


class Architecture(Section):
    """Paths whose change needs a decision record, and where such records live."""

    paths: Globs = ()
    records: Globs = ("docs/adr/[0-9]*.md", "docs/decisions/[0-9]*.md")
    unless_only: Globs = ("**/*.md",)


class WorkflowRules(Section):
    """How findings of the workflow auditor on changed workflow files weigh."""

    block: tuple[str, ...] = (
        "unpinned-uses",
        "dangerous-triggers",
        "template-injection",
        "excessive-permissions",
    )
    warn: tuple[str, ...] = ()


class CompliancePolicy(Section):
    """Rules for the final diff; built-in rules always run and can only be made stricter."""

    limits: SizeLimits = SizeLimits()
    architecture: Architecture = Architecture()
    workflows: WorkflowRules = WorkflowRules()
    allow_executables: Globs = ()
    allow_symlinks: Globs = ()
    allow_opaque: Globs = ()
    rules: Annotated[tuple[ComplianceRule, ...], Field(max_length=500)] = ()


class SecretsPolicy(Section):
    """How findings of the secret scan weigh, and which unread content is acceptable."""

    intermediate: Literal["block", "warn"] = "block"
    confirm: Literal["block", "warn"] = "block"
    allow_unread: Globs = ()


class Approvers(Section):
    """Who can satisfy an approval rule; `any_of` lists alternatives."""

    permission: Permission | None = None
    users: tuple[Login, ...] = ()
    teams: tuple[Identifier, ...] = ()
    any_of: tuple["Approvers", ...] = ()


class ApprovalCondition(Section):
    """When an approval rule applies; several keys must all hold."""

    paths: Globs = ()
    base: Globs = ()


class ApprovalRule(Section):
    """A number of distinct people who must approve the head; `none` says that nobody must."""

    id: Identifier
    count: Annotated[int, Field(ge=1, le=20)] | Literal["none"] = 1
    by: Approvers = Approvers(permission="write")
    when: ApprovalCondition | None = Field(default=None, alias="if")


_BASELINE = ApprovalRule(id="baseline")


class ApprovalPolicy(Section):
    """Whose approval counts, for how long, and how many are needed."""

    exclude: tuple[Literal["author", "committers", "co_authors", "last_pusher"], ...] = (
        "author",
        "committers",
        "co_authors",
        "last_pusher",
    )
    survive: tuple[Literal["clean_base_merge", "clean_rebase"], ...] = ("clean_base_merge",)
    changes_requested_from: Literal["writers", "anyone"] = "writers"
    unknown_contributor: Literal["block", "require_extra", "ignore"] = "require_extra"
    distinct_across_rules: bool = False
    otherwise: Identifier | Literal["pass"] = "baseline"
    rules: Annotated[tuple[ApprovalRule, ...], Field(max_length=200)] = (_BASELINE,)


class FreshnessPolicy(Section):
    """How far the head may be behind its base.

    `strict`: not at all. `disjoint`: at most `max_behind` commits that touch neither the pull
    request's files nor `sensitive`. `age`: the merge base is at most `max_age` old. `none`: not
    required.
    """

    mode: Literal["strict", "disjoint", "age", "none"] = "strict"
    max_behind: Annotated[int, Field(ge=0)] = 50
    max_age: Duration = timedelta(days=7)
    sensitive: Globs = ("**/migrations/**", "**/*.lock", ".github/**")


class Gates(Section):
    """One section for each of the five merge gates."""

    ci: CiPolicy = CiPolicy()
    compliance: CompliancePolicy = CompliancePolicy()
    secrets: SecretsPolicy = SecretsPolicy()
    approval: ApprovalPolicy = ApprovalPolicy()
    freshness: FreshnessPolicy = FreshnessPolicy()


class Policy(Section):
    """The whole file `.github/gatewright.yml`; an absent file is `Policy()`, never "off"."""

    version: Literal[1] = 1
    governs: Governs = Governs()
    checks: ChecksDisplay = ChecksDisplay()
    identities: Identities = Identities()
    gates: Gates = Gates()
    protected_paths: Globs = ()
