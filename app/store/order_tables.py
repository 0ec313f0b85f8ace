"""The tables of orders, loans, freezes by people, and reviews after the fact."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, text

from app.store.tables import metadata

_Big = BigInteger().with_variant(BigInteger, "sqlite")

# A dangerous command that waits for people; `params` is what it stands on, `environment` is empty
# where every one is meant. What people say about it stands beside what they say of deployments.
waiting_order = Table(
    "waiting_order",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", _Big, nullable=False),
    Column("repository_id", _Big, nullable=False),
    Column("installation_id", _Big, nullable=False),
    Column("number", _Big, nullable=False),
    Column("comment_id", _Big, nullable=False),
    Column("verb", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("risk", Text, nullable=False),
    Column("sha", Text, nullable=False),
    Column("tree", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("policy_sha256", Text, nullable=False),
    Column("requested_at", Text, nullable=False),
    Column("requested_by", _Big, nullable=False),
    Column("requested_login", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=text("''")),
    Column("detail", Text, nullable=False, server_default=text("''")),
    Column("shown_id", _Big),
    Column("shown_digest", Text, nullable=False, server_default=text("''")),
    Index("waiting_order_by_pull_request", "repository_id", "number", "state"),
)

# A pass for one gate, one commit and one environment; `used_by` is the deployment that needed it.
loan = Table(
    "loan",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("repository_id", _Big, nullable=False),
    Column("number", _Big, nullable=False),
    Column("environment", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("sha", Text, nullable=False),
    Column("by_id", _Big, nullable=False),
    Column("by_login", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("granted_at", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("ended_at", Text),
    Column("ended_by", Text, nullable=False, server_default=text("''")),
    Column("used_by", Text),
    Column("reviewed_by", _Big),
    Index("loan_by_environment", "repository_id", "environment", "sha"),
    Index("loan_by_use", "used_by"),
)

person_freeze = Table(
    "person_freeze",
    metadata,
    Column("id", Text, primary_key=True),
    Column("repository_id", _Big, nullable=False),
    Column("environment", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by_id", _Big, nullable=False),
    Column("by_login", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("ended_at", Text),
    Index("person_freeze_by_environment", "repository_id", "environment"),
)

# Who looked afterwards at a deployment, and for which role of the policy.
after_review = Table(
    "after_review",
    metadata,
    Column("deployment_id", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("account_id", _Big, nullable=False),
    Column("login", Text, nullable=False),
    Column("comment_id", _Big, nullable=False),
    Column("at", Text, nullable=False),
)
