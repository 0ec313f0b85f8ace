"""The API about itself."""

from typing import Any

from app.sandbox.http.call import Call
from app.sandbox.http.routing import Route


def get_meta(_: Call) -> Any:
    """Addresses from which hooks come: the loopback here."""
    return {
        "verifiable_password_authentication": False,
        "hooks": ["127.0.0.0/8"],
        "web": ["127.0.0.0/8"],
        "api": ["127.0.0.0/8"],
        "git": ["127.0.0.0/8"],
        "domains": {"website": [], "codespaces": [], "copilot": [], "packages": []},
    }


def get_rate_limit(call: Call) -> Any:
    """Show what the caller has left; asking costs nothing."""
    budget = call.quota.of(call.actor, call.world.now())
    core = {
        "limit": budget.limit,
        "remaining": budget.remaining,
        "reset": int(budget.reset.timestamp()),
        "used": budget.used,
        "resource": "core",
    }
    search = core | {"limit": 30, "remaining": 30, "used": 0, "resource": "search"}
    graphql = core | {"used": 0, "remaining": budget.limit, "resource": "graphql"}
    return {"resources": {"core": core, "search": search, "graphql": graphql}, "rate": core}


ROUTES = (
    Route("GET", "/meta", get_meta, auth="anyone"),
    Route("GET", "/rate_limit", get_rate_limit, auth="anyone"),
)
