"""Every table: whoever makes or copies them all asks here, so that none is forgotten."""

from app.store import (
    alerts,
    deployment_tables,
    evidence,
    holds,
    incident_tables,
    order_tables,
)
from app.store.tables import metadata

ROOMS = (
    alerts,
    deployment_tables,
    evidence,
    holds,
    incident_tables,
    order_tables,
)

__all__ = ["ROOMS", "metadata"]
