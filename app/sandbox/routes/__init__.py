"""GitHub's endpoints, one module for each topic of its reference; `ROUTES` is a module's table."""
