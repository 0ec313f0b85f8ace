"""Evidence and deployment gates in the policy: where numbers come from, and their limits."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from app.core.policy.values import Duration, Identifier, Number, Section
from app.core.policy.watches import Query
from app.core.readiness.rules import OLDEST

UnitName = Literal[
    "percent", "ratio", "score", "points", "ms", "s", "requests/s", "count", "passed"
]
WorkflowPath = Annotated[
    str,
    Field(
        title="workflow",
        max_length=400,
        pattern=r"^([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/)?\.github/workflows/[A-Za-z0-9_.-]+\.ya?ml"
        r"(@[A-Za-z0-9_./-]+)?$",
    ),
]


class EvidenceSource(Section):
    """Where one kind of evidence comes from; what comes from anywhere else counts for nothing.

    Exactly one of `check`, `workflow` and `query` says where.
    """

    kind: Identifier = Field(description="Name of the evidence, which gates look for.")
    check: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="Check run of the commit: its conclusion, or the number in its output.",
    )
    app: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="App that must have made the check run, by id."
    )
    workflow: WorkflowPath | None = Field(
        default=None,
        description="Workflow that hands it in with its OIDC token; `OWNER/REPO/PATH@REF` for one "
        "that is called.",
    )
    query: Query | None = Field(
        default=None, description="Query of monitoring with one number as its answer."
    )
    unit: UnitName = Field(default="passed", description="Unit of what `query` gives.")


class GateRule(Section):
    """A number that somebody measured on this very commit or tree, and its limit.

    Exactly one condition says what is good enough; `below` excludes its limit, the others include
    theirs. Without fresh evidence the gate cannot tell.
    """

    name: Identifier = Field(description="Name of the gate; one of the tier's is replaced.")
    evidence: Identifier | None = Field(
        default=None, description="Kind of evidence; by default of the gate's own name."
    )
    passes: Literal[True] | None = Field(default=None, description="It must be a yes.")
    at_least: Number | None = Field(default=None, description="Least good value.")
    at_most: Number | None = Field(default=None, description="Highest good value.")
    below: Number | None = Field(default=None, description="First bad value.")
    within: Number | None = Field(
        default=None, description="Most that it may differ from the live version's, in percent."
    )
    at_least_baseline: Literal[True] | None = Field(
        default=None, description="It must not be less than the live version's."
    )
    unit: UnitName | None = Field(
        default=None, description="Unit of the limit; evidence in another one counts for nothing."
    )
    max_age: Duration = Field(default=OLDEST, description="Highest age of the evidence.")
    least_n: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="How much must have been measured."
    )
    mitigated_by: Identifier | None = Field(
        default=None, description="Evidence that may stand in where the limit is missed."
    )
    objective: Literal["compliance", "latency", "throughput", "other"] = Field(
        default="other", description="What it protects: the first of these is named first."
    )
    stage: Literal[
        "baseline verification", "integration assessment", "optimisation", "monitoring and rollback"
    ] = Field(default="integration assessment", description="Where the report shows it.")


class EnvironmentGates(Section):
    """What must be proven of a commit before it gets the environment."""

    standard: bool = Field(
        default=False, description="Whether the gates of the tier count, each with its own limit."
    )
    objectives: bool = Field(
        default=False,
        description="Whether the default objectives count: compliance, p95, errors, throughput.",
    )
    rehearsal: Duration | None = Field(
        default=None, description="Highest age of a rollback in any environment that kept its time."
    )
    rules: Annotated[tuple[GateRule, ...], Field(max_length=100)] = Field(
        default=(), description="More gates, or other limits for those of the tier."
    )


CONDITIONS = ("passes", "at_least", "at_most", "below", "within", "at_least_baseline")
REHEARSAL_BUDGET = timedelta(minutes=10)
