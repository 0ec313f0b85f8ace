"""One webhook delivery: its signed request, and what came of it."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app.sandbox.world.apps import App


@dataclass(slots=True, eq=False)
class Delivery:
    """An attempt to hand one event to one App; a redelivery shares the guid."""

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    payload: dict[str, Any]
    installation_id: int | None
    repository_id: int | None
    redelivery: bool = False
    delivered_at: datetime | None = None
    duration: float = 0.0
    status: str = "pending"
    status_code: int = 0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    def wire(self) -> tuple[bytes, dict[str, str]]:
        """Body and headers exactly as they are sent."""
        hook = self.app.hook
        text = json.dumps(self.payload, separators=(",", ":"), ensure_ascii=False)
        is_form = hook.content_type == "form"
        body = (urlencode({"payload": text}) if is_form else text).encode()
        media = "application/x-www-form-urlencoded" if is_form else "application/json"
        headers = {
            "Accept": "*/*",
            "Content-Type": media,
            "User-Agent": "GitHub-Hookshot/5a4db0c",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": str(self.app.hook_id),
            "X-GitHub-Hook-Installation-Target-ID": str(self.app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
        }
        return body, headers | signatures(hook.secret, body)


def signatures(secret: str, body: bytes) -> dict[str, str]:
    """GitHub's two signature headers; none without a secret."""
    if not secret:
        return {}
    made = {
        name: hmac.new(secret.encode(), body, digest).hexdigest()
        for name, digest in (("sha1", hashlib.sha1), ("sha256", hashlib.sha256))
    }
    return {
        "X-Hub-Signature": f"sha1={made['sha1']}",
        "X-Hub-Signature-256": f"sha256={made['sha256']}",
    }
