"""The section `deployments` of the policy: environments, who may do what, freezes."""

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from app.core.policy.incidents import Incidents
from app.core.policy.readiness import EnvironmentGates, EvidenceSource
from app.core.policy.values import Duration, Globs, Identifier, Login, Section
from app.core.policy.watches import Watch
from app.core.text import quoted

EnvironmentName = Annotated[
    str, Field(title="environment", pattern=r"^[A-Za-z0-9][A-Za-z0-9._/@:+-]{0,99}$")
]
WorkflowFile = Annotated[
    str, Field(title="workflow file", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.ya?ml$")
]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY = re.compile(r"\A(?P<day>[A-Za-z]{3}) (?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])\Z")


def check_moment(text: str) -> str:
    """Accept `Fri 16:00` or `2026-12-20T08:00`, local time; anything else raises ValueError."""
    if minutes_of_week(text) is None:
        local_time(text)
    return text


def minutes_of_week(text: str) -> int | None:
    """Return the minutes from Monday 00:00 of a time like `Fri 16:00`; None for other forms."""
    found = _WEEKLY.match(text)
    if found is None or found["day"].lower() not in _DAYS:
        return None
    return (_DAYS.index(found["day"].lower()) * 24 + int(found["hour"])) * 60 + int(found["minute"])


def local_time(text: str) -> datetime:
    """Return a local time like `2026-12-20` or `2026-12-20T08:00`; raises ValueError for others."""
    try:
        if len(text) == len("2026-12-20"):
            return datetime.combine(date.fromisoformat(text), time())
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(_MOMENT) from error
    if found.tzinfo is not None:
        raise ValueError("must be a local time without an offset; `timezone` says whose")
    return found


_MOMENT = "must be a weekly time such as Fri 16:00, or a date such as 2026-12-20T08:00"


@cache
def _zones() -> frozenset[str]:
    """Return the names of the time zone database; to list them takes longer than all the rest."""
    return frozenset(available_timezones())


def check_zone(name: str) -> str:
    """Accept a name of the IANA time zone database; anything else raises ValueError."""
    if name not in _zones():
        raise ValueError(f"{quoted(name)} is no time zone, for example Europe/Berlin or UTC")
    return name


def zone(name: str) -> ZoneInfo:
    """Return a checked time zone."""
    return ZoneInfo(name)


Moment = Annotated[str, Field(title="local time"), AfterValidator(check_moment)]
ZoneName = Annotated[str, Field(title="time zone"), AfterValidator(check_zone)]


class People(Section):
    """Accounts and teams; who is in any of them counts."""

    users: tuple[Login, ...] = Field(default=(), description="These accounts.")
    teams: tuple[Identifier, ...] = Field(
        default=(), description="Members of these teams, by slug."
    )


class Levels(Section):
    """Whom the policy lifts above what a role gives; a level never exceeds the role's ceiling.

    Without a word here `write` is L3 and `maintain` and `admin` are L4. L5 is for those listed.
    """

    L1: People = Field(default=People(), description="May look.")
    L2: People = Field(default=People(), description="May contribute.")
    L3: People = Field(default=People(), description="May operate what is not production.")
    L4: People = Field(default=People(), description="May operate production.")
    L5: People = Field(default=People(), description="May change infrastructure.")
    roles: dict[str, Literal["L1", "L2", "L3", "L4", "L5"]] = Field(
        default={}, description="Levels of the organisation's own roles, by role name."
    )


class SignOffCondition(Section):
    """When a sign-off rule applies; several keys must all hold."""

    environments: tuple[EnvironmentName, ...] = Field(
        default=(), description="The deployment goes to one of these."
    )
    paths: Globs = Field(default=(), description="A changed path matches one of these.")
    head: Globs = Field(default=(), description="The head branch matches one of these.")
    labels: tuple[str, ...] = Field(default=(), description="The pull request has one of these.")


class SignOffRule(Section):
    """Whose approval a deployment needs; of several rules the first that applies counts."""

    id: Identifier = Field(description="Name of the rule, unique in the file.")
    when: SignOffCondition | None = Field(
        default=None, alias="if", description="When the rule applies; by default always."
    )
    roles: tuple[Identifier, ...] = Field(
        default=(), description="One approval by each of these roles, by different people."
    )
    review_after: tuple[Identifier, ...] = Field(
        default=(), description="Roles that look at the deployment afterwards, with `/approve`."
    )
    count: Annotated[int, Field(ge=0, le=20)] = Field(
        default=0, description="How many people must approve in all, those with roles among them."
    )
    level: Literal["L2", "L3", "L4", "L5"] = Field(
        default="L2", description="The least level of whoever asks for the deployment."
    )


class Freeze(Section):
    """A time in which nothing is deployed; rollbacks are."""

    start: Moment = Field(description="When it begins, local time.")
    end: Moment = Field(description="When it ends, local time, of the same form as `start`.")
    timezone: ZoneName = Field(description="Whose local time, by the name of its zone.")
    reason: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Why, as people are told."
    )
    environments: tuple[EnvironmentName, ...] = Field(
        default=(), description="Only these; by default all."
    )


class Strategy(Section):
    """How traffic moves to a new version; moving all of it at once is no strategy here."""

    kind: Literal["rolling", "blue_green", "canary", "feature_flag", "recreate"] = Field(
        default="rolling", description="Way in which the environment's own workflow moves traffic."
    )
    canary_for: Duration = Field(
        default=timedelta(minutes=30), description="Least time for which a canary takes traffic."
    )
    watch_for: Duration = Field(
        default=timedelta(minutes=30), description="Time that is watched after everybody has it."
    )
    flag_webhook: Identifier | None = Field(
        default=None,
        description="Hook of the operator that switches a feature flag off before a rollback.",
    )


class Limits(Section):
    """How long a deployment may wait; then it ends without having begun, or is taken back."""

    approval: Duration = Field(default=timedelta(hours=4), description="For approvals.")
    queue: Duration = Field(default=timedelta(hours=2), description="For the environment.")
    gates: Duration = Field(default=timedelta(minutes=15), description="For gates and evidence.")
    run: Duration = Field(default=timedelta(minutes=60), description="For the workflow.")
    canary: Duration = Field(
        default=timedelta(hours=24),
        description="For a canary that cannot be decided; then it is held.",
    )


class Environment(Section):
    """Where a commit can be deployed to."""

    name: EnvironmentName = Field(description="Name of the environment on GitHub.")
    aliases: tuple[EnvironmentName, ...] = Field(
        default=(), description="Other names that commands may use."
    )
    tier: Literal["development", "staging", "production"] = Field(
        description="How it is treated, whatever its name."
    )
    after: tuple[EnvironmentName, ...] = Field(
        default=(), description="Environments that must have the same version first."
    )
    same: Literal["commit", "tree"] = Field(
        default="tree", description="What the same version is: a squash keeps its tree."
    )
    workflow: WorkflowFile | None = Field(
        default=None,
        description="Workflow of the default branch that deploys; by default GitHub's "
        "deployment event is all that is sent.",
    )
    strategy: Strategy = Field(default=Strategy(), description="How traffic moves.")
    gates: EnvironmentGates = Field(
        default=EnvironmentGates(), description="What must be proven of a commit beforehand."
    )
    peer_review: bool = Field(
        default=True, description="Whether the merge gates must pass on the commit."
    )
    drafts: bool = Field(default=False, description="Whether drafts may be deployed.")
    forks: bool = Field(default=False, description="Whether pull requests of forks may be.")
    services: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        default=(), description="Services whose alerts count; by default those of every service."
    )
    guarded: bool = Field(
        default=False,
        description="Whether the App must be enabled there as a deployment protection rule.",
    )
    url: Annotated[str, Field(pattern=r"^https://[^\s]{1,500}$")] | None = Field(
        default=None, description="Where people see the result."
    )
    limits: Limits = Field(default=Limits(), description="How long things may take.")
    watch: Watch | None = Field(
        default=None, description="What is measured of a version that has traffic."
    )


class Migrations(Section):
    """Which files change the database schema: code does not go back below what they need.

    Without `paths` nothing is known of schemas, and rollbacks do not look at them.
    """

    paths: Globs = Field(default=(), description="Files that migrate the database, one each.")
    compatible: Globs = Field(
        default=(),
        description="Those of them that only add: the code before still runs after them.",
    )
    environments: tuple[EnvironmentName, ...] = Field(
        default=(), description="Only where these databases are; by default in all environments."
    )


class DeploymentPolicy(Section):
    """What may be deployed, by whom, when and after which proof; nothing without environments."""

    environments: Annotated[tuple[Environment, ...], Field(max_length=100)] = Field(
        default=(), description="Where commits can be deployed to."
    )
    levels: Levels = Field(default=Levels(), description="Who may do what.")
    roles: dict[Identifier, People] = Field(
        default={}, description="Roles that sign off, for example CTO."
    )
    security: People = Field(
        default=People(), description="Who can lead in overriding a gate about security."
    )
    sign_offs: Annotated[tuple[SignOffRule, ...], Field(max_length=100)] = Field(
        default=(), description="Whose approval is needed; by default two people for production."
    )
    freezes: Annotated[tuple[Freeze, ...], Field(max_length=200)] = Field(
        default=(), description="When nothing is deployed."
    )
    migrations: Migrations = Field(
        default=Migrations(), description="What rollbacks must not go back below."
    )
    incidents: Incidents = Field(
        default=Incidents(), description="Who is called when something is wrong, and what follows."
    )
    evidence: Annotated[tuple[EvidenceSource, ...], Field(max_length=100)] = Field(
        default=(), description="Where the evidence comes from that gates look at."
    )
    apps: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(), description="Apps that may speak with a person's token, by id."
    )
    workflows: Annotated[tuple[WorkflowFile, ...], Field(max_length=20)] = Field(
        default=(),
        description="Workflows of the default branch that may ask for commands in the name of "
        "whoever starts them by hand; by default none.",
    )
    max_age: Duration = Field(
        default=timedelta(minutes=15), description="Age at which a command is not carried out."
    )
