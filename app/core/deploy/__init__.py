"""Deployments as values: states, steps, order, locks, freezes, rollback targets; no effects."""
