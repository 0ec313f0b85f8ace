"""The policy file as frozen, strict models; every default is the safe choice.

Unknown keys are errors. Loosening needs a word in the file: nothing is switched off by leaving
a line out. The descriptions become the reference of the keys and the hints of editors.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.core.policy.deployments import DeploymentPolicy
from app.core.policy.rules import (
    Architecture,
    CompliancePolicy,
    ComplianceRule,
    RuleCondition,
    RuleExample,
    RuleProhibition,
    RuleRequirement,
    SizeLimits,
    WorkflowRules,
)
from app.core.policy.values import (
    Duration,
    Globs,
    Identifier,
    Login,
    Permission,
    Section,
    parse_duration,
)

__all__ = [
    "ApprovalCondition",
    "ApprovalPolicy",
    "ApprovalRule",
    "Approvers",
    "Architecture",
    "ChecksDisplay",
    "CiPolicy",
    "CompliancePolicy",
    "ComplianceRule",
    "Duration",
    "FreshnessPolicy",
    "Gates",
    "Globs",
    "Governs",
    "Identifier",
    "Identities",
    "Login",
    "PathCondition",
    "Permission",
    "Policy",
    "RequiredCheck",
    "RuleCondition",
    "RuleExample",
    "RuleProhibition",
    "RuleRequirement",
    "SecretsPolicy",
    "Section",
    "SizeLimits",
    "WorkflowRules",
    "parse_duration",
]


class PathCondition(Section):
    """True when a changed path (old or new name) matches; `!` patterns exclude, order-free."""

    paths: Globs = Field(min_length=1, description="Patterns of which one must match.")


class Governs(Section):
    """Which pull requests are judged: by base branch, and what happens to drafts."""

    branches: Globs = Field(
        default=("**",), min_length=1, description="Base branches whose pull requests are judged."
    )
    drafts: Literal["hold", "evaluate"] = Field(
        default="hold", description="Whether a draft waits or is judged like any pull request."
    )


class ChecksDisplay(Section):
    """Whether each gate gets a check run of its own beside the rollup."""

    detail: Literal["per_gate", "rollup_only"] = Field(
        default="per_gate", description="One check run for each gate, or only the rollup."
    )


class Identities(Section):
    """Accounts of type User that are machines and never count as people."""

    machine_users: tuple[Login, ...] = Field(
        default=(), description="Logins of such accounts; bots are known without being listed."
    )


class RequiredCheck(Section):
    """A check that must be green; pinned by app, creator, workflow file or event where given.

    `name` may hold `*`; then every match must pass and at least `expect` must exist.
    `app` is an app slug or its numeric id. `when` makes the check conditional on changed paths.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Name of the check run or context of the status; `*` stands for any text."
    )
    kind: Literal["check_run", "status", "any"] = Field(
        default="any", description="Which of GitHub's two kinds of check counts."
    )
    app: str | int | None = Field(
        default=None, description="Slug or id of the app that must have made the check run."
    )
    creator: Login | None = Field(
        default=None, description="Login of the account that must have made the status."
    )
    workflow: str | None = Field(
        default=None, description="Workflow file that must have made the check run."
    )
    event: str | None = Field(
        default=None, description="Event that must have started the workflow."
    )
    expect: Annotated[int, Field(ge=1, le=256)] = Field(
        default=1, description="How many matches there must be at least."
    )
    deadline: Duration | None = Field(
        default=None, description="How long to wait for the check before it counts as failed."
    )
    accept: tuple[Literal["success", "neutral"], ...] = Field(
        default=("success",), min_length=1, description="Conclusions that count as green."
    )
    when: PathCondition | None = Field(
        default=None, description="Require the check only when one of these paths changed."
    )


class CiPolicy(Section):
    """Which checks must be green on the head commit.

    With no `required` and `all: false` the gate is not required and says so.
    """

    required: Annotated[tuple[RequiredCheck, ...], Field(max_length=200)] = Field(
        default=(), description="Checks that must be green."
    )
    all: bool = Field(
        default=False, description="Whether every check that exists must be green as well."
    )
    min_checks: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=1, description="How many checks must exist under `all`."
    )
    settle: Duration = Field(
        default=timedelta(seconds=60),
        description="How long no new check may have appeared under `all`.",
    )
    newer_than_base_change: bool = Field(
        default=True, description="Whether checks from before a change of the base branch are old."
    )
    modified_workflow: Identifier | Literal["ignore"] = Field(
        default="ignore",
        description="Approval rule for a check whose workflow file the pull request changes.",
    )


class SecretsPolicy(Section):
    """How findings of the secret scan weigh, and which unread content is acceptable."""

    intermediate: Literal["block", "warn"] = Field(
        default="block", description="Weight of a secret that a later commit removed again."
    )
    confirm: Literal["block", "warn"] = Field(
        default="block", description="Weight of a finding that may be no secret."
    )
    allow_unread: Globs = Field(
        default=(), description="Paths whose content the scanner need not be able to read."
    )


class Approvers(Section):
    """Who can satisfy an approval rule; `any_of` lists alternatives."""

    permission: Permission | None = Field(
        default=None, description="Everybody with at least this permission on the repository."
    )
    users: tuple[Login, ...] = Field(default=(), description="These accounts.")
    teams: tuple[Identifier, ...] = Field(
        default=(), description="Members of these teams, by slug."
    )
    any_of: tuple["Approvers", ...] = Field(
        default=(), description="Alternatives, each of the same form as `by`."
    )


class ApprovalCondition(Section):
    """When an approval rule applies; several keys must all hold."""

    paths: Globs = Field(default=(), description="A changed path matches one of these.")
    base: Globs = Field(default=(), description="The base branch matches one of these.")


class ApprovalRule(Section):
    """A number of distinct people who must approve the head; `none` says that nobody must."""

    id: Identifier = Field(description="Name of the rule, unique in the file.")
    count: Annotated[int, Field(ge=1, le=20)] | Literal["none"] = Field(
        default=1, description="How many people must approve."
    )
    by: Approvers = Field(
        default=Approvers(permission="write"), description="Whose approval counts."
    )
    when: ApprovalCondition | None = Field(
        default=None, alias="if", description="When the rule applies; by default always."
    )


_BASELINE = ApprovalRule(id="baseline")


class ApprovalPolicy(Section):
    """Whose approval counts, for how long, and how many are needed."""

    exclude: tuple[Literal["author", "committers", "co_authors", "last_pusher"], ...] = Field(
        default=("author", "committers", "co_authors", "last_pusher"),
        description="Whose approval of their own work does not count.",
    )
    survive: tuple[Literal["clean_base_merge", "clean_rebase"], ...] = Field(
        default=("clean_base_merge",), description="What an approval outlives."
    )
    changes_requested_from: Literal["writers", "anyone"] = Field(
        default="writers", description="Whose request for changes stops the merge."
    )
    unknown_contributor: Literal["block", "require_extra", "ignore"] = Field(
        default="require_extra",
        description="What happens when a commit's author is nobody GitHub knows.",
    )
    distinct_across_rules: bool = Field(
        default=False, description="Whether one person can satisfy only one rule."
    )
    otherwise: Identifier | Literal["pass"] = Field(
        default="baseline", description="Rule that counts when no other rule applies."
    )
    rules: Annotated[tuple[ApprovalRule, ...], Field(max_length=200)] = Field(
        default=(_BASELINE,), description="Rules that must all be satisfied where they apply."
    )


class FreshnessPolicy(Section):
    """How far the head may be behind its base.

    `strict`: not at all. `disjoint`: at most `max_behind` commits that touch neither the pull
    request's files nor `sensitive`. `age`: the merge base is at most `max_age` old. `none`: not
    required.
    """

    mode: Literal["strict", "disjoint", "age", "none"] = Field(
        default="strict", description="What counts as fresh enough."
    )
    max_behind: Annotated[int, Field(ge=0)] = Field(
        default=50, description="Most commits behind the base under `disjoint`."
    )
    max_age: Duration = Field(
        default=timedelta(days=7), description="Highest age of the merge base under `age`."
    )
    sensitive: Globs = Field(
        default=("**/migrations/**", "**/*.lock", ".github/**"),
        description="Paths that must not have changed on the base under `disjoint`.",
    )


class Gates(Section):
    """One section for each of the five merge gates."""

    ci: CiPolicy = Field(default=CiPolicy(), description="Checks of other apps.")
    compliance: CompliancePolicy = Field(
        default=CompliancePolicy(), description="Rules for the content of the change."
    )
    secrets: SecretsPolicy = Field(
        default=SecretsPolicy(), description="Credentials in the change."
    )
    approval: ApprovalPolicy = Field(default=ApprovalPolicy(), description="Reviews by people.")
    freshness: FreshnessPolicy = Field(
        default=FreshnessPolicy(), description="Distance from the base branch."
    )


class Policy(Section):
    """The whole file `.github/gatewright.yml`; an absent file is `Policy()`, never "off"."""

    # The file must say its version; only an absent file has this one without saying it.
    model_config = ConfigDict(json_schema_extra={"required": ["version"]})

    version: Literal[1] = Field(default=1, description="Version of the format.")
    governs: Governs = Field(default=Governs(), description="Which pull requests are judged.")
    checks: ChecksDisplay = Field(default=ChecksDisplay(), description="What is shown.")
    identities: Identities = Field(default=Identities(), description="Who is a machine.")
    gates: Gates = Field(default=Gates(), description="What must hold before a merge.")
    deployments: DeploymentPolicy = Field(
        default=DeploymentPolicy(), description="What may be deployed, by whom and when."
    )
    protected_paths: Globs = Field(
        default=(), description="Paths that count as policy, beside the built-in ones."
    )
