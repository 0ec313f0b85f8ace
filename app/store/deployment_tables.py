"""The tables of commands and deployments; as the others, the truth and not a projection."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from app.store.tables import metadata

_Big = BigInteger().with_variant(BigInteger, "sqlite")

# A comment that may hold a command, once for ever: its text at the time, and what became of it.
# Its first edit is a row of its own; no edit is ever carried out. What a workflow run asks for
# stands under the negative number of the run.
command = Table(
    "command",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("comment_id", _Big, primary_key=True, autoincrement=False),
    Column("is_edit", Boolean, primary_key=True),
    Column("number", _Big, nullable=False),
    Column("author_id", _Big, nullable=False),
    Column("author_login", Text, nullable=False),
    Column("app_id", _Big),
    Column("run_ref", Text),
    Column("body", Text, nullable=False),
    Column("head_sha", Text),
    Column("created_at", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("answers", Text, nullable=False, server_default=text("'[]'")),
    Column("code", Text),
    Column("reply_id", _Big),
    Index("command_by_pull_request", "repository_id", "number", "received_at"),
)

deployment = Table(
    "deployment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", _Big, nullable=False),
    Column("repository_id", _Big, nullable=False),
    Column("installation_id", _Big, nullable=False),
    Column("environment", Text, nullable=False),
    Column("number", _Big),
    Column("kind", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("sha", Text, nullable=False),
    Column("tree", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("entered_at", Text, nullable=False),
    Column("requested_at", Text, nullable=False),
    Column("begun_at", Text),
    Column("requested_by", _Big, nullable=False),
    Column("requested_login", Text, nullable=False),
    Column("comment_id", _Big),
    Column("params", Text, nullable=False, server_default=text("'{}'")),
    Column("policy_sha256", Text, nullable=False),
    Column("ended_by", Text, nullable=False, server_default=text("''")),
    Column("detail", Text, nullable=False, server_default=text("''")),
    Column("replaces", Text),
    Column("github_id", _Big),
    Column("github_sha", Text),
    Column("run_id", _Big),
    Column("run_state", Text, nullable=False, server_default=text("'absent'")),
    Column("run_sha", Text),
    Column("has_moved_traffic", Boolean, nullable=False, server_default=text("false")),
    Column("cancelled_by", Text),
    Column("aborted_by", Text),
    Column("paused_by", Text),
    Column("promoted_by", Text),
    Column("promoted_anyway", Boolean, nullable=False, server_default=text("false")),
    Column("flag", Text, nullable=False, server_default=text("''")),
    Column("fencing", _Big),
    Column("schema", Integer),
    Column("floor", Integer),
    Column("told", Text, nullable=False, server_default=text("''")),
    Column("cleared_by", Text),
    Column("rollback_to", Text),
    Column("review_after", Text, nullable=False, server_default=text("'[]'")),
    Index("deployment_by_state", "repository_id", "state"),
    Index("deployment_by_github_id", "repository_id", "github_id"),
    UniqueConstraint("repository_id", "comment_id", "environment"),
)

# What a history reads: of each environment the newest that began, and the newest that did not.
_place = func.lower(deployment.c.environment)
Index(
    "deployment_begun", deployment.c.repository_id, _place, deployment.c.begun_at, deployment.c.id
)
Index(
    "deployment_waiting",
    deployment.c.repository_id,
    _place,
    deployment.c.requested_at,
    deployment.c.id,
    sqlite_where=deployment.c.begun_at.is_(None),
    postgresql_where=deployment.c.begun_at.is_(None),
)

transition = Table(
    "transition",
    metadata,
    Column("deployment_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Text, nullable=False),
)

approval = Table(
    "approval",
    metadata,
    Column("deployment_id", Text, primary_key=True),
    Column("account_id", _Big, primary_key=True, autoincrement=False),
    Column("login", Text, nullable=False),
    Column("approves", Boolean, nullable=False),
    Column("sha", Text, nullable=False),
    Column("tree", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("policy_sha256", Text, nullable=False),
    Column("comment_id", _Big, nullable=False),
    Column("at", Text, nullable=False),
)

environment_lock = Table(
    "environment_lock",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("environment", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fencing", _Big, nullable=False),
    Column("until", Text),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("account_id", _Big),
    Column("released", Boolean, nullable=False, server_default=text("false")),
)

# What GitHub asks before a run deploys; `code` is there once it is answered.
protection = Table(
    "protection",
    metadata,
    Column("guid", Text, primary_key=True),
    Column("repository_id", _Big, nullable=False),
    Column("run_id", _Big, nullable=False),
    Column("environment", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
    Column("code", Text),
    Index("protection_by_run", "repository_id", "run_id"),
)

# The one comment about a pull request's deployments to an environment, edited in place.
status_comment = Table(
    "status_comment",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("number", _Big, primary_key=True, autoincrement=False),
    Column("environment", Text, primary_key=True),
    Column("comment_id", _Big, nullable=False),
    Column("digest", Text, nullable=False),
)
