"""The append-only log: leaves, order, verification. It imports the tables, never the service."""
