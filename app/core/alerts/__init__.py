"""Alerts of monitoring as values: read from what each source sends, matched with deployments."""
