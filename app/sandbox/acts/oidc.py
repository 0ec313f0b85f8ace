"""Tokens that say which workflow run somebody is, as GitHub Actions' issuer makes them.

https://docs.github.com/en/actions/reference/security/oidc
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from jwt.algorithms import RSAAlgorithm

from app.sandbox.world.checks import WorkflowRun
from app.sandbox.world.repos import Repo
from app.sandbox.world.world import World

ISSUER = "/_services/token"
JWKS = f"{ISSUER}/.well-known/jwks"
_KEY_ID = "38826b17-6a30-5f9b-b169-8beb8202f723"
_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class TokenOrder:
    """What a job asks its token for; `called` is the reusable workflow it stands in.

    `base` is the branch into which the run's pull request goes.
    """

    audience: str
    ref: str
    sha: str
    called: str = ""
    base: str = ""


def jwks(world: World) -> dict[str, Any]:
    """Return the keys that the issuer publishes."""
    found = RSAAlgorithm.to_jwk(world.actions_key.public_key(), as_dict=True)
    return {"keys": [{**found, "kid": _KEY_ID, "use": "sig", "alg": "RS256"}]}


def make(world: World, repo: Repo, run: WorkflowRun, order: TokenOrder) -> str:
    """Make the token of a job of a run."""
    now = world.now()
    own = f"{repo.full_name}/{run.path}@{order.ref}"
    claims = {
        "iss": f"{world.base_url}{ISSUER}",
        "aud": order.audience,
        "sub": f"repo:{repo.full_name}:ref:{order.ref}",
        "iat": int(now.timestamp()),
        "nbf": int((now - timedelta(minutes=5)).timestamp()),
        "exp": int((now + _LIFE).timestamp()),
        "jti": f"{run.id}-{run.run_attempt}",
        "repository": repo.full_name,
        "repository_id": str(repo.id),
        "repository_owner": repo.owner.login,
        "repository_owner_id": str(repo.owner.id),
        "run_id": str(run.id),
        "run_number": str(run.run_number),
        "run_attempt": str(run.run_attempt),
        "event_name": run.event,
        "ref": order.ref,
        "ref_type": "branch",
        "sha": order.sha,
        "base_ref": order.base,
        "actor": run.actor.login,
        "actor_id": str(run.actor.id),
        "workflow": run.name,
        "workflow_ref": own,
        "workflow_sha": order.sha,
        "job_workflow_ref": order.called or own,
    }
    return jwt.encode(claims, world.actions_key, algorithm="RS256", headers={"kid": _KEY_ID})
