"""The REST door of the sandbox: routing, authentication, rights, limits, faults, the log."""
