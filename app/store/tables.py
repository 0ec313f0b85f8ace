"""The tables. The truth lives here; the job queue can be rebuilt from `subject`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)

metadata = MetaData()

# SQLite gives rowid aliases only to INTEGER, PostgreSQL needs 64 bits.
_Big = BigInteger().with_variant(Integer, "sqlite")

delivery = Table(
    "delivery",
    metadata,
    Column("seq", _Big, primary_key=True, autoincrement=True),
    Column("guid", Text, nullable=False, unique=True),
    Column("event", Text, nullable=False),
    Column("action", Text),
    Column("account_id", _Big, nullable=False),
    Column("installation_id", _Big),
    Column("repository_id", _Big),
    Column("decision", Text, nullable=False),
    Column("body", LargeBinary),
    Column("packed", Boolean, nullable=False, server_default=text("false")),
    Column("received_at", Text, nullable=False),
    Column("repeats", Integer, nullable=False, server_default=text("0")),
)

# What GitHub lists and the ledger does not hold; gone from here once it has arrived.
lost_delivery = Table(
    "lost_delivery",
    metadata,
    Column("guid", Text, primary_key=True),
    Column("delivery_id", _Big, nullable=False),
    Column("delivered_at", Text, nullable=False),
)

progress = Table(
    "progress",
    metadata,
    Column("name", Text, primary_key=True),
    Column("reached", Text, nullable=False),
)

installation = Table(
    "installation",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=False),
    Column("account_id", _Big, nullable=False),
    Column("account_login", Text, nullable=False),
    Column("suspended", Boolean, nullable=False, server_default=text("false")),
    Column("removed", Boolean, nullable=False, server_default=text("false")),
    Column("permissions", Text, nullable=False, server_default=text("'{}'")),
    Column("events", Text, nullable=False, server_default=text("'[]'")),
    Column("updated_at", Text, nullable=False),
)

repository = Table(
    "repository",
    metadata,
    Column("id", _Big, primary_key=True, autoincrement=False),
    Column("installation_id", _Big),
    Column("account_id", _Big, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("default_branch", Text, nullable=False, server_default=text("'main'")),
    Column("archived", Boolean, nullable=False, server_default=text("false")),
    Column("removed", Boolean, nullable=False, server_default=text("false")),
    Column("updated_at", Text, nullable=False),
)

pull_request = Table(
    "pull_request",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("number", _Big, primary_key=True, autoincrement=False),
    Column("head_sha", Text, nullable=False),
    Column("base_ref", Text, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("head_seen_at", Text, nullable=False),
    Column("verdict_id", Text),
    Column("siblings_of", Text),
    Column("watches_checks", Boolean, nullable=False, server_default=true()),
    Column("updated_at", Text, nullable=False),
    Index("pull_request_by_head", "repository_id", "head_sha"),
    Index("pull_request_by_base", "repository_id", "base_ref"),
)

pusher = Table(
    "pusher",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("head_sha", Text, primary_key=True),
    Column("account_id", _Big, primary_key=True, autoincrement=False),
    Column("login", Text, nullable=False),
    Column("kind", Text, nullable=False),
)

subject = Table(
    "subject",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("account_id", _Big, nullable=False),
    Column("installation_id", _Big, nullable=False),
    Column("wanted", _Big, nullable=False, server_default=text("0")),
    Column("queued", _Big, nullable=False, server_default=text("0")),
    Column("taken", _Big, nullable=False, server_default=text("0")),
    Column("done", _Big, nullable=False, server_default=text("0")),
    Column("epoch", _Big, nullable=False, server_default=text("0")),
    Column("alarm", _Big, nullable=False, server_default=text("0")),
    Column("rerun", _Big, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("starts", Integer, nullable=False, server_default=text("0")),
    Column("wanted_at", Text, nullable=False),
    Column("started_at", Text),
    Column("wake_at", Text),
    Column("cause", Text, nullable=False, server_default=text("''")),
    Column("error", Text),
    Column("parked_at", Text),
    Index("subject_outstanding", "installation_id", "queued", "done"),
    Index("subject_waking", "wake_at"),
)

# Content-addressed and erasable: facts and judgements name people, the log only digests.
detail = Table(
    "detail",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

verdict = Table(
    "verdict",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", _Big, nullable=False),
    Column("repository_id", _Big, nullable=False),
    Column("subject_key", Text, nullable=False),
    Column("pull_request", _Big),
    Column("head_sha", Text, nullable=False),
    Column("base_ref", Text, nullable=False),
    Column("base_sha", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("gates", Text, nullable=False),
    Column("facts_sha256", Text, nullable=False),
    Column("policy_sha256", Text, nullable=False),
    Column("judgement_sha256", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Index("verdict_by_head", "repository_id", "head_sha"),
    Index("verdict_by_subject", "subject_key", "decided_at"),
)

publication = Table(
    "publication",
    metadata,
    Column("repository_id", _Big, primary_key=True, autoincrement=False),
    Column("head_sha", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("external_id", Text, nullable=False, unique=True),
    Column("check_run_id", _Big),
    Column("digest", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("annotated", Boolean, nullable=False, server_default=text("false")),
    Column("posted", Boolean, nullable=False, server_default=text("false")),
    Column("writes", Integer, nullable=False, server_default=text("0")),
    Column("verdict_id", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

gw_log = Table(
    "gw_log",
    metadata,
    Column("log_id", _Big, primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False, unique=True),
    Column("epoch", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
)

log_state = Table(
    "log_state",
    metadata,
    Column("log_id", _Big, primary_key=True, autoincrement=False),
    Column("size", _Big, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("last_t", Text, nullable=False),
)

log_entry = Table(
    "log_entry",
    metadata,
    Column("log_id", _Big, primary_key=True, autoincrement=False),
    Column("seq", _Big, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    ForeignKeyConstraint(["log_id"], ["gw_log.log_id"]),
)

log_idem = Table(
    "log_idem",
    metadata,
    Column("idem_key", Text, primary_key=True),
    Column("log_id", _Big, nullable=False),
    Column("seq", _Big, nullable=False),
    UniqueConstraint("log_id", "seq"),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Text, primary_key=True),
    Column("beat", Text, nullable=False),
)

APPEND_ONLY = ("log_entry", "log_idem", "gw_log")
