"""Real git repositories behind the sandbox; nothing here knows GitHub."""
