"""The manifest by which GitHub registers an App.

Format: GitHub documentation, "Registering a GitHub App from a manifest".
"""

from typing import Any

from app.core.installing.rights import EVENTS, permissions

DEFAULT_NAME = "Gatewright"


def manifest(public_url: str, page_url: str, name: str = DEFAULT_NAME) -> dict[str, Any]:
    """Return the manifest of an App that only its owner can install.

    GitHub delivers to the public address; the browser comes back to that of the set-up page.
    """
    return {
        "name": name,
        "url": public_url,
        "public": False,
        "description": "Decides whether a change may merge and deploy, and proves why.",
        "hook_attributes": {"url": f"{public_url}/webhook", "active": True},
        "redirect_url": f"{page_url}/setup/callback",
        "default_permissions": permissions(),
        "default_events": list(EVENTS),
    }
