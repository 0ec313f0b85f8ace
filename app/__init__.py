"""Gatewright: decides whether a change may merge and deploy, proves why, and measures the cost."""

__version__ = "0.1.0"
