"""Incidents: opened, joined, shown in an issue, called about, handed on, closed by their review."""
