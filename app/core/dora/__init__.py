"""DORA metrics: events in, facts, then numbers that name the events they were made from."""
