"""Incidents as values: their life, how bad they are, and when people are called about them."""
