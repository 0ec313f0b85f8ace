"""First schema: deliveries, subjects, verdicts, publications and the append-only log.

It follows the tables until 0.1.0 is released; from then on each change is a script of its own.
"""

from alembic import op

from app.store.enforcement import postgres_statements, sqlite_statements
from app.store.schema import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind()
    metadata.create_all(connection)
    statements = sqlite_statements if connection.dialect.name == "sqlite" else postgres_statements
    for statement in statements():
        connection.exec_driver_sql(statement)
