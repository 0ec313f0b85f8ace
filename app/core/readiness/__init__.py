"""Whether a commit is ready for an environment: rules and evidence in, a report in stages out."""
