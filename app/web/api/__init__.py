"""`/api/v1`: one file a resource; errors are problem details (RFC 9457)."""
