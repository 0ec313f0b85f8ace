"""Use cases: the only place where facts, decisions, record and effects meet."""
