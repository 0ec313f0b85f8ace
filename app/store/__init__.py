"""Our tables and the queries on them: SQLite by default, PostgreSQL by URL, one code for both."""
