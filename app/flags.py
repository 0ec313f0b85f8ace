"""Switches feature flags off through hooks of the operator.

A policy names a hook; where it leads, and with which secret its calls are signed, only the operator
says, so that no repository can make the server call an address of its choice. A redirect is not
followed, and nothing of an answer is read but its status.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus

import requests

from app.core.text import quoted
from app.errors import FlagError
from app.ports.deployments import FlagOrder

_CONNECT_SECONDS = 3
_SECONDS = 5
SIGNATURE = "X-Gatewright-Signature-256"
IDEMPOTENCY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a hook leads, the secret of its signature, and who may name it, by folded full name."""

    address: str = field(repr=False)
    secret: bytes = field(repr=False)
    repositories: frozenset[str]


@dataclass(frozen=True, slots=True)
class FlagHooks:
    """The operator's hooks by name; messages never say where they lead."""

    hooks: Mapping[str, Hook]
    seconds: float = _SECONDS
    session: requests.Session = field(default_factory=requests.Session)

    def switch_off(self, name: str, order: FlagOrder) -> None:
        """Tell a hook to switch off what a deployment switched on; the same order may be repeated.

        Raises FlagError unless the hook answers that it did.
        """
        hook = self.hooks.get(name)
        if hook is None or order.repository.casefold() not in hook.repositories:
            raise FlagError(f"the operator has no hook {quoted(name)} for this repository")
        body = json.dumps({"action": "switch_off", **asdict(order)}, sort_keys=True).encode()
        status = self._post(hook, body, f"{order.deployment}:off")
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise FlagError(f"the hook {quoted(name)} answers with status {status}")

    def _post(self, hook: Hook, body: bytes, once: str) -> int:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Gatewright",
            SIGNATURE: signature(hook.secret, body),
            IDEMPOTENCY: once,
        }
        try:
            with self.session.post(
                hook.address,
                data=body,
                headers=headers,
                timeout=(_CONNECT_SECONDS, self.seconds),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code
        except requests.RequestException as error:
            raise FlagError(f"the hook cannot be reached ({type(error).__name__})") from error


def signature(secret: bytes, body: bytes) -> str:
    """Return what a receiver compares with its own HMAC-SHA256 of the raw body."""
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
