"""Commands in comments and the deployments they ask for: read, decide, record, carry out, tell."""
