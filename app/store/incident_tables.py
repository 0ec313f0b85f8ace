"""The tables of incidents: what happened, what belongs to it, and who was told."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text, text

from app.store.tables import metadata

_Big = BigInteger().with_variant(BigInteger, "sqlite")


def _empty(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text("''"))


def _no(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("false"))


# `number` is the pull request of its first deployment, `source_number` the issue that people
# opened, `issue_number` where its page stands: ours, or theirs with our comment `page_id`.
incident = Table(
    "incident",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    Column("account_id", _Big, nullable=False),
    Column("installation_id", _Big, nullable=False),
    Column("environment", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("detected_at", Text, nullable=False),
    Column("acknowledged_at", Text),
    Column("acknowledged_by", _Big),
    _empty("acknowledged_login"),
    Column("mitigated_at", Text),
    Column("resolved_at", Text),
    Column("fix", Text),
    Column("number", _Big),
    Column("source_number", _Big),
    Column("issue_number", _Big),
    Column("page_id", _Big),
    _no("is_issue_intended"),
    _no("is_issue_closed"),
    _empty("issue_problem"),
    Column("issue_tried_at", Text),
    _empty("issue_digest"),
    _empty("pager_state"),
    Index("incident_by_environment", "repository_id", "environment", "resolved_at"),
    Index("incident_by_issue", "repository_id", "issue_number"),
)

# A deployment belongs to one incident; `name` is the incident's name by that deployment.
incident_deployment = Table(
    "incident_deployment",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("deployment_id", Text, primary_key=True),
    Column("incident_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Index("incident_deployment_by_incident", "repository_id", "incident_id"),
)

# What happened besides the steps of deployments, each once; `is_done` is false for a call that
# was written down and may not have been made yet.
incident_event = Table(
    "incident_event",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("incident_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("at", Text, nullable=False),
    _empty("detail"),
    Column("by_id", _Big),
    _empty("by_login"),
    Column("is_done", Boolean, nullable=False, server_default=text("true")),
)

# An issue that may report an incident, and who gave it which label, none for whoever opened it;
# judged under the policy later.
incident_report = Table(
    "incident_report",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("number", _Big, primary_key=True, autoincrement=False),
    Column("label", Text, primary_key=True),
    Column("sender_id", _Big, nullable=False),
    Column("sender_login", Text, nullable=False),
    Column("app_id", _Big),
    Column("reported_at", Text, nullable=False),
)
