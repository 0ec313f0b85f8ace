"""Durable work: which subject next, never two jobs on one subject, nothing lost by a crash."""
