"""OIDC tokens of workflow runs, proven by the keys that GitHub publishes.

https://docs.github.com/en/actions/concepts/security/openid-connect
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from app.errors import KeysUnavailableError, TokenRefusedError
from app.ports.identity import RunIdentity

_ALGORITHMS = ["RS256"]
_LEEWAY = 60
_KEEP = 3600
_PAUSE = 60
_SECONDS = 5
_NEEDED = [
    "exp",
    "iat",
    "iss",
    "aud",
    "sub",
    "repository_id",
    "repository",
    "run_id",
    "workflow_ref",
]


def issuer_keys(issuer: str) -> jwt.PyJWKClient:
    """Return an issuer's published keys; names that strangers make up cost one read a minute."""
    return jwt.PyJWKClient(
        f"{issuer}/.well-known/jwks", lifespan=_KEEP, timeout=_SECONDS, cooldown_duration=_PAUSE
    )


@dataclass(frozen=True, slots=True)
class WorkflowTokens:
    """Proves tokens that one issuer made for one audience."""

    issuer: str
    audience: str
    keys: jwt.PyJWKClient

    def identity(self, token: str) -> RunIdentity:
        """Return who a token speaks for; raises TokenRefusedError and KeysUnavailableError."""
        claims = self._claims(token)
        try:
            return _identity(claims)
        except (KeyError, TypeError, ValueError) as error:
            raise TokenRefusedError("the token is none of a workflow run") from error

    def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.keys.get_signing_key_from_jwt(token),
                algorithms=_ALGORITHMS,
                audience=self.audience,
                issuer=self.issuer,
                leeway=_LEEWAY,
                options={"require": _NEEDED},
            )
        except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError) as error:
            raise KeysUnavailableError("the keys of workflow tokens cannot be read") from error
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenRefusedError(f"the token proves nothing: {_reason(error)}") from error
        return claims


def _reason(error: Exception) -> str:
    """Return a sentence of our own: foreign messages may repeat what a stranger sent."""
    reasons = (
        (jwt.ExpiredSignatureError, "it has expired"),
        (jwt.InvalidAudienceError, "it was made for another audience"),
        (jwt.InvalidIssuerError, "it was made by another issuer"),
        (jwt.MissingRequiredClaimError, "a claim is missing"),
        (jwt.InvalidSignatureError, "its signature is wrong"),
        (jwt.PyJWKClientError, "it is signed by no key of its issuer"),
    )
    return next((text for kind, text in reasons if isinstance(error, kind)), "it cannot be read")


def _identity(claims: Mapping[str, Any]) -> RunIdentity:
    workflow, called = str(claims["workflow_ref"]), str(claims.get("job_workflow_ref") or "")
    return RunIdentity(
        repository_id=int(claims["repository_id"]),
        repository=str(claims["repository"]),
        run_id=int(claims["run_id"]),
        run_attempt=int(claims.get("run_attempt") or 1),
        event=str(claims.get("event_name") or ""),
        ref=str(claims.get("ref") or ""),
        sha=str(claims.get("sha") or ""),
        workflow_ref=workflow,
        called_ref="" if called == workflow else called,
        actor_id=int(claims.get("actor_id") or 0),
        actor=str(claims.get("actor") or ""),
        base_ref=str(claims.get("base_ref") or ""),
    )
