"""Alembic scripts for our own tables; the job queue's tables migrate themselves."""
